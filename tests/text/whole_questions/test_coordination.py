"""Two things asked about in one, of which the stored texts hold one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.text.matching_form import matching_form
from qa_service.text.whole_questions.coordination import half_asked, halves


@pytest.mark.parametrize(
    ("asked", "stored", "other"),
    [
        ("结婚证和户口本都丢了怎么补", "结婚证丢了怎么补领？", "户口本"),
        ("户口本和结婚证丢了怎么补", "结婚证丢了怎么补领？", "户口本"),
        ("病假和事假怎么发工资", "病假工资怎么发？", "事假"),
        ("职工养老和医保断缴了能补吗", "职工养老断缴了怎么补缴？", "医保"),
    ],
)
def test_the_thing_that_is_not_stored_is_told(asked: str, stored: str, other: str) -> None:
    told = half_asked(matching_form(asked), matching_form(stored))
    assert told is not None
    assert f"“{other}”" in told


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("结婚证和户口本都丢了怎么补", "结婚证和户口本丢了怎么补？"),
        ("驾照和护照怎么补", "结婚证丢了怎么补领？"),
        ("我和老公怎么领育儿补贴", "育儿补贴怎么领？"),
        ("合同和单位怎么签", "劳动合同怎么签？"),
        ("儿女不给钱，调解和打官司", "子女不给赡养费，申请调解"),
        ("双方和解怎么写协议", "双方怎么写离婚协议"),
        ("", ""),
    ],
)
def test_nothing_is_told_where_one_thing_or_none_is_asked(asked: str, stored: str) -> None:
    assert half_asked(matching_form(asked), matching_form(stored)) is None


@given(st.text(max_size=200))
def test_a_text_has_nothing_that_it_has_not(text: str) -> None:
    assert half_asked(text, text) is None


@pytest.mark.parametrize("piece", ["和都", "甲乙和丙丁都", "甲乙和丙丁戊己庚辛都"])
def test_a_hostile_text_costs_linear_time(piece: str) -> None:
    started = time.perf_counter()
    half_asked(piece * (16_000 // len(piece)), "结婚证丢了怎么补")
    assert time.perf_counter() - started < 5


def test_each_half_asks_about_one_thing_alone() -> None:
    asked = matching_form("结婚证和户口本都丢了怎么补")
    told = half_asked(asked, matching_form("结婚证丢了怎么补领？"))
    assert told is not None
    assert halves(asked, [told]) == ("结婚证都丢了怎么补", "户口本都丢了怎么补")


def test_halves_that_ask_by_themselves_are_parted_between_them() -> None:
    asked = matching_form("产假多少天和公积金怎么提取")
    told = half_asked(asked, matching_form("公积金怎么提取？"))
    assert told is not None
    assert halves(asked, [told]) == ("产假多少天", "公积金怎么提取")


def test_an_earlier_question_stays_before_both_halves() -> None:
    asked = "转学那边要看什么证明,户口本和租房合同都要吗"
    told = half_asked(asked, "转学要带户口本吗")
    assert told
    earlier = "转学那边要看什么证明"
    assert halves(asked, [told]) == (f"{earlier},户口本都要吗", f"{earlier},租房合同都要吗")


def test_what_asks_about_one_thing_has_no_halves() -> None:
    asked = matching_form("结婚证和户口本都丢了怎么补")
    assert halves(asked, []) == ()
    assert halves(asked, ["年份不同"]) == ()
