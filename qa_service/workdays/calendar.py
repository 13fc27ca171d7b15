"""Working days of China, each final or provisional.

Of three sources the first that covers a day is used: the announced years in files, the
``chinese_calendar`` library (State Council notices since 2004), and for years without a
notice the statutory holidays with ordinary weekends, which are provisional.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
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


class WorkCalendar:
    """The working days of every year in the range of ``date``."""

    def __init__(
        self, announced: Mapping[int, AnnouncedYear], *, folder: Path | None = None
    ) -> None:
        self._announced = announced
        self._folder = folder

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

    def day(self, day: date) -> CalendarDay:
        """Return ``day`` as working or not, with the reason."""
        # A notice also covers the last days of the preceding December.
        for year in (day.year + 1, day.year):
            announced = self._announced.get(year)
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


@lru_cache(maxsize=64)
def _statutory_days(year: int) -> dict[date, str]:
    found = holidays.country_holidays("CN", years=year, language="zh_CN")
    return {day: name.replace("; ", "、") for day, name in found.items() if day.year == year}
