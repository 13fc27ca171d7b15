"""A word exchanged makes another question of a text, which is wrong for it."""

import random

import pytest

from qa_service.retrieval.training.exchanged import exchanged, read_beside_exchanged
from qa_service.retrieval.training.rows import rows_of
from qa_service.text.guards.compare import compare_guards, guards_of


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a draw of examples, not a secret


@pytest.mark.parametrize(
    "text",
    [
        "妻子没有工作，能用丈夫的生育保险吗？",
        "失业保险金最多能领多少个月？",
        "孩子上公办幼儿园大班，能免保育教育费吗？",
    ],
)
def test_what_is_exchanged_conflicts_with_the_text(text: str) -> None:
    others = {exchanged(text, drawn(seed)) for seed in range(30)}
    assert len(others) > 1
    for other in others:
        assert other is not None
        assert compare_guards(guards_of(other), guards_of(text)).conflicts, other


def test_a_text_without_such_a_word_is_left_out() -> None:
    assert exchanged("天上有云", drawn(1)) is None
    assert read_beside_exchanged([("天上有云", "")], drawn(1)) == []


def test_a_text_and_what_it_became_are_wrong_for_each_other() -> None:
    texts = [("失业保险金最多能领多少个月？", "失业金能领多久？")] * 2
    rows = rows_of(read_beside_exchanged(texts, drawn(1)), frozenset(), 1)
    assert [row.answers for row in rows] == [False, False]
    assert any(row.candidate.endswith("失业金能领多久？") for row in rows)
