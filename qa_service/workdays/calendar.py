"""Working days of China, each final or provisional.

Of four sources the first that covers a day is used: the years that staff keep, the announced
years in files, the ``chinese_calendar`` library (State Council notices since 2004), and for
years without a notice the statutory holidays with ordinary weekends, which are provisional.
"""

from calendar import isleap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import chinese_calendar
import holidays

from qa_service.workdays.announced import AnnouncedYear, load_announced

WORKDAY, WEEKEND, MAKE_UP_DAY = "工作日", "周末", "调休上班"

_SATURDAY = 5
_OBSERVED = "（补假）"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day: working or not, the reason in Chinese, and whether a notice may still change it."""

    day: date
    is_workday: bool
    why: str
    provisional: bool


class CalendarSource(StrEnum):
    """The source of a year's days; the value is the Chinese wording."""

    KEPT = "页面录入"
    FILE = "服务器文件"
    LIBRARY = "程序自带"
    STATUTE = "尚未公布（暂定）"


class WorkCalendar:
    """The working days of every year in the range of ``date``."""

    def __init__(
        self, announced: Mapping[int, AnnouncedYear], *, folder: Path | None = None
    ) -> None:
        self._announced = announced
        self._folder = folder
        self._kept: Mapping[int, AnnouncedYear] = {}

    @classmethod
    def load(cls, folder: Path) -> "WorkCalendar":
        """Return the calendar with the years announced in ``folder``, which may be missing.

        Raises HolidayFileError (a ConfigurationError) when a file there is faulty.
        """
        return cls(load_announced(folder), folder=folder)

    def reload(self) -> bool:
        """Read the files of the folder again; return whether their content changed.

        Raises HolidayFileError for a faulty file; the calendar then stays unchanged.
        """
        announced = load_announced(self._folder) if self._folder else self._announced
        is_new = announced != self._announced
        self._announced = announced
        return is_new

    def keep(self, kept: Mapping[int, AnnouncedYear]) -> bool:
        """Use the years that staff keep; return whether they differ from those used before."""
        is_new = kept != self._kept
        self._kept = kept
        return is_new

    def with_kept(self, kept: Mapping[int, AnnouncedYear]) -> "WorkCalendar":
        """Return a calendar with the same files and other years that staff keep."""
        other = WorkCalendar(self._announced, folder=self._folder)
        other.keep(kept)
        return other

    def source(self, year: int) -> CalendarSource:
        """Return the source that decides the days of a year."""
        if year in self._kept:
            return CalendarSource.KEPT
        if year in self._announced:
            return CalendarSource.FILE
        is_known = not self.day(date(year, 1, 1)).provisional
        return CalendarSource.LIBRARY if is_known else CalendarSource.STATUTE

    def announced(self, year: int) -> AnnouncedYear | None:
        """Return the notice of a year as kept by staff or in a file; None if neither has it."""
        return self._kept.get(year) or self._announced.get(year)

    def named_days(self, year: int) -> AnnouncedYear | None:
        """Return the notice of a year from whichever source has it; None while there is none.

        The library knows no number of the notice (文号) and no days of the December before.
        """
        if self.source(year) is not CalendarSource.LIBRARY:
            return self.announced(year)
        first = date(year, 1, 1)
        days = [self.day(first + timedelta(days=number)) for number in range(365 + isleap(year))]
        off = frozenset(one.day for one in days if not one.is_workday and one.why != WEEKEND)
        worked = frozenset(one.day for one in days if one.is_workday and one.day.weekday() > 4)
        return AnnouncedYear(year, "", off, worked)

    @property
    def fingerprint(self) -> str:
        """Return a SHA-256, in hex, that differs for calendars that may count otherwise."""
        known = sorted({**self._announced, **self._kept}.items())
        years = [(year, sorted(one.days_off), sorted(one.make_up_days)) for year, one in known]
        return sha256(f"{years}{_library_versions()}".encode()).hexdigest()

    def day(self, day: date) -> CalendarDay:
        """Return ``day`` as working or not, with the reason."""
        # A notice also covers the last days of the preceding December.
        for year in (day.year + 1, day.year):
            announced = self.announced(year)
            found = _by_notice(day, announced) if announced else None
            if found:
                return found
        try:
            return _by_library(day)
        except NotImplementedError:
            return _by_statute(day)


def _by_notice(day: date, announced: AnnouncedYear) -> CalendarDay | None:
    if day in announced.make_up_days:
        return CalendarDay(day, True, f"{MAKE_UP_DAY}（{announced.notice}）", False)
    if day in announced.days_off:
        return CalendarDay(day, False, f"放假（{announced.notice}）", False)
    return _by_weekday(day, provisional=False) if day.year == announced.year else None


@lru_cache(maxsize=4_096)
def _by_library(day: date) -> CalendarDay:
    is_off, holiday = chinese_calendar.get_holiday_detail(day)
    if holiday is None:
        return _by_weekday(day, provisional=False)
    if not is_off:
        return CalendarDay(day, True, MAKE_UP_DAY, False)
    name = chinese_calendar.Holiday(holiday).chinese
    return CalendarDay(day, False, f"{name}放假", False)


def _by_statute(day: date) -> CalendarDay:
    name = _statutory_days(day.year).get(day)
    if name is None:
        return _by_weekday(day, provisional=True)
    why = name.replace(_OBSERVED, "补假") if _OBSERVED in name else f"{name}放假"
    return CalendarDay(day, False, f"{why}（暂定）", True)


def _by_weekday(day: date, *, provisional: bool) -> CalendarDay:
    is_workday = day.weekday() < _SATURDAY
    why = WORKDAY if is_workday else WEEKEND
    return CalendarDay(day, is_workday, f"{why}（暂定）" if provisional else why, provisional)


@cache
def _library_versions() -> tuple[str, ...]:
    return tuple(version(name) for name in ("chinesecalendar", "holidays"))


@lru_cache(maxsize=64)
def _statutory_days(year: int) -> dict[date, str]:
    found = holidays.country_holidays("CN", years=year, language="zh_CN")
    return {day: name.replace("; ", "、") for day, name in found.items() if day.year == year}
