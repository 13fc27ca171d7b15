"""Years of holidays that staff keep (放假安排), and the recount of deadlines they cause."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission
from qa_service.errors import FieldProblem, InvalidInputError, NotFoundError
from qa_service.ledger.deadlines.due_dates import recount_open
from qa_service.ledger.models import CalendarState, CalendarYear
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import AuditAction
from qa_service.workdays.announced import AnnouncedYear
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.notice_text import NoticeDay, day_faults

NOTICE_CHARACTERS = 64
FIRST_YEAR, LAST_YEAR = 2004, 2100
COUNTED_AT_ONCE = 2_000
"""Open entries recounted with the saving; the scheduled job counts the rest."""


class InvalidHolidaysError(InvalidInputError):
    """The days of a year cannot be right; ``problems`` say which."""

    code = "invalid_holidays"
    title = "放假安排有误"


class HolidaysNotFoundError(NotFoundError):
    """Staff keep no holidays of this year."""

    code = "holidays_not_found"
    title = "没有这一年的放假安排"


@dataclass(frozen=True, slots=True)
class SavedYear:
    """The years kept from now on, and how many deadlines changed with them."""

    kept: dict[int, AnnouncedYear]
    recounted: int


def kept_years(session: Session) -> dict[int, AnnouncedYear]:
    """Return the years that staff keep."""
    return {
        row.year: AnnouncedYear(row.year, row.notice, _days(row.days_off), _days(row.make_up_days))
        for row in session.exec(select(CalendarYear)).all()
    }


def save_year(
    session: Session,
    year: AnnouncedYear,
    *,
    calendar: WorkCalendar,
    actor: Actor,
    now: datetime,
    unread: Sequence[FieldProblem] = (),
) -> SavedYear:
    """Store a year's holidays, new or corrected, and recount every open entry's deadline.

    Each deadline that changes gets an event. The caller gives ``kept`` to the calendar after
    the commit. ``unread`` is what could not be read of the form. Raises NotPermittedError and
    InvalidHolidaysError with every fault.
    """
    check_permission(actor, Permission.KEEP_HOLIDAYS)
    year = _checked(year, unread)
    row = session.get(CalendarYear, year.year)
    change = "更正" if row else "录入"
    row = row or CalendarYear(year=year.year, notice="", saved_by="", saved_at=now)
    row.notice = year.notice
    row.days_off = [day.isoformat() for day in sorted(year.days_off)]
    row.make_up_days = [day.isoformat() for day in sorted(year.make_up_days)]
    row.saved_by, row.saved_by_person_id, row.saved_by_key_id = actor.recorded
    row.saved_at = now
    session.add(row)
    session.flush()
    return _recount(session, year.year, change, calendar, actor, now)


def drop_year(
    session: Session, year: int, *, calendar: WorkCalendar, actor: Actor, now: datetime
) -> SavedYear:
    """Remove a year kept by mistake, so that file or library count again; recount as saving does.

    Raises NotPermittedError and HolidaysNotFoundError.
    """
    check_permission(actor, Permission.KEEP_HOLIDAYS)
    row = session.get(CalendarYear, year)
    if row is None:
        raise HolidaysNotFoundError(f"页面上没有录入 {year} 年的放假安排")
    session.delete(row)
    session.flush()
    return _recount(session, year, "删除", calendar, actor, now)


def recount_is_due(
    session: Session, calendar: WorkCalendar, *, now: datetime, settling: timedelta
) -> bool:
    """Return whether open entries must be counted by ``calendar``.

    That is when it differs from the one counted by last, and once more after ``settling``,
    because another process may have counted by the old one meanwhile.
    """
    state = session.get(CalendarState, 1)
    if state is None or state.fingerprint != calendar.fingerprint:
        return True
    return not state.is_settled and now - state.changed_at >= settling


def note_counted(session: Session, calendar: WorkCalendar, *, now: datetime) -> None:
    """Record that all open entries were counted by ``calendar``."""
    state = session.get(CalendarState, 1)
    if state is not None and state.fingerprint == calendar.fingerprint:
        state.is_settled = True
    else:
        state = state or CalendarState(fingerprint="", changed_at=now)
        state.fingerprint, state.changed_at = calendar.fingerprint, now
        state.is_settled = False
    session.add(state)
    session.flush()


def _recount(
    session: Session, year: int, change: str, calendar: WorkCalendar, actor: Actor, now: datetime
) -> SavedYear:
    kept = kept_years(session)
    counted = recount_open(
        session, calendar=calendar.with_kept(kept), now=now, limit=COUNTED_AT_ONCE
    )
    record(
        session,
        AuditAction.CALENDAR,
        actor=actor,
        now=now,
        subject=f"{year} 年放假安排",
        change=change,
        notice=kept[year].notice if year in kept else None,
        recounted=counted.moved,
    )
    return SavedYear(kept, counted.moved)


def _checked(year: AnnouncedYear, unread: Sequence[FieldProblem]) -> AnnouncedYear:
    notice = display_clean(year.notice)
    problems = list(unread)
    is_year = FIRST_YEAR <= year.year <= LAST_YEAR
    if not is_year:
        problems.append(FieldProblem("year", f"年份应为 {FIRST_YEAR} 至 {LAST_YEAR}"))
    if not 1 <= len(notice) <= NOTICE_CHARACTERS:
        problems.append(FieldProblem("notice", "请填写通知的文号，如 国办发明电〔2025〕7号"))
    if not year.days_off and not unread:
        problems.append(FieldProblem("days_off", "没有放假的日期，请补上"))
    days = [NoticeDay(day, True, "") for day in sorted(year.days_off)]
    days += [NoticeDay(day, False, "") for day in sorted(year.make_up_days)]
    if is_year:
        problems += [FieldProblem("days_off", fault) for fault in day_faults(year.year, days)]
    if problems:
        raise InvalidHolidaysError("放假安排有误，请按提示修改", problems=tuple(problems))
    return AnnouncedYear(year.year, notice, year.days_off, year.make_up_days)


def _days(stored: Iterable[str]) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, stored))
