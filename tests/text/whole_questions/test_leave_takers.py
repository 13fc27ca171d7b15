"""Whose leave is asked about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.matching_form import matching_form
from qa_service.text.whole_questions.leave_takers import other_leave_taker

PARENTS = "孩子满3周岁前，父母每年有多少天育儿假？"
MOTHER = "女职工怀孕流产可以休多少天产假？"
HUSBAND = "妻子生孩子，丈夫能休几天陪产假？"


@pytest.mark.parametrize(
    ("asked", "stored", "taker"),
    [
        ("外公有几天育儿假", PARENTS, "外公"),
        ("孩子满3周岁前，祖父母每年有多少天育儿假", PARENTS, "祖父母"),
        ("姐姐生孩子，弟弟能休几天陪产假", HUSBAND, "弟弟"),
        ("爸爸流产假几天", MOTHER, "爸爸"),
        ("丈夫产假最早可以在预产期前多少天开始休", "产假最早可以什么时候开始休？", "丈夫"),
    ],
)
def test_another_one_is_told(asked: str, stored: str, taker: str) -> None:
    told = other_leave_taker(matching_form(asked), matching_form(stored))
    assert told is not None
    assert f"“{taker}”" in told


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("爸爸能休几天陪产假", HUSBAND),
        ("老公的护理假几天", HUSBAND),
        ("爷爷奶奶帮忙带娃，我们夫妻一年有几天育儿假", PARENTS),
        ("外公有几天育儿假", "外公外婆有育儿假吗"),
        ("产假多少天", MOTHER),
        ("", ""),
    ],
)
def test_nothing_is_told_of_the_one_who_is_meant(asked: str, stored: str) -> None:
    assert other_leave_taker(matching_form(asked), matching_form(stored)) is None


@given(st.text(max_size=200))
def test_a_text_names_whom_it_names(text: str) -> None:
    assert other_leave_taker(text, text) is None
