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
