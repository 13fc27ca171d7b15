"""Reads the text of the State Council's notice of a year's holidays (部分节假日安排的通知).

Its sentences say from which day to which a holiday lasts (放假), and which Saturdays and
Sundays are worked instead (上班). Everything that does not add up is told as a fault.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from qa_service.workdays.notice_dates import (
    DATE,
    WEEKDAYS,
    NamedDay,
    Span,
    YearOfText,
    shown,
)

HOLIDAYS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")

_TITLE = re.compile(r"关于(\d{4})年(?:部分)?节假日安排")
_NUMBER = re.compile(r"(国办发(?:明电)?)[〔\[(【]?(\d{4})[〕\])】]?(?:第)?(\d{1,3})号")
_SECTION = re.compile(r"((?:元旦|春节|清明|劳动节|端午|中秋|国庆)[^:。,]{0,12}):")
_SENTENCE_END = re.compile(r"[。;]|(?=[一二三四五六七八九十]+、[^:。、]{2,4}(?:、[^:。、]{2,4})*:)")
_SPAN = re.compile(rf"{DATE}(?:(?:至|到|-|~|—+){DATE})?")
_VERB = re.compile(r"放假|补休|上班")
_COUNT = re.compile(r"(?:共|放假)(\d{1,2})天")
_ADVICE = "鼓励"
_SIGNED = re.compile(r"(?:国务院办公厅)?\d{4}年\d{1,2}月\d{1,2}日")
"""The date below the notice."""


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """One day a notice names: off, or worked although it is a weekend."""

    day: date
    is_off: bool
    holiday: str


@dataclass(frozen=True, slots=True)
class NoticeReading:
    """The days understood of a notice, and in Chinese what was not or cannot be right.

    ``year`` is 0 and ``notice`` (文号) "" where the text does not say; ``missing`` are holidays
    it does not mention, as in a notice that corrects a single one.
    """

    year: int
    notice: str
    days: tuple[NoticeDay, ...]
    faults: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def days_off(self) -> frozenset[date]:
        """Return the days off."""
        return frozenset(one.day for one in self.days if one.is_off)

    @property
    def make_up_days(self) -> frozenset[date]:
        """Return the weekend days that are worked."""
        return frozenset(one.day for one in self.days if not one.is_off)


def read_notice(text: str, *, year: int = 0) -> NoticeReading:
    """Return the reading of a pasted notice; ``year`` counts where the text names none."""
    plain = _plain(text)
    titled = _TITLE.search(plain)
    number = _NUMBER.search(plain)
    found = int(titled[1]) if titled else year
    reader = _Reader(found)
    if not found:
        reader.faults.append("没有看到年份，请粘贴含标题的全文，或填写年份")
    elif titled and year and found != year:
        reader.faults.append(f"通知是 {found} 年的，填写的年份是 {year}，请核对")
    else:
        reader.read(plain)
    if found and not reader.days and not reader.faults:
        reader.faults.append("没有看到放假或上班的日期，请粘贴通知的全文")
    told = "".join(reader.holidays)
    return NoticeReading(
        year=found,
        notice=f"{number[1]}〔{number[2]}〕{int(number[3])}号" if number else "",
        days=tuple(sorted(reader.days, key=lambda one: one.day)),
        faults=tuple(dict.fromkeys((*reader.faults, *day_faults(found, reader.days)))),
        missing=tuple(name for name in HOLIDAYS if name[:2] not in told) if reader.days else (),
    )


def day_faults(year: int, days: Sequence[NoticeDay]) -> Iterator[str]:
    """Yield in Chinese what cannot be right about the days of ``year``."""
    off = {one.day for one in days if one.is_off}
    seen: set[tuple[date, bool]] = set()
    for one in days:
        if (one.day, one.is_off) in seen:
            yield f"{shown(one.day)}写了两次，请核对"
        seen.add((one.day, one.is_off))
        if year and one.day.year != year and (one.day.year, one.day.month) != (year - 1, 12):
            yield f"{shown(one.day)}不在 {year} 年，请核对"
        if not one.is_off and one.day in off:
            yield f"{shown(one.day)}既放假又上班，请核对"
        elif not one.is_off and one.day.weekday() < 5:
            yield f"{shown(one.day)}本来就是工作日，不会是调休上班，请核对"


@dataclass(slots=True)
class _Reader:
    """Collects days and faults, sentence by sentence."""

    year: int
    days: list[NoticeDay] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    holidays: list[str] = field(default_factory=list)
    _holiday: str = ""

    def read(self, plain: str) -> None:
        """Read every sentence."""
        for sentence in _SENTENCE_END.split(plain):
            section = _SECTION.search(sentence)
            if section:
                self._holiday = section[1]
                self.holidays.append(section[1])
            body = sentence[section.end() :] if section else sentence
            if self._holiday and _ADVICE not in body and not _SIGNED.fullmatch(body):
                self._sentence(body)

    def _sentence(self, body: str) -> None:
        """Read one sentence: days up to a verb belong to it."""
        spans = [(found.start(), self._span(found)) for found in _SPAN.finditer(body)]
        verbs = [(found.start(), found[0]) for found in _VERB.finditer(body)]
        off = 0
        for place, span in spans:
            verb = next((word for start, word in verbs if start > place), None)
            if span is None:
                continue
            if verb is None:
                self.faults.append(f"“{body}”没有说放假还是上班，请核对")
                continue
            is_off = verb != "上班"
            days = list(span.days())
            self.days += [NoticeDay(day, is_off, self._holiday) for day in days]
            off += len(days) if is_off else 0
        counted = _COUNT.search(body)
        if counted and off and int(counted[1]) != off:
            self.faults.append(
                f"{self._holiday}：写的是共 {counted[1]} 天，日期是 {off} 天，请核对"
            )

    def _span(self, found: re.Match[str]) -> Span | None:
        """Return the days of one match; None, and a fault, where they cannot be."""
        parts = found.groups()
        first, last = NamedDay.of(parts[:4]), NamedDay.of(parts[4:])
        of_text = YearOfText(self.year, is_new_year="元旦" in self._holiday)
        try:
            span = of_text.span(first, last)
        except ValueError as fault:
            self.faults.append(f"{self._holiday}：{fault}")
            return None
        for named, day in ((first, span.first), (last, span.last)):
            if named and named.weekday and named.weekday != WEEKDAYS[day.weekday()]:
                told = f"{shown(day)}，写的是周{named.weekday}，请核对"
                self.faults.append(f"{self._holiday}：{told}")
        if span.last - span.first > timedelta(days=31):
            self.faults.append(f"{self._holiday}：“{found[0]}”超过一个月，请核对")
            return None
        return span


def _plain(text: str) -> str:
    """Return ``text`` in one form: half-width signs, no spaces, no breaks of lines."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
