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
_COUNTED = re.compile(f"([两二三四五])个({DIGIT})")
"""A digit that is told with its count: 幺三六四个零幺二三四."""
_GROUP = re.compile(
    f"(?:(?:(?<={DIGIT})|(?<={DIGIT}[, ])){_COUNTED.pattern}(?=[, ]?{DIGIT})|{DIGIT})+"
)
_SIGN = rf"[^\w{BARRIER}{NAME_BARRIER}]"
_GAP = re.compile(rf"{_SIGN}{{1,8}}|_{{1,3}}|{_SIGN}?(?:横杠|横线|空格|[横杠空]){_SIGN}?")
_MANY = re.compile(
    f"(?:(?:{DIGIT}|\\d|[①-⑳⓪-⓿❶-➓²³¹⁰⁴-⁹₀-₉OolIi])"
    r"[\W_横杠空格线个]{0,8}){9}"
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
    """

    start: int
    end: int
    digits: str
    gap: str


Run = list[Group]
"""Groups with nothing but separators in between."""


def holds_long_number(text: str) -> bool:
    """Return whether ``text`` has nine digits in a row; much cheaper than masking."""
    return bool(_MANY.search(text))


def digit_runs(plain: str) -> list[Run]:
    """Return the digits of a folded text, in runs, in order."""
    runs: list[Run] = []
    plain = _ID_WITH_LETTERS.sub(_as_id, _WITH_LETTERS.sub(_as_digits, plain))
    for match in _GROUP.finditer(plain):
        start, end = match.span()
        gap = plain[runs[-1][-1].end : start] if runs else ""
        group = Group(start, end, _digits_of(match[0]), gap)
        if runs and _GAP.fullmatch(gap):
            runs[-1].append(group)
        else:
            runs.append([Group(start, end, group.digits, "")])
    return runs


def _digits_of(told: str) -> str:
    """Return the digits of a group; 四个零 are four."""
    counted = _COUNTED.sub(lambda found: found[2] * int(found[1].translate(_TO_DIGIT)), told)
    return counted.translate(_TO_DIGIT)


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


def part_of(group: Group, start: int, end: int) -> Group:
    """Return a piece of a group, from its digit ``start`` to ``end``."""
    gap = group.gap if start == 0 else ""
    return Group(group.start + start, group.start + end, group.digits[start:end], gap)
