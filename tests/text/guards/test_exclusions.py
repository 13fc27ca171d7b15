"""What a question leaves out is not what it asks about."""

import time

import pytest

from qa_service.text.guards.compare import compare_guards, extract_guards
from qa_service.text.guards.exclusions import excluded_things
from qa_service.text.matching_form import matching_form


def conflicts(asked: str, stored: str) -> tuple[str, ...]:
    guards = (extract_guards(matching_form(text)) for text in (asked, stored))
    return compare_guards(*guards).conflicts


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("除了产假还有什么假", "产假有多少天"),
        ("除身份证以外还要带什么", "要带身份证吗"),
        ("除医保之外的社保怎么交", "医保怎么交"),
        ("房租不含水电多少钱", "房租含水电多少钱"),
        ("周末不算产假吗", "周末算产假吗"),
    ],
)
def test_the_thing_left_out_conflicts_with_the_thing_asked_about(asked: str, stored: str) -> None:
    assert conflicts(asked, stored)
    assert conflicts(stored, asked)


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("除了身份证还要带什么", "办理要带什么材料"),
        ("除了身份证还要带什么", "除身份证外要带什么"),
        ("解除合同，还能领什么", "合同解除能领什么"),
    ],
)
def test_nothing_conflicts_where_the_thing_is_not_asked_about(asked: str, stored: str) -> None:
    assert conflicts(asked, stored) == conflicts(stored, asked) == ()


def test_it_is_a_doubt_where_only_a_wording_names_the_thing() -> None:
    asked, wording, standard = (
        extract_guards(text)
        for text in ("除了执照还要办啥证", "执照有了还要办啥证", "开饭店要办许可证吗")
    )
    found = compare_guards(asked, wording).beside(compare_guards(asked, standard))
    assert found.conflicts == ()
    assert [one for one in found.unconfirmed if one.startswith("除外不同")]


@pytest.mark.parametrize("text", ["除夕上班给几倍工资", "解除合同以外", "免除学费,还补吗"])
def test_words_with_the_sign_leave_nothing_out(text: str) -> None:
    assert excluded_things(text) == ()


@pytest.mark.parametrize("piece", ["除", "除了", "除了甲乙"])
def test_a_hostile_text_costs_linear_time(piece: str) -> None:
    started = time.perf_counter()
    excluded_things(piece * (16_000 // len(piece)))
    assert time.perf_counter() - started < 5
