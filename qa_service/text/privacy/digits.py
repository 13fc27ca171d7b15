"""Digits of a text in groups, however they are written: 139, 一三九, 幺三九, 壹叁玖, or mixed."""

import re
from dataclasses import dataclass

from qa_service.text.privacy.view import BARRIER, NAME_BARRIER

_VALUES = (
    "0零〇洞",
    "1一幺壹腰妖弌",
    "2二两贰貳弍",
    "3三叁參弎",
    "4四肆",
    "5五伍",
    "6六陆陸",
    "7七柒拐",
    "8八捌",
    "9九玖勾",
)
_TO_DIGIT = str.maketrans(
    {sign: str(value) for value, signs in enumerate(_VALUES) for sign in signs}
)
DIGIT = "[" + "".join(_VALUES) + "]"
COUNTED = re.compile(
    f"(?:([1-8一两二三四五六七八])[个個]|([俩仨双])[个個]?)(?:都是|连着的?|是)?({DIGIT})"
)
"""A digit that is told with its count: 四个零."""
_GROUP = re.compile(
    f"(?:(?:(?<={DIGIT})|(?<={DIGIT}[, ]))[两二三四五]个{DIGIT}(?=[, ]?{DIGIT})|{DIGIT})+"
)
"""Digits that stand together; one with its count may stand between them: 幺三六四个零幺二三四."""
SIGN = rf"[^\w{BARRIER}{NAME_BARRIER}]"
"""A sign that may stand between the digits of a number."""
_GAP = re.compile(rf"{SIGN}{{1,8}}|_{{1,3}}|{SIGN}?(?:横杠|横线|空格|[横杠空]){SIGN}?")
_MANY = re.compile(
    f"(?:(?:{DIGIT}|\\d|[①-⑳⓪-⓿❶-➓²³¹⁰⁴-⁹₀-₉OolIi])"
    r"[\W_横杠空格线个嗯对啊呃是加xX]{0,8}){9}"
)

_LOOKALIKE = str.maketrans({"O": "0", "o": "0", "〇": "0", "零": "0", "l": "1", "I": "1", "i": "1"})
_WITH_LETTERS = re.compile(
    r"(?<![A-Za-z0-9])(?=[0-9OolIi〇零 \-.,·]{0,4}[0-9])(?:\+?86 ?)?"
    r"[1lIi](?:[ \-.,·]?[0-9OolIi〇零]){10}(?![A-Za-z0-9])"
)
"""Eleven digits, some of them letters that look like a digit."""
_ID_WITH_LETTERS = re.compile(
    r"(?<![A-Za-z0-9])(?=[0-9]{0,17}[OolIi])[1-9](?:[ \-]?[0-9OolIi]){16}"
    r"[ \-]?[0-9Xx](?![A-Za-z0-9])"
)
"""Eighteen signs of an ID, some of them letters that look like a digit."""
_TYPED = re.compile(r"1[3-9]\d{9}")
_ID = re.compile(r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_LEAST_DIGITS = 5

LONGEST_NUMBER = 19
"""Digits of the longest number that is looked for: a bank card."""


@dataclass(frozen=True, slots=True)
class Group:
    """Digits that stand together, from ``start`` to ``end``; ``gap`` is what precedes them.

    The gap is empty for the first group of a run and between groups cut out of one number.
    ``written`` is the group as it stands in the text, where 四个零 are four digits.
    """

    start: int
    end: int
    digits: str
    gap: str
    written: str


Run = list[Group]
"""Groups with nothing but separators in between."""


_IN_PIECES = re.compile(
    f"(?:[个個俩仨双百十]|[位面后来再]|然后|尾号|接着)(?:[都是x]|[^\\w]){{0,3}}{DIGIT}"
)
_ONE = re.compile(f"{DIGIT}|\\d")


def holds_long_number(text: str) -> bool:
    """Return whether ``text`` may hold a number of nine digits or more, in a row or dictated.

    Much cheaper than masking.
    """
    if _MANY.search(text):
        return True
    return bool(_IN_PIECES.search(text)) and len(_ONE.findall(text)) >= _LEAST_DIGITS


def digit_runs(plain: str) -> list[Run]:
    """Return the digits of a folded text, in runs, in order."""
    runs: list[Run] = []
    plain = _ID_WITH_LETTERS.sub(_as_id, _WITH_LETTERS.sub(_as_digits, plain))
    for match in _GROUP.finditer(plain):
        start, end = match.span()
        gap = plain[runs[-1][-1].end : start] if runs else ""
        digits = digits_of(match[0])
        if runs and _GAP.fullmatch(gap):
            runs[-1].append(Group(start, end, digits, gap, match[0]))
        else:
            runs.append([Group(start, end, digits, "", match[0])])
    return runs


def digits_of(told: str) -> str:
    """Return the digits of a group; 四个零 are four."""
    return COUNTED.sub(_repeated, told).translate(_TO_DIGIT)


def _repeated(counted: re.Match[str]) -> str:
    count = counted[1] or {"俩": "2", "双": "2", "仨": "3"}[counted[2]]
    return counted[3] * int(count.translate(_TO_DIGIT))


def _as_digits(match: re.Match[str]) -> str:
    """Return a mobile number with O and l typed for 0 and 1 in digits; anything else as it is."""
    typed = match[0].translate(_LOOKALIKE)
    own = re.sub(r"\D", "", typed)[-11:]
    is_number = sum(map(str.isdigit, match[0])) >= _LEAST_DIGITS and _TYPED.fullmatch(own)
    return typed if is_number else match[0]


def _as_id(match: re.Match[str]) -> str:
    """Return an ID with O and l typed for 0 and 1 in digits; anything else as it is."""
    typed = match[0].translate(_LOOKALIKE)
    return typed if _ID.fullmatch(re.sub(r"[ \-]", "", typed)) else match[0]


def places_of(group: Group) -> list[tuple[int, int]]:
    """Return where each digit of a group stands in the text; the four of 四个零 share a place."""
    if "十" in group.written or "百" in group.written:
        return [(group.start, group.end)] * len(group.digits)
    places: list[tuple[int, int]] = []
    at = 0
    while at < len(group.written):
        counted = COUNTED.match(group.written, at)
        end = counted.end() if counted else at + 1
        count = len(digits_of(counted[0])) if counted else 1
        places += [(group.start + at, group.start + end)] * count
        at = end
    return places


def part_of(group: Group, start: int, end: int, places: list[tuple[int, int]]) -> Group:
    """Return a piece of a group, from its digit ``start`` to ``end``."""
    first, last = places[start][0], places[end - 1][1]
    written = group.written[first - group.start : last - group.start]
    gap = group.gap if start == 0 else ""
    return Group(first, last, group.digits[start:end], gap, written)
