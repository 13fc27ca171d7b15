"""Tells a question of people in general from what is said of those who have a privilege.

普通老人能住敬老院吗 is not answered by who comes first there, 租房补贴怎么申请 not by what families
in need get: graduates and others have a benefit of that name too.
"""

import re

_PEOPLE = (
    r"人|老人|老年人|家庭|人家|市民|居民|群众|老?百姓|村民|农民|学生|孩子|小孩|儿童"
    r"|职工|员工|工人|残疾人|失业人员|毕业生|企业|公司"
)
_IN_GENERAL = re.compile(
    rf"(?<![件况])(?:普通|一般)((?:家庭)?(?:{_PEOPLE}))(?=[能可也会有怎是住领申享要去])"
)
_PRIVILEGE = re.compile(
    r"优先|困难|特困|低保|五保|贫困|失能|孤寡|孤儿|残疾|重残|重度|优抚|烈士|军人|小微|小型微利|优待|老年人|老人"
)
"""Words of those who get more than others, and of what they get."""

_HOME_BENEFIT = re.compile(
    r"(?:租房|租赁|住房|购房)(?:的)?(?:补贴|补助)|人才(?:公寓|房|住房)|公租房|廉租房|经济适用房|保障房"
)
_HOME_AID = "住房救助"
_IN_NEED = re.compile(
    r"困难|低保|特困|五保|边缘|贫|穷|救助|低收入|残疾|重病|大病|孤|刚性|[租付买修]不起|没[房屋钱地]|冇|无房"
)


def other_group(asked: str, *stored: str) -> str | None:
    """Return a Chinese description of the group that what is stored is about, if not the asked one.

    ``asked`` and ``stored`` are normalised texts, the pair's own question last.
    """
    standard = stored[-1]
    if general := _IN_GENERAL.search(asked):
        only = [word for word in _PRIVILEGE.findall(standard) if word not in asked]
        if only and not any(map(_IN_GENERAL.search, stored)):
            return f"人群不同：问的是“{general[0]}”，库中是“{only[0]}”的"
    if _HOME_AID in standard and not _IN_NEED.search(asked):
        benefit = _HOME_BENEFIT.search(asked)
        if benefit and benefit[0] not in standard:
            return f"人群不同：问的是“{benefit[0]}”，库中是困难家庭的{_HOME_AID}"
    return None
