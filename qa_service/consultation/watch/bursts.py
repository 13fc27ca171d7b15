"""The rule of an emerging topic: a day's count against its own weekday's baseline.

A count is drawn on a c chart (Shewhart control chart for counts, ISO 7870-2:2013, GB/T
17989.2—2020): it is unusual above the mean plus three standard deviations. The mean m and the
sample variance s² are those of the same weekday in the weeks before; where counts scatter more
than chance lets them, s² replaces the Poisson variance m. A small count never fires.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import mean, variance

from qa_service.workdays.calendar import WorkCalendar

WEEKS = 8
"""Days of the baseline: the same weekday of so many weeks."""

LEAST_WEEKS = 4
"""Days a baseline needs at least; without them nothing is unusual yet."""

REACH = timedelta(weeks=12)
"""How far back days of the baseline are looked for; holidays among them are left out."""

SIGMAS = 3


@dataclass(frozen=True, slots=True)
class Limit:
    """The mean of a day's baseline, and the limit above it that its count is compared with."""

    expected: float
    above: float


def baseline_days(day: date, first: date, calendar: WorkCalendar) -> list[date]:
    """Return the days that ``day`` is compared with, the latest first, none before ``first``.

    They are of its weekday, and working days if it is one, else days off.
    """
    is_workday = calendar.day(day).is_workday
    weeks = range(1, REACH.days // 7 + 1)
    earlier = (day - timedelta(weeks=week) for week in weeks)
    fitting = [
        one for one in earlier if one >= first and calendar.day(one).is_workday == is_workday
    ]
    return fitting[:WEEKS]


def limit_of(counts: Mapping[date, int], days: list[date]) -> Limit | None:
    """Return the limit by the counts of the ``days`` of a baseline; None with too few days."""
    if len(days) < LEAST_WEEKS:
        return None
    values = [counts.get(day, 0) for day in days]
    expected = mean(values)
    spread = sqrt(max(expected, variance(values), 1))
    return Limit(round(expected, 2), round(expected + SIGMAS * spread, 2))


def is_burst(count: int, limit: Limit | None, *, least: int) -> bool:
    """Return whether a count is unusual; never below ``least``."""
    return limit is not None and count >= least and count > limit.above
