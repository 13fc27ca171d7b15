"""Due dates in working days, each with a day-by-day proof.

A limit of n working days counts whole days from the day after receipt (次日起) in Beijing
time, including make-up Saturdays and Sundays, and expires at the end of the n-th.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from qa_service.clock import beijing_day
from qa_service.errors import InvalidInputError
from qa_service.workdays.calendar import CalendarDay, WorkCalendar

LONGEST_LIMIT = 366
"""Greatest limit in working days; a longer one is regarded as an input error."""

_ONE_DAY = timedelta(days=1)


class WorkdayLimitError(InvalidInputError):
    """The number of working days is outside the range of plausible limits."""

    code = "workday_limit"
    title = "办理时限有误"


class DateOutOfRangeError(InvalidInputError):
    """The due date is outside the range of ``date``."""

    code = "date_out_of_range"
    title = "日期超出范围"


@dataclass(frozen=True, slots=True)
class DayProof:
    """One day up to a due date: counted or not, with the reason in Chinese."""

    day: date
    counted: bool
    why: str


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a limit, whether a later notice may move it, and the day-by-day proof."""

    due_on: date
    provisional: bool
    proof: tuple[DayProof, ...]


def due_date(received_at: datetime, *, days: int, calendar: WorkCalendar) -> DueDate:
    """Return the due date of an item received at the aware instant ``received_at``.

    Raises WorkdayLimitError, DateOutOfRangeError, and ValueError for a naive instant.
    """
    if received_at.tzinfo is None:
        raise ValueError("received_at must be aware")
    try:
        received_on = beijing_day(received_at)
    except OverflowError as error:
        raise _out_of_range() from error
    return due_date_from_day(received_on, days=days, calendar=calendar)


def due_date_from_day(received_on: date, *, days: int, calendar: WorkCalendar) -> DueDate:
    """Return the due date of an item received on the Beijing day ``received_on``.

    Raises WorkdayLimitError unless 1 <= days <= 366, and DateOutOfRangeError.
    """
    if not 1 <= days <= LONGEST_LIMIT:
        raise WorkdayLimitError(f"工作日数应为 1 至 {LONGEST_LIMIT}，现为 {days}，请改正")
    passed = _count(received_on, days, calendar)
    return DueDate(
        due_on=passed[-1].day,
        provisional=any(day.provisional for day in passed),
        proof=tuple(DayProof(day.day, day.is_workday, day.why) for day in passed),
    )


def workdays_left(today: date, due_on: date, calendar: WorkCalendar) -> int:
    """Return the working days after ``today`` up to the due day: 0 on the due day itself.

    After the due day the result is negative: the working days since then, at least one,
    because an item is overdue even on the weekend after its due day.
    """
    if today > due_on:
        return min(-1, -_workdays_between(due_on, today, calendar))
    return _workdays_between(today, due_on, calendar)


def _count(received_on: date, days: int, calendar: WorkCalendar) -> list[CalendarDay]:
    passed: list[CalendarDay] = []
    day = received_on
    while days:
        try:
            day += _ONE_DAY
        except OverflowError as error:
            raise _out_of_range() from error
        passed.append(calendar.day(day))
        days -= passed[-1].is_workday
    return passed


def _workdays_between(start: date, end: date, calendar: WorkCalendar) -> int:
    following = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(calendar.day(day).is_workday for day in following)


def _out_of_range() -> DateOutOfRangeError:
    return DateOutOfRangeError("办结日期超出可表示的范围，请核对收到日期")
