"""Dates as notices write them, 1月1日（周四）至3日, resolved to days of a year."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WEEKDAYS = "一二三四五六日"

DATE = (
    r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
    r"(?:\((?:[^()]*?[、,])?(?:(?:周|星期|礼拜)([一二三四五六日天]))?[^()]*\))?"
)
"""A date with the groups year, month, day and weekday; all but the day may be absent."""

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_RANGE = re.compile(r"至|到|~|—+")
_SEPARATORS = re.compile(r"[\s,，、;；]+")


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A date as written; year and month are None where they are left out."""

    year: int | None
    month: int | None
    day: int
    weekday: str

    @classmethod
    def of(cls, groups: Sequence[str | None]) -> "NamedDay | None":
        """Return the date of the groups of ``DATE``; None if it did not match."""
        year, month, day, weekday = groups
        if day is None:
            return None
        named = (weekday or "").replace("天", "日")
        return cls(int(year) if year else None, int(month) if month else None, int(day), named)


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive days, both ends included."""

    first: date
    last: date

    def days(self) -> Iterator[date]:
        """Yield every day in order."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


@dataclass(slots=True)
class YearOfText:
    """Completes dates by the notice's year; New Year's break may begin in December before."""

    year: int
    is_new_year: bool = False
    _month: int | None = None

    def span(self, first: NamedDay | None, last: NamedDay | None) -> Span:
        """Return the days from ``first`` to ``last``, or the one day without ``last``.

        Raises ValueError with the Chinese fault.
        """
        if first is None:
            raise ValueError("没有日期，请核对")
        begin = self._date(first, None)
        end = self._date(last, begin) if last is not None else begin
        if end < begin:
            raise ValueError(f"{shown(begin)}至{shown(end)}先后颠倒，请核对")
        return Span(begin, end)

    def _date(self, named: NamedDay, before: date | None) -> date:
        month = named.month or (before.month if before else self._month)
        if month is None:
            raise ValueError(f"{named.day}日没有写月份，请核对")
        self._month = month
        year = named.year or self._year(month)
        try:
            return date(year, month, named.day)
        except ValueError:
            raise ValueError(f"没有{year}年{month}月{named.day}日这一天，请核对") from None

    def _year(self, month: int) -> int:
        return self.year - 1 if self.is_new_year and month == 12 else self.year


def read_days(text: str) -> tuple[list[date], list[str]]:
    """Return the days typed as a list, such as 2027-01-01 or 2027-01-01至2027-01-03; faults.

    Days are separated by line breaks, spaces or commas.
    """
    days: list[date] = []
    faults: list[str] = []
    for word in filter(None, _SEPARATORS.split(text)):
        ends = [_iso_day(part) for part in _RANGE.split(word)]
        first, last = ends[0], ends[-1]
        if len(ends) > 2 or first is None or last is None:
            faults.append(f"“{word}”不是日期，请写成 2027-01-01 或 2027-01-01至2027-01-03")
        elif last < first:
            faults.append(f"{shown(first)}至{shown(last)}先后颠倒，请核对")
        elif last - first > timedelta(days=31):
            faults.append(f"“{word}”超过一个月，请核对")
        else:
            days += Span(first, last).days()
    return days, faults


def shown(day: date) -> str:
    """Return the day with its weekday, such as 2027年1月1日（周五）."""
    return f"{day.year}年{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


def _iso_day(text: str) -> date | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None
