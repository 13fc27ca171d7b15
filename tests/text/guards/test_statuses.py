"""Statuses that somebody lacks, and benefits of like name."""

import pytest

from qa_service.text.guards.compare import GuardKind, compare_guards, extract_guards
from qa_service.text.matching_form import matching_form


def test_a_status_that_somebody_lacks_is_no_value_of_the_question() -> None:
    lacking = extract_guards(matching_form("不是低保户能申请临时救助吗"))
    holding = extract_guards(matching_form("是低保户能申请临时救助吗"))
    assert "低保户" not in lacking.of_kind(GuardKind.PARTY)
    assert "低保户" in holding.of_kind(GuardKind.PARTY)


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("不是就业困难人员能领社保补贴吗", "就业困难人员能领社保补贴吗"),
        ("不是失能老人能领消费补贴吗", "失能老人能领消费补贴吗"),
        ("不是农民工能投诉欠薪吗", "农民工被欠薪去哪投诉"),
    ],
)
def test_more_statuses_can_be_lacked(asked: str, stored: str) -> None:
    guards = (extract_guards(matching_form(text)) for text in (asked, stored))
    assert any(one.startswith("身份不同") for one in compare_guards(*guards).conflicts)


@pytest.mark.parametrize(
    ("asked", "wording", "standard"),
    [
        ("取暖补贴怎么申请", "育儿补贴 怎么申领", "国家育儿补贴怎么申请领取？"),
        ("人才补贴怎么申请", "育儿补贴 怎么申领", "国家育儿补贴怎么申请领取？"),
        ("夜班津贴多少钱", "高龄津贴 多少钱", "本地高龄津贴每月发多少钱？"),
        ("丧假几天", "婚假 几天", "结婚可以请几天婚假？"),
    ],
)
def test_a_benefit_the_bank_does_not_have_is_none_of_like_name(
    asked: str, wording: str, standard: str
) -> None:
    question, nearest, own = (
        extract_guards(matching_form(text)) for text in (asked, wording, standard)
    )
    compared = compare_guards(question, nearest).beside(compare_guards(question, own))
    assert any(one.startswith("待遇不同") for one in compared.conflicts)
