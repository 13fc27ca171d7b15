"""Finds real negations in a text, as opposed to polite A-not-A questions."""

import re
from dataclasses import dataclass

from qa_service.text.guards.statuses import STATUS

# Longer than any question; a negation somewhere in an answer does not negate the whole.
LONGEST_TEXT = 40

_SIGNS = frozenset("不没未无非别勿莫否")
"""Characters of which every pattern below contains one; most questions contain none."""

_HARMLESS = re.compile(
    # 能不能, 有没有, 是不是, 领没领: questions, not negations
    r"([\u4e00-\u9fa5]{1,2})[不没]\1|可不可以|能不可以|是否|能否|可否|有无"
    # 不是…吗: a rhetorical question affirms
    rf"|不是(?!{STATUS})(?=[^,。?!;]{{2,30}}[吗么])|难道不|为什么不是|不是说|是不是"
    # 不用, 无需: with these the negative form of a question asks the same as the positive
    r"|不用|不需要?|不必|无需|无须|未就业|暂未"
    # 去不: asks at the end of a clause
    r"|(?<=[\u4e00-\u9fa5])不(?=[啊呀呢嘛咯]?(?:$|[,。?!;]))"
    # 不是本地户口: told on the axis of places
    r"|(?:不是|不在|没有|没|无)(?=本[地市区省县])"
    # courtesy and ignorance (不知道)
    r"|不好意思|对不起|不知道?|不清楚|不明白|不了解|不太懂|不懂|不晓得|不确定|没明白|没听说"
    # words in which the character is no negation
    r"|不仅|不但|不管|不论|无论|不同|不动产|不少|不断|不久|差不多|不然|要不|不过|不得不|不可抗力|不良|不孕"
    r"|不小心|无理由|不就是|非[让要得]|不锈钢|不超过|不低于|不少于|不足|不满|不到|未满|未成年|未来|未婚|未必|没事|没关系|无锡|无偿|无人机|无障碍|无痛"
    r"|无线|无花果|无症状|无为|非常|除非|是非|非洲|非典|莫非|无非|南无|别人|别的|特别|级别|区别|类别|性别|个别|分别"
    r"|别墅|离别|鉴别|识别|告别|辨别|派别|差别"
)
_DENIAL = re.compile(
    r"(?:不是|没有|不|没|未|无|非|别|勿|莫)(?:再|曾|被|能够?|可以?|会|得|允许|让|给|予以?|需要?|用|必|要|想|愿意?|符合|满足|具有)?"
    r"(?:继续|按时|及时|按规定)?([\u4e00-\u9fa5]{2})?"
)


@dataclass(frozen=True, slots=True)
class Denial:
    """A real negation as worded, and the two characters it negates; empty if fewer follow."""

    words: str
    denied: str


def denials(text: str) -> tuple[str, tuple[Denial, ...]]:
    """Return ``text`` without polite questions, and the real negations in the remainder.

    For a text longer than ``LONGEST_TEXT`` the first item is empty.
    """
    if len(text) > LONGEST_TEXT:
        return "", ()
    if _SIGNS.isdisjoint(text):
        return text, ()
    plain = _HARMLESS.sub(r"\1 ", text)
    return plain, tuple(Denial(match[0], match[1] or "") for match in _DENIAL.finditer(plain))
