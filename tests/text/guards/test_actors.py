"""Who acts: the same act by another one is another matter."""

import time

import pytest

from qa_service.text.guards.actors import actor_guards
from qa_service.text.guards.compare import compare_guards, extract_guards
from qa_service.text.matching_form import matching_form


def conflicts(asked: str, stored: str) -> tuple[str, ...]:
    guards = (extract_guards(matching_form(text)) for text in (asked, stored))
    return compare_guards(*guards).conflicts


@pytest.mark.parametrize(
    ("asked", "stored", "about"),
    [
        ("合同到期我不想续签有补偿吗", "合同到期单位不跟我续签有补偿吗", "谁不续签"),
        ("我提的离职能领失业金吗", "公司让我走能领失业金吗", "谁提出离职"),
        ("自己辞职有补偿吗", "被辞退有补偿吗", "谁提出离职"),
        ("把人打了怎么赔", "被打了怎么赔", "谁打谁"),
        ("开车撞了人怎么处理", "被车撞了怎么处理", "谁撞谁"),
        ("别人欠我钱不还怎么办", "我欠别人钱还不上怎么办", "谁欠谁"),
        ("公司欠我工资怎么办", "我欠公司钱怎么办", "谁欠谁"),
        ("店铺被投诉了怎么处理", "店铺怎么投诉", "谁投诉"),
    ],
)
def test_another_one_who_acts_conflicts(asked: str, stored: str, about: str) -> None:
    for found in (conflicts(asked, stored), conflicts(stored, asked)):
        assert any(one.startswith(f"{about}不同") for one in found), found


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("员工辞职要提前几天说", "主动离职要提前几天说"),
        ("被公司开除有补偿吗", "公司辞退员工有补偿吗"),
        ("公司逼我辞职，有补偿吗", "被公司辞退有补偿吗"),
        ("老师打人怎么投诉", "孩子被老师打怎么投诉"),
        ("打人的不赔钱怎么办", "被打了不赔钱怎么办"),
        ("老板欠薪怎么投诉", "被拖欠工资怎么投诉"),
        ("买保健品被骗了去哪里投诉", "买保健品被骗投诉"),
        ("和单位解除合同能领什么", "职工离职能领什么"),
    ],
)
def test_the_same_one_in_other_words_does_not(asked: str, stored: str) -> None:
    assert conflicts(asked, stored) == conflicts(stored, asked) == ()


def test_an_act_that_one_side_alone_tells_needs_no_confirmation() -> None:
    guards = [extract_guards(text) for text in ("我被骗了,医保能报吗", "医保能报吗")]
    assert compare_guards(*guards).unconfirmed == ()


@pytest.mark.parametrize("piece", ["被打", "我不", "被", "公司不续", "想要诉", "我打了"])
def test_a_hostile_text_costs_linear_time(piece: str) -> None:
    started = time.perf_counter()
    list(actor_guards(piece * (16_000 // len(piece))))
    assert time.perf_counter() - started < 5
