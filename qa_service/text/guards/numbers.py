"""Numbers with units, as closed intervals: amounts, ages, durations, dates, ranks."""

import re
from collections.abc import Iterator
from dataclasses import replace
from math import inf

from qa_service.text.guards.model import Axis, Guard, GuardKind, words
from qa_service.text.numerals import office_amounts

_SCALE = {"百": 1e2, "千": 1e3, "万": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8}


def _duration(name: str) -> Axis:
    """Return an axis of spans of time."""
    return Axis(GuardKind.NUMBER, name, is_duration=True)


_MONEY = Axis(GuardKind.NUMBER, "金额")
_UNITS: dict[str, Axis] = {
    **dict.fromkeys(("元", "块钱", "块"), _MONEY),
    "%": Axis(GuardKind.NUMBER, "比例"),
    **dict.fromkeys(("周岁", "岁"), Axis(GuardKind.AGE, "年龄")),
    **dict.fromkeys(("个工作日", "工作日"), _duration("工作日数")),
    **dict.fromkeys(("天", "日内", "个自然日"), _duration("天数")),
    **dict.fromkeys(("个月", "月内"), _duration("月数")),
    "年级": Axis(GuardKind.GRADE, "年级"),
    "年": _duration("年限"),
    **dict.fromkeys(("个小时", "小时"), _duration("小时数")),
    **dict.fromkeys(("平方米", "平米", "平方"), Axis(GuardKind.NUMBER, "面积")),
    **dict.fromkeys(("公里", "千米"), Axis(GuardKind.NUMBER, "里程")),
    "级": Axis(GuardKind.GRADE, "级别"),
    "折": Axis(GuardKind.NUMBER, "折扣"),
    "倍": Axis(GuardKind.NUMBER, "倍数"),
    **dict.fromkeys(("针", "剂"), Axis(GuardKind.GRADE, "剂次")),
    "价": Axis(GuardKind.GRADE, "价次"),
    "季度": Axis(GuardKind.DATE, "季度"),
    **dict.fromkeys(("路", "路车", "路公交", "公交", "号线"), Axis(GuardKind.NUMBER, "线路")),
    **dict.fromkeys(("号公告", "号文件", "号令", "号文"), Axis(GuardKind.NUMBER, "文件编号")),
}
YEAR_AXIS = Axis(GuardKind.DATE, "年份")
_MONTH = Axis(GuardKind.DATE, "月份")
_DAY = Axis(GuardKind.DATE, "日期")
NEAR_YEAR_AXIS = Axis(GuardKind.DATE, "哪一年")
_DOCUMENT = Axis(GuardKind.NUMBER, "文号")
_CLASS = Axis(GuardKind.GRADE, "类别")
_LICENCE = Axis(GuardKind.GRADE, "准驾车型")

_NUMBER = r"\d{1,12}+(?:\.\d{1,4}+)?"
_SHORT_OF = words("不满 未满 没满 没有满 不足 不到 没到 没有到 未到 低于 少于 小于 未达 没达到")
"""Words for less than a number, which is not among what they mean."""
_BELOW = (*_SHORT_OF, *words("不超过 最多 至多"))
_BEYOND = words("超过 高于 大于 多于")
"""Words for more than a number."""
_ABOVE = (*_BEYOND, *words("不低于 不少于 至少 年满 满"))
_INITIALS = "".join(sorted({word[0] for word in (*_BELOW, *_ABOVE)}))
_LIMITS = "|".join(sorted((*_BELOW, *_ABOVE), key=len, reverse=True))
_SIDE = r"((?:及|或|含|\(含\))?[以之]?[上下内前后外](?!年|级|海))?"
"""What after a number makes it a limit (60岁以下, 30日内)."""
_RATE = (
    r"(?:(?<=[钱少几])1(?:个月|天|年)(?![之以半内后前])"
    r"|(?<![\d了过满断停缴交续休干差住业龄到足请作病迟月年.])1(?:个月|天|年)"
    r"(?![之以半内后前])(?=[^,。?!;]{0,5}?(?:多少|好多|几|多长)))"
)
"""A time for which an amount is asked (1个月给多少): it is no span."""
_MEASURE = re.compile(
    rf"(?=[\d{_INITIALS}])(?!{_RATE})({_LIMITS})?(?<![\d.a-z])"
    rf"(?:({_NUMBER})([百千万亿])?(?:周?岁|元|年|天|个月|%)?[-~至到])?"
    rf"({_NUMBER})([十百千]?万|[百千亿])?[多余来]?"
    rf"({'|'.join(sorted(_UNITS, key=len, reverse=True))})(半(?![年天个月]))?"
    rf"{_SIDE}"
)
_WAN = re.compile(
    rf"({_LIMITS})?(?<![\d.])(\d{{1,6}}(?:\.\d{{1,4}})?)万"
    rf"(?![元人户亩平吨个辆件名家年块州公一]){_SIDE}"
)
_CALENDAR = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?=年(?:\d{1,2}月)?(?:\d{1,2}日|底)?[以之]?([前后起])?)"
    r"|(?<![\d个])(\d{1,2})月(?:(\d{1,2})[日号])?|每个?月(?:的|份)?(\d{1,2})[日号]"
)
_HOTLINE = Axis(GuardKind.NUMBER, "电话号码")
_HOTLINES = re.compile(
    r"(?<![\d.])(?:12(?:3(?!00)\d\d|12[13])|9[56](?!000)\d{3}|(?<=[打拨])(?:11[049]|12[02]))"
    r"(?!\d|\.\d|[元块人天年月日岁个万号米平斤分%])"
)
_CODES = re.compile(
    r"(?=[(a-z\d])(?:\((20\d\d)\)(\d{1,4})号|(?<![a-z0-9])([a-z])(?:1|2|3)?类(?!型|似|别)|(?<!\d)(\d)类(?!型|似|别)"
    r"|(?<![a-z0-9])([abc][123])(?=驾|证|本|车|照))"
)
_CODE_SIGNS = frozenset("号类驾证本车照")
_DIGIT = re.compile(r"\d")
_RELATIVE_YEAR = re.compile("今年|明年|去年|前年|后年")


def number_guards(text: str) -> Iterator[Guard]:
    """Yield the numbers with units, dates and codes that normalised ``text`` names."""
    if _DIGIT.search(text):
        yield from _with_digits(text)
    if "年" in text:
        for match in _RELATIVE_YEAR.finditer(text):
            yield Guard(NEAR_YEAR_AXIS, match[0])
    if not _CODE_SIGNS.isdisjoint(text):
        for match in _CODES.finditer(text):
            yield _coded(match)


def _with_digits(text: str) -> Iterator[Guard]:
    """Yield the guards of numbers written in digits."""
    for match in _MEASURE.finditer(text):
        yield from _measured(match)
    for match in _HOTLINES.finditer(text):
        yield _point(_HOTLINE, match[0], float(match[0]))
    if "万" in text:
        for match in _WAN.finditer(text):
            yield _ten_thousands(match)
    if "年" in text or "月" in text:
        for match in _CALENDAR.finditer(text):
            yield from _dated(match)


def _point(axis: Axis, shown: str, value: float) -> Guard:
    """Return the guard of a single number."""
    return Guard(axis, shown, value, value, numeric=True)


def _measured(match: re.Match[str]) -> Iterator[Guard]:
    """Yield the guard of a number with a unit, as an interval."""
    before, first, first_scale, number, scale, unit, half, after = match.groups()
    if unit == "年" and len(number) >= 4:
        return
    value = float(number) * _SCALE.get(scale or "", 1.0) + (0.5 if half else 0.0)
    low = value if first is None else float(first) * _SCALE.get(first_scale or scale or "", 1.0)
    shown = office_amounts(match[0])
    yield _limited(Guard(_UNITS[unit], shown, min(low, value), value, numeric=True), before, after)


def _limited(number: Guard, before: str | None, after: str | None) -> Guard:
    """Return the guard of a number as the words before and after it limit it."""
    # 满3周岁前 is an upper limit: the word after the number takes precedence.
    if after[-1] in "下内前" if after else before in _BELOW:
        return replace(number, low=-inf, is_open=before in _SHORT_OF and not after)
    if after or before:
        return replace(number, high=inf, is_open=before in _BEYOND and not after)
    return number


def _ten_thousands(match: re.Match[str]) -> Guard:
    """Return the guard of an amount without its unit (10万以下)."""
    before, number, after = match.groups()
    shown = f"{before or ''}{number}万元{after or ''}"
    return _limited(_point(_MONEY, shown, float(number) * 1e4), before, after)


def _dated(match: re.Match[str]) -> Iterator[Guard]:
    """Yield the guards of a year, month or day."""
    year, side, month, day, monthly = match.groups()
    if year:
        low = -inf if side == "前" else float(year)
        high = inf if side in ("后", "起") else float(year)
        yield Guard(YEAR_AXIS, f"{year}年{side or ''}", low, high, numeric=True)
    elif monthly:
        yield Guard(_DAY, f"每月{int(monthly)}日")
    elif 1 <= int(month) <= 12:
        yield _point(_MONTH, f"{int(month)}月", float(month))
        if day:
            yield Guard(_DAY, f"{int(month)}月{int(day)}日")


def _coded(match: re.Match[str]) -> Guard:
    """Return the guard of a document number, licence class or category."""
    year, number, letter, digit, licence = match.groups()
    if year:
        return Guard(_DOCUMENT, f"〔{year}〕{number}号")
    if licence:
        return Guard(_LICENCE, licence.upper())
    return Guard(_CLASS, f"{(letter or digit).upper()}类")
