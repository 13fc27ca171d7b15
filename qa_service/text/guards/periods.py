"""Years other than the present one that a question names (去年, 2019年度, 19年的).

An answer in force today says nothing about another year, so each year named must be confirmed
by the stored text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

_OLDEST, _CENTURY = 1949, 100
_AHEAD = 10
"""A two-digit year this many years ahead of today or less is of this century."""

_YEAR = re.compile(
    r"(?<![\d.(])((?:19|20)\d\d)(?=年|[-~至到、,和或](?:19|20)\d\d(?!\d)|的|版|度)"
    r"(?:年(?:\d{1,2}月)?(?:\d{1,2}[日号]|底|末)?(?:[以之]?(前|后|起))?)?"
)
_RANGE_END = re.compile(r"(?<=[-~至到])((?:19|20)\d\d)(?![\d年])")
# 缴费15年的 is a duration: a year in two digits stands at the beginning of a clause.
_SHORT_YEAR = re.compile(
    r"(?:^|(?<=[,。?!、;:'\"])|(?<=[在从自于是按问到至对查])|(?<=[问查]下))"
    r"(\d\d|[零〇一二九][零〇一二三四五六七八九])年"
    r"(?=的|度|底|初|末|时|那|[上下]半年|\d{1,2}月|[以之]?前|[以之]?后|起|开始)"
)
_RELATIVE = {
    -3: r"大前年",
    -2: r"(?<![以之从大])前年(?!度)",
    -1: r"(?<![过出上下])去年|(?<![以之])上(?:[一1]个?年(?!级)|年(?![纪级满]))",
    1: r"(?<![证说声表])明年|(?<![以之])下(?:[一1]个?年(?!级)|年(?!级))|(?<![近以未原本])来年",
    2: r"(?<![以今之往此大])后年(?!度)",
    3: r"大后年",
}
_NEAR = tuple((shift, re.compile(pattern)) for shift, pattern in _RELATIVE.items())
_AGO = re.compile(r"(?<![\d.满足])(\d{1,2})年[以之]?前(?!后)")
_VAGUE = re.compile(
    r"往年|早年|[前早](?:几|些|两|2)年|[以之]前(?:的)?年[度份]|[以今]后(?:的)?年[度份]"
    r"|(?:几|多|若干)年[以之]?前|过去(?:几|数|多)年|未来(?:几|数|多)年"
    r"|十[一二三四五六]五(?=时期|期间|规划)"
)


@dataclass(frozen=True, slots=True)
class Period:
    """A year or a span of years, as ``shown`` in the text; a vague one has no bounds.

    A relative one (去年) has bounds only where the present year is known.
    """

    shown: str
    low: float | None = None
    high: float | None = None

    def is_confirmed_by(self, others: Iterable["Period"]) -> bool:
        """Return whether one of ``others`` is the same expression or has years in common."""
        return any(self.shown == other.shown or self._meets(other) for other in others)

    def _meets(self, other: "Period") -> bool:
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return False
        return self.low <= other.high and other.low <= self.high


def unconfirmed_periods(asked: str, stored: str, *, this_year: int | None) -> tuple[str, ...]:
    """Return the years named in ``asked`` that are not ``this_year`` and not named in ``stored``.

    Both texts are normalised. Without ``this_year`` every year must be confirmed.
    """
    named = tuple(periods_of(asked, this_year=this_year))
    if not named:
        return ()
    held = tuple(periods_of(stored, this_year=this_year))
    present = () if this_year is None else (Period("", this_year, this_year),)
    return tuple(
        dict.fromkeys(
            one.shown
            for one in named
            if not _is_single(one, present) and not one.is_confirmed_by(held)
        )
    )


def periods_of(text: str, *, this_year: int | None) -> Iterator[Period]:
    """Yield the years that a normalised text names, in the order of their kinds."""
    for match in _YEAR.finditer(text):
        yield _dated(match[0], int(match[1]), match[2])
    for match in _RANGE_END.finditer(text):
        yield _dated(match[0], int(match[1]), None)
    if "年" not in text and "五" not in text:
        return
    for match in _SHORT_YEAR.finditer(text):
        year = _full_year(match[1], this_year)
        yield Period(match[0], year, year)
    for shift, pattern in _NEAR:
        for match in pattern.finditer(text):
            yield _relative(match[0], shift, this_year)
    for match in _AGO.finditer(text):
        yield _relative(match[0], -int(match[1]), this_year)
    for match in _VAGUE.finditer(text):
        yield Period(match[0])


def _is_single(one: Period, present: Iterable[Period]) -> bool:
    """Return whether the period is exactly one of ``present``."""
    return any((one.low, one.high) == (now.low, now.high) for now in present)


def _dated(shown: str, year: int, side: str | None) -> Period:
    low = -inf if side == "前" else float(year)
    return Period(shown, low, inf if side in ("后", "起") else float(year))


def _relative(shown: str, shift: int, this_year: int | None) -> Period:
    if this_year is None:
        return Period(shown)
    return Period(shown, this_year + shift, this_year + shift)


def _full_year(digits: str, this_year: int | None) -> int:
    """Return the four-digit year of one written with two digits."""
    value = int(digits) if digits.isdigit() and digits.isascii() else _spoken(digits)
    newest = (this_year or _OLDEST + _CENTURY) % _CENTURY + _AHEAD
    return 2000 + value if value <= newest else 1900 + value


def _spoken(digits: str) -> int:
    first, second = ("零一二三四五六七八九".index(sign.replace("〇", "零")) for sign in digits)
    return 10 * first + second
