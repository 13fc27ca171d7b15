"""Negations that deny, and words in which 不, 无 or 非 denies nothing."""

import pytest

from qa_service.text.guards.negation import denials


@pytest.mark.parametrize(
    "text", ["不小心摔伤住院能报吗", "七天无理由退货", "这不就是违规收费", "单位非让我们签字"]
)
def test_a_sign_within_a_word_denies_nothing(text: str) -> None:
    assert denials(text)[1] == ()


@pytest.mark.parametrize(("text", "denied"), [("结婚证没丢", ""), ("不符合条件", "条件")])
def test_a_denial_names_what_it_denies(text: str, denied: str) -> None:
    assert [one.denied for one in denials(text)[1]] == [denied]
