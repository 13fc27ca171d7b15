"""Two roles that have changed places ask the reverse; a sentence turned round does not."""

import pytest

from qa_service.text.guards.compare import compare_guards, extract_guards
from qa_service.text.normalise import normalise


def conflicts(asked: str, stored: str) -> tuple[str, ...]:
    guards = (extract_guards(normalise(text)) for text in (asked, stored))
    return compare_guards(*guards).conflicts


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("丈夫没有工作，生孩子能用妻子的生育保险吗", "妻子没有工作，生孩子能用丈夫的生育保险吗？"),
        ("职工养老保险怎么转入居民养老保险", "城乡居民养老保险怎么转入职工养老保险？"),
        ("老人有工资，子女自己还能申请低保吗", "老人的子女有工资，老人自己还能申请低保吗？"),
        ("复婚后想离婚，怎么办理", "离婚后想复婚，怎么办理？"),
        ("子女被老人打骂，打什么电话", "老人被子女打骂，打什么电话？"),
        ("儿子的房子怎么过户给父亲", "父亲的房子怎么过户给儿子"),
        ("公婆对儿媳有赡养义务吗", "儿媳对公婆有赡养义务吗？"),
    ],
)
def test_places_exchanged_conflict(asked: str, stored: str) -> None:
    assert conflicts(asked, stored)
    assert conflicts(stored, asked)


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("老人要子女给赡养费", "子女要给老人赡养费"),
        ("员工没签合同单位要赔吗", "单位没和员工签合同要赔吗"),
        ("妻子没上班，用丈夫的生育保险行吗", "妻子没有工作，生孩子能用丈夫的生育保险吗？"),
    ],
)
def test_a_sentence_turned_round_does_not(asked: str, stored: str) -> None:
    assert not [one for one in conflicts(asked, stored) if one.startswith("角色")]


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("网约车乘客受伤了怎么赔", "网约车司机受伤怎么赔偿？"),
        ("顾客摔伤了商场要赔吗", "商家摔伤了商场要赔吗"),
        ("患者怎么投诉", "医生怎么投诉"),
        ("租客提前退租要赔多少", "房东提前退租要赔多少钱"),
        ("卖家不配合过户怎么办", "买家不配合过户怎么办"),
        ("原告不到庭怎么办", "被告不到庭怎么办"),
    ],
)
def test_the_other_side_of_a_service_conflicts(asked: str, stored: str) -> None:
    for found in (conflicts(asked, stored), conflicts(stored, asked)):
        assert [one for one in found if one.startswith(("角色不同", "说法不同"))]


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("租客怎么举报房东不开发票", "房东不给开发票，向哪里举报"),
        ("司机拒载怎么投诉", "乘客被网约车拒载打什么电话"),
        ("乘客在车上受伤", "旅客在车上受伤"),
    ],
)
def test_both_sides_or_another_question_do_not(asked: str, stored: str) -> None:
    assert not [one for one in conflicts(asked, stored) if one.startswith("角色")]
