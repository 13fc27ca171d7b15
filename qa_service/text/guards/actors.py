"""Tells who acts: 公司不续签 is not 我不续签, 被辞退 not 自己辞职, 被打 not 打人.

The word for the act is the same, or means the same, on both sides; what differs is who does it and
to whom it is done.
"""

import re
from collections.abc import Iterator

from qa_service.text.guards.model import Axis, Guard, GuardKind

_I = r"(?:我(?!们?(?:公司|单位|老板|厂))|自己|本人|员工|职工|劳动者|个人)"
_EMPLOYER = r"(?:公司|单位|老板|厂里|工厂|企业|雇主)"
_SOMEONE = r"(?:别人|他人|人家|对方|同学|同事|人(?![民员口家体身群士工事力的嘞嘅]))"
_BY_MYSELF = rf"(?:(?:^|,)(?:动手|开车|骑车|酒后|不小心)?|{_I}[^,被]{{0,3}})"

_Act = tuple[Axis, tuple[tuple[str, str], ...]]
"""The axis of an act, with a pattern for each value."""


def _act(name: str, *values: tuple[str, str]) -> _Act:
    """Return an act by its name, the values with their patterns."""
    return Axis(GuardKind.DIRECTION, name), values


def _done_to_me_or_by_me(name: str, verb: str) -> _Act:
    """Return an act that befalls the caller, or that the caller does to another."""
    suffered = rf"被[^,怎如哪找向想要]{{0,4}}?{verb}"
    done = rf"{_BY_MYSELF}(?:把|将)?{verb}[了过伤死着]{{0,2}}{_SOMEONE}|{_BY_MYSELF}[把将]人{verb}"
    return _act(f"谁{name}谁", (f"被{name}", suffered), (f"{name}别人", done))


_NOT_RENEWED_BY_ME = rf"{_I}[^,]{{0,3}}?不[想愿意肯打算再]{{0,4}}续"
_NOT_RENEWED_BY_THEM = rf"{_EMPLOYER}[^,]{{0,3}}?不[想愿意肯打算再跟和给我]{{0,4}}续"
_LEFT = (
    rf"(?<!我)(?:主动|自愿|自己|{_I}(?:主动|申请|要求|提出?的?|想))(?:提出?|申请)?(?:离职|辞工|走人)"
    r"|(?<!被迫)(?<![逼让叫劝]我)辞职(?!(?:或者?|、)失业)"
)
_DISMISSED = (
    r"辞退|解雇|解聘|开除|裁员|被裁|炒鱿鱼|劝退|[让叫赶喊]我走|被(?:公司|单位)?(?:离职|开了)"
    rf"|(?<![跟与和同]){_EMPLOYER}[^,]{{0,4}}(?:解除|提出?的?离职)"
)
_OWED_TO_ME = (
    rf"(?:被[^,]{{0,4}}?|{_EMPLOYER}|别人|人家|对方|包工头)(?:一直|还)?拖?欠|欠(?:了|着)?我"
)
_OWED_BY_ME = rf"{_BY_MYSELF}欠[了着下钱债款]{{0,2}}(?:{_SOMEONE}|{_EMPLOYER}|银行|朋友|亲戚)"
_COMPLAINED_OF = r"被[^,怎如哪找向想要骗占堵打坏损欠]{0,4}?(?:投诉|举报|起诉)"
_COMPLAINING = (
    r"(?:怎么|怎样|如何|哪里|哪儿|去哪|到哪|向谁|找谁|想|要)[^,被]{0,3}?(?:投诉|举报|起诉)"
)

_ACTS = (
    _act("谁不续签", ("本人不续签", _NOT_RENEWED_BY_ME), ("单位不续签", _NOT_RENEWED_BY_THEM)),
    _act("谁提出离职", ("本人离职", _LEFT), ("单位辞退", _DISMISSED)),
    _act("谁欠谁", ("别人欠我", _OWED_TO_ME), ("我欠别人", _OWED_BY_ME)),
    _act("谁投诉", ("被投诉", _COMPLAINED_OF), ("投诉别人", _COMPLAINING)),
    _done_to_me_or_by_me("打", "打"),
    _done_to_me_or_by_me("骂", "辱?骂"),
    _done_to_me_or_by_me("骗", "诈?骗"),
    _done_to_me_or_by_me("撞", "撞"),
)
_PATTERNS = tuple(
    (Guard(axis, value, implied=True), re.compile(pattern))
    for axis, values in _ACTS
    for value, pattern in values
)
_SIGNS = frozenset("续离辞解开裁炒劝走打骂骗撞欠诉报")
"""Characters of which every pattern contains one; most questions contain none."""


def actor_guards(text: str) -> Iterator[Guard]:
    """Yield who acts in normalised ``text``, as implied guards: an act is told in many stories."""
    if _SIGNS.isdisjoint(text):
        return
    for guard, pattern in _PATTERNS:
        if pattern.search(text):
            yield guard
