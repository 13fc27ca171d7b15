"""Tells a question about somebody who lacks a status: 不是低保户能申请吗, 没有残疾证能领吗.

What is said of those who have it does not answer it.
"""

import re

from qa_service.text.guards.model import alternatives, words

_FORMS = {
    form: line[0]
    for line in map(
        words,
        (
            "低保户 低保对象 低保家庭 低保人员",
            "重残 重度残疾人 重度残疾",
            "残疾人",
            "残疾证 残疾人证",
            "特困人员 五保户 特困供养人员",
            "困难家庭 困难户 困难群众",
            "高校毕业生 应届毕业生",
            "小微企业 小型微利企业",
            "就业困难人员 就业困难",
            "低保边缘家庭 边缘家庭 边缘户",
            "失能老人 失能老年人",
            "孤寡老人",
            "农民工",
            "退役军人 退伍军人",
            "丢 丢失 遗失",
        ),
    )
    for form in line
}
STATUS = alternatives(_FORMS)
# 是不是低保户 asks politely; 不是低保户吗 and 不是低保户才能领吗 affirm.
LACKED = rf"(?<![是有])(?:不是|并非|不属于|非|没有?|无)({STATUS})(?![吗么嘛才都就])"
_LACKED = re.compile(LACKED)
_HELD = re.compile(STATUS)
_LONGEST_TEXT = 80


def other_status(ours: str, theirs: str) -> str | None:
    """Return a Chinese description of a status that one text lacks and the other has.

    ``ours`` is what is asked, ``theirs`` what is stored; symmetric but for the order told.
    """
    if len(ours) > _LONGEST_TEXT or len(theirs) > _LONGEST_TEXT:
        return None
    if status := _lacked_by_one(ours, theirs):
        return f"身份不同：问的是不属于“{status}”的，库中是“{status}”"
    if status := _lacked_by_one(theirs, ours):
        return f"身份不同：问的是“{status}”，库中是不属于“{status}”的"
    return None


def without_lacked(text: str) -> str:
    """Return ``text`` without the statuses that it says somebody lacks (不是低保户)."""
    return _LACKED.sub(" ", text)


def _lacked_by_one(lacking: str, holding: str) -> str | None:
    """Return the status that ``lacking`` lacks and ``holding`` names without lacking any."""
    if _LACKED.search(holding):
        return None
    held = {_FORMS[match[0]] for match in _HELD.finditer(holding)}
    return next((s for m in _LACKED.finditer(lacking) if (s := _FORMS[m[1]]) in held), None)
