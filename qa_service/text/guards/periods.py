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
    r"(?<![\d.(])((?:19|20)\d\d)"
    r"(?=年|[-~至到、,和或](?:19|20)\d\d(?!\d)|的|版|度|[./-](?:0?[1-9]|1[0-2])(?!\d))"
    r"(?:年(?:\d{1,2}月)?(?:\d{1,2}[日号]|底|末)?(?:[以之]?(前|后|起))?)?"
)
_RANGE_END = re.compile(r"(?<=[-~至到])((?:19|20)\d\d)(?![\d年])")
# 缴费15年的 is a duration: a year in two digits stands at the beginning of a clause.
_SHORT_YEAR = re.compile(
    r"(?:^|(?<=[,。?!、;:'\"])|(?<=[在从自于是按问到至对查])|(?<=[问查]下))"
    r"(\d\d|[零〇一二九][零〇一二三四五六七八九])年"
    r"(?=的|度|底|初|末|时|那|[上下]半年|\d{1,2}月|[以之]?前|[以之]?后|起|开始)"
)
# A bare 2019 is a year, 2000 and 1900 are more often amounts; none stands before a measure.
_BARE_YEAR = re.compile(
    r"(?<![\d.〔\[(#号-])((?:19[5-9]|20[0-4])\d)(?<!00)"
    r"(?![\d年.%/\-~至到、]|[元块万千百多余人号平米岁天个月日次分斤公℃w])"
)
_SPOKEN_YEAR = re.compile(
    r"(?<!\d)([零〇][0-9]|0[0-9]|[零〇一二九][零〇一二三四五六七八九])年(?!级)"
)
# 12年, 15年, 20年, 25年 and 30年 are durations more often than years.
_CLAUSE_YEAR = re.compile(
    r"(?:^|(?<=[,。?!、;:]))(0\d|1[6-9]|2[1-46-9])年(?=[^以内满级多限个龄前后])"
)
_SHORT_SPAN = re.compile(r"(?<!\d)(1[6-9]|2\d)年?(?:到|至|-|~)(1[7-9]|[23]\d)年(?!级|以|内|之)")
_FINANCIAL = str.maketrans("零壹贰叁肆伍陆柒捌玖", "0123456789")
_FINANCIAL_YEAR = re.compile(r"[壹贰][零玖][零壹贰叁肆伍陆柒捌玖]{2}(?=年)")
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
    r"|十[一二三四]五(?![\d年天个岁元百千万])|十五五(?=时期|期间|规划)"
    r"|(?:以前|从前|原来|原先|过去|老|旧)的?(?:政策|规定|办法|标准|制度|法规)"
    r"|(?:^|(?<=[,。?!]))(?:[以之]前|从前|原先|当年)(?![交缴参买在断办]|领过|的钱)"
    r"(?=[^,。?!]{0,12}(?:多少|标准|怎么算|怎么规定))"
    r"|[零〇七八九几]几年|那(?:时候?|阵子?|会儿?)|当初|刚解放|新中国成立"
    r"|(?:新规|新法|新政策?|新规定|取消[^,。?!]{1,8}?)(?:出来|出台|实施|施行|生效)?[之以]?前|按(?:当|那)时"
    r"|(?<![年月日天岁])以前(?:是多少|多少钱|怎么规定|怎么算|发多少|领多少|补多少|能领多少)"
)
"""A word of these that the stored text has too is what both are about."""

_EVENT = re.compile(
    r"(?:[底初末,才刚就已前]|\d{1,2}月[初底]?|[上下]半年|\d{1,2}[日号]|[中上下]旬|我们?|跟[^,]{1,3}){0,3}"
    r"(?:出生|生[的了下]|毕业|成立|注册|开[的了]|办[的了]|批[的了]|拿[的了]|当[的过了]*兵|入伍|退伍"
    r"|离职|离开|入职|查出|罚[过了])"
)
_DONE = re.compile(
    r"(?:\d{1,2}月[初底]?|[底初末]){0,2}"
    r"(?:(?:买|签|结|离|生|建|租|考|装修)[的了]|领[的了][^,]{0,4}(?:证|执照)|多[缴交扣]|结婚|离婚)"
)
"""What was done in a year; how much is due for it depends on the rules of that year."""

_PRESENT = re.compile("今年|本年度|最新")
"""What asks for the rules of this year by name."""

_AMOUNT = re.compile("多少|几|标准|比例|怎么算")
_RULES_OF_THEN = re.compile("当时|那时|那年|当年|那会")


@dataclass(frozen=True, slots=True)
class Period:
    """A year or a span of years, as ``shown`` in the text; a vague one has no bounds.

    A relative one (去年) has bounds only where the present year is known.
    """

    shown: str
    low: float | None = None
    high: float | None = None

    @property
    def is_vague(self) -> bool:
        """Return whether it names no year."""
        return self.low is None and self.high is None

    def is_confirmed_by(self, others: Iterable["Period"]) -> bool:
        """Return whether one of ``others`` is the same expression or has years in common."""
        return any(self.shown == other.shown or self._meets(other) for other in others)

    def _meets(self, other: "Period") -> bool:
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return False
        return self.low <= other.high and other.low <= self.high


def unconfirmed_periods(
    asked: str, stored: str, *, this_year: int | None, rules_of: int | None = None
) -> tuple[str, ...]:
    """Return the years named in ``asked`` that are not ``this_year`` and not named in ``stored``.

    今年 is among them where ``stored`` names other years only. Both texts are normalised. Without
    ``this_year`` every year must be confirmed. Where the rules of another year are searched,
    ``rules_of``, that is the year that need not be named; 去年 is the one before ``this_year`` all
    the same. A year in which something befell the caller (去年毕业, 2018年批的环评) is none whose
    rules are asked for.
    """
    named = tuple(dict.fromkeys(periods_of(asked, this_year=this_year)))
    if not named:
        return _unconfirmed_present(asked, stored, this_year)
    held = tuple(dict.fromkeys(periods_of(stored, this_year=this_year)))
    searched = rules_of or this_year
    present = () if searched is None else (Period("", searched, searched),)
    return tuple(
        dict.fromkeys(
            one.shown
            for one in named
            if not _is_single(one, present)
            and not one.is_confirmed_by(held)
            and not (one.is_vague and one.shown in stored)
            and not _dates_event(one.shown, asked)
        )
    )


def _unconfirmed_present(asked: str, stored: str, this_year: int | None) -> tuple[str, ...]:
    """Return the word for this year in ``asked`` where ``stored`` names other years only."""
    now = _PRESENT.search(asked)
    if now is None or this_year is None or _dates_event(now[0], asked):
        return ()
    held = tuple(periods_of(stored, this_year=this_year))
    is_other = held and not Period("", this_year, this_year).is_confirmed_by(held)
    return (now[0],) if is_other else ()


def _dates_event(shown: str, asked: str) -> bool:
    """Return whether a year tells when something happened, not which year's rules are asked.

    It must do so wherever it is named: 去年毕业的,去年的标准 asks for the rules of that year.
    """
    if _RULES_OF_THEN.search(asked):
        return False
    # A year that is written otherwise in the text than it is shown (贰零壹玖年) is not found.
    ends = [match.end() for match in re.finditer(re.escape(shown), asked)]
    patterns = (_EVENT,) if _AMOUNT.search(asked) else (_EVENT, _DONE)
    return bool(ends) and all(any(one.match(asked, end) for one in patterns) for end in ends)


def periods_of(text: str, *, this_year: int | None) -> Iterator[Period]:
    """Yield the years that a normalised text names, in the order of their kinds."""
    text = _FINANCIAL_YEAR.sub(lambda match: match[0].translate(_FINANCIAL), text)
    for match in _YEAR.finditer(text):
        yield _dated(match[0], int(match[1]), match[2])
    for match in _BARE_YEAR.finditer(text):
        yield _dated(match[1], int(match[1]), None)
    for match in _RANGE_END.finditer(text):
        yield _dated(match[0], int(match[1]), None)
    yield from _vague(text)
    if "年" not in text:
        return
    yield from _short_years(text, this_year)
    for shift, pattern in _NEAR:
        for match in pattern.finditer(text):
            yield _relative(match[0], shift, this_year)
    for match in _AGO.finditer(text):
        yield _relative(match[0], -int(match[1]), this_year)


def _vague(text: str) -> Iterator[Period]:
    """Yield the words for other years that name none."""
    for match in _VAGUE.finditer(text):
        yield Period(match[0])


def _short_years(text: str, this_year: int | None) -> Iterator[Period]:
    """Yield the years written with two digits, and spans of them."""
    for pattern in (_SHORT_YEAR, _SPOKEN_YEAR, _CLAUSE_YEAR):
        for match in pattern.finditer(text):
            year = _full_year(match[1], this_year)
            yield Period(match[0], year, year)
    for match in _SHORT_SPAN.finditer(text):
        low, high = (_full_year(digits, this_year) for digits in match.groups())
        yield Period(match[0], low, high)


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
    value = int("".join(str(_spoken(sign)) for sign in digits))
    newest = (this_year or _OLDEST + _CENTURY) % _CENTURY + _AHEAD
    return 2000 + value if value <= newest else 1900 + value


def _spoken(digit: str) -> int:
    """Return the value of a digit in either script."""
    return (
        int(digit) if digit.isdecimal() else "零一二三四五六七八九".index(digit.replace("〇", "零"))
    )
