"""Detects that two roles have changed places: 丈夫用妻子的 and 妻子用丈夫的 hold the same words.

Where the question with both roles exchanged is nearer to the stored text than as it was asked, it
asks the reverse.
"""

from itertools import pairwise

from qa_service.text.guards.model import words

Role = tuple[str, ...]

ROLES: tuple[tuple[Role, Role], ...] = tuple(
    (words(one), words(other))
    for one, other in (
        ("丈夫 老公", "妻子 老婆"),
        ("老年人 老人 父母 父亲 母亲 爸爸 妈妈", "子女 孩子 儿女 儿子 女儿"),
        ("用人单位 单位 公司 企业", "员工 职工 劳动者"),
        ("老师 教师", "家长 学生"),
        ("公婆 岳父母", "儿媳 女婿"),
        ("离婚", "复婚"),
        ("职工养老保险 职工养老", "城乡居民养老保险 居民养老保险 居民养老"),
        ("职工医保", "居民医保"),
        ("公司 企业", "个体工商户 个体户"),
        ("大型企业 大企业", "中小企业 小企业"),
        ("转入 迁入", "转出 迁出"),
        ("本地 本市", "外地 外省"),
    )
)
"""Roles that take each other's place, each with its words."""

SERVED: tuple[tuple[Role, Role], ...] = tuple(
    (words(one), words(other))
    for one, other in (
        ("乘客 旅客", "司机 驾驶员"),
        ("顾客 消费者 客人 客户", "商家 店家 商户 老板"),
        ("患者 病人", "医生 大夫 护士"),
        ("学生", "老师 教师"),
        ("家长", "老师 教师"),
        ("房东 出租人 出租方", "租客 租户 承租人 承租方"),
        ("业主", "物业"),
        ("买家 买方 买受人", "卖家 卖方 出卖人"),
        ("原告", "被告"),
        ("债主 债权人 出借人", "债务人 借款人 欠款人"),
        ("雇主", "保姆 家政"),
        ("甲方", "乙方"),
        ("骑手", "顾客 商家"),
        ("投保人", "保险公司"),
    )
)
"""The two sides of a service or a dispute, each with its words."""

FIRST, SECOND = "\ue000\ue001", "\ue001\ue000"
"""Signs for two roles, and for both exchanged: characters that no text has."""

_OPPOSITE_SIDES = (((True, False), (False, True)), ((False, True), (True, False)))

NEARLY_EQUAL = 0.75
"""Least likeness (Dice, of bigrams) of the exchanged question to the stored text."""


def swapped_roles(ours: str, theirs: str) -> str | None:
    """Return a Chinese description of two roles that have changed places; None without such.

    Both texts are question cores. Symmetric but for the order of the two in the description.
    """
    if not ours or not theirs:
        return None
    for one, other in ROLES:
        if not all(_names(text, one) and _names(text, other) for text in (ours, theirs)):
            continue
        asked, reverse = _told(ours, one, other, FIRST), _told(ours, one, other, SECOND)
        stored = _told(theirs, one, other, FIRST)
        likeness = _likeness(reverse, stored)
        if likeness >= NEARLY_EQUAL and likeness > _likeness(asked, stored):
            return f"角色不同：{one[0]}与{other[0]}的位置相反"
    return None


def other_role(ours: str, theirs: str) -> str | None:
    """Return a Chinese description of the side that alone differs: 乘客 for 司机.

    None unless each text names one of two sides, another one, and the rest is nearly equal.
    Both texts are question cores.
    """
    if not ours or not theirs:
        return None
    for one, other in SERVED:
        asked, stored = ((_names(text, one), _names(text, other)) for text in (ours, theirs))
        if (asked, stored) not in _OPPOSITE_SIDES:
            continue
        told = (_told(text, one, other, FIRST[0] * 2) for text in (ours, theirs))
        if _likeness(*told) >= NEARLY_EQUAL:
            sides = (one[0], other[0]) if asked[0] else (other[0], one[0])
            return f"角色不同：问的是{sides[0]}，库中是{sides[1]}"
    return None


def _told(text: str, one: Role, other: Role, signs: str) -> str:
    """Return ``text`` with every word of a role replaced by a sign of its own."""
    for role, sign in ((one, signs[0]), (other, signs[1])):
        for word in role:
            text = text.replace(word, sign)
    return text


def _names(text: str, role: Role) -> bool:
    return any(word in text for word in role)


def _likeness(one: str, other: str) -> float:
    """Return the Dice coefficient of the bigrams of two texts."""
    ours, theirs = set(pairwise(one)), set(pairwise(other))
    return 2 * len(ours & theirs) / max(1, len(ours) + len(theirs))
