"""The period a report covers, in days of Beijing: its presets, the one before, and bad input."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from qa_service.clock import beijing_midnight
from qa_service.errors import FieldProblem, InvalidInputError

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
"""The days that a report may be about."""

COMPARED = date(1998, 1, 1)
"""The first day of a period before: that of the earliest report is a year before it."""

LONGEST_DAYS = 366
"""Greatest length of a period in days: a year."""

_ONE_DAY = timedelta(days=1)


class InvalidPeriodError(InvalidInputError):
    """The period is no pair of dates in order, or longer than a year."""

    code = "invalid_period"
    title = "起止日期有误"


@dataclass(frozen=True, slots=True)
class Period:
    """Consecutive days in Beijing, both ends included; raises InvalidPeriodError."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse ends out of order, out of range or more than a year apart."""
        for field, day in (("since", self.first), ("until", self.last)):
            if not COMPARED <= day <= LATEST:
                raise _out_of_range(field)
        if self.last < self.first:
            raise invalid_period("until", "截止日期早于起始日期，请改正")
        if self.days > LONGEST_DAYS:
            raise invalid_period("since", f"一次最多统计 {LONGEST_DAYS} 天，请缩短")

    @property
    def days(self) -> int:
        """Return the number of days."""
        return (self.last - self.first).days + 1

    @property
    def begins_at(self) -> datetime:
        """Return the instant at which the first day begins."""
        return beijing_midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """Return the instant at which the last day is over."""
        return beijing_midnight(self.last + _ONE_DAY)

    @property
    def label(self) -> str:
        """Return the period in Chinese."""
        if self == quarter_of(self.last):
            return f"{self.last.year}年第{'一二三四'[(self.last.month - 1) // 3]}季度"
        return f"{_written(self.first)}至{_written(self.last)}"

    def before(self) -> "Period":
        """Return the period to compare with.

        The quarter before a quarter, the same days of the year before for a year to date, else
        as many days before.
        """
        if self == quarter_of(self.last):
            return quarter_of(self.first - _ONE_DAY)
        if (self.first.month, self.first.day) == (1, 1) and self.first.year == self.last.year:
            return Period(date(self.first.year - 1, 1, 1), _year_before(self.last))
        return Period(self.first - timedelta(days=self.days), self.first - _ONE_DAY)


def quarter_of(day: date) -> Period:
    """Return the quarter that holds ``day``."""
    month = (day.month - 1) // 3 * 3 + 1
    last = monthrange(day.year, month + 2)[1]
    return Period(date(day.year, month, 1), date(day.year, month + 2, last))


def year_until(last: date) -> Period:
    """Return the days from 1 January to ``last``."""
    return Period(date(last.year, 1, 1), last)


def presets(today: date) -> tuple[tuple[str, Period], ...]:
    """Return the periods the notice asks for, each with its name.

    国办 and district notices collect the results of inspection on 30 September and 31 December.
    """
    return (
        ("本季度", quarter_of(today)),
        ("上季度", quarter_of(today).before()),
        ("至9月30日", year_until(date(today.year, 9, 30))),
        ("至12月31日", year_until(date(today.year, 12, 31))),
    )


def read_period(since: str, until: str, *, today: date) -> Period:
    """Return the period of two typed dates; this quarter where both are empty.

    Without a beginning it begins with the year, without an end it ends with ``today``. Raises
    InvalidPeriodError.
    """
    if not since and not until:
        return quarter_of(today)
    first, last = _read("since", since), _read("until", until)
    if first is not None and first < EARLIEST:
        raise _out_of_range("since")
    if last is not None and last < EARLIEST:
        raise _out_of_range("until")
    last = last or max(today, first or today)
    return Period(first or date(last.year, 1, 1), last)


def invalid_period(field: str, message: str) -> InvalidPeriodError:
    """Return the error that names the faulty end of a period."""
    return InvalidPeriodError(message, problems=(FieldProblem(field, message),))


def _out_of_range(field: str) -> InvalidPeriodError:
    return invalid_period(field, f"日期应在 {EARLIEST} 至 {LATEST} 之间，请改正")


def _read(field: str, typed: str) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise invalid_period(field, f"“{typed[:20]}”不是日期，请写成 2026-09-30 的形式") from None


def _written(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)
