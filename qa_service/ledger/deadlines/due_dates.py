"""Changes of deadlines: a granted extension, or another calendar of holidays.

No other action changes a deadline: return, reassignment and waiting keep the one set at receipt.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from qa_service.accounts.actor import CLOCKWORK, Actor
from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, FieldProblem, ForbiddenError, InvalidInputError
from qa_service.ledger.deadlines.mail import mail_people, mail_unit
from qa_service.ledger.deadlines.mail_premises import EXTENSION_ASKED, keeps_limit
from qa_service.ledger.models import EventDetails, LedgerEntry
from qa_service.ledger.workflow.steps import Command, check_transition, perform, write_transition
from qa_service.vocabulary import FINISHED, Action, EntryState, Role
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import DueDate, due_date


class ExtensionTooLongError(InvalidInputError):
    """The extension exceeds the working days that may be added to one entry."""

    code = "extension_too_long"
    title = "延期天数有误"


class OverdueExtensionError(ForbiddenError):
    """The deadline has passed, and only a supervisor may extend it then."""

    code = "overdue_extension"
    title = "已超期，应由督查批准"


class NoExtensionAskedError(ConflictError):
    """No request for an extension is undecided."""

    code = "no_extension_asked"
    title = "没有待批的延期申请"


class AlreadyInformedError(ConflictError):
    """The asker has already been told the reply, so no extension is needed."""

    code = "already_informed"
    title = "已经回复"


def extend(
    session: Session,
    entry: LedgerEntry,
    step: Command,
    *,
    workdays: int,
    calendar: WorkCalendar,
    longest: int,
) -> None:
    """Extend the deadline by ``workdays`` (延期); store the approver, reason and original date.

    The unit is mailed the new day, also where it did not ask for more time.
    After the due day only a supervisor may, and the event and ``was_overdue_on`` say so. Raises
    ExtensionTooLongError, AlreadyInformedError, OverdueExtensionError and what ``perform`` raises.
    """
    if entry.state is EntryState.INFORMED:
        raise AlreadyInformedError("已经回复咨询人，不需要延期")
    check_transition(session, entry, Action.EXTEND, step)
    overdue = overdue_since(entry, step.now)
    if overdue and not _may_extend_late(entry, step.actor):
        raise OverdueExtensionError(f"期限 {entry.due_on} 已过，只能由督查批准延期")
    was_asked = entry.extension_asked_at is not None
    total = entry.extended_workdays + workdays
    if workdays < 1 or total > longest:
        left = longest - entry.extended_workdays
        message = f"延期合计不超过 {longest} 个工作日，现在还可延 {left} 个，请修改"
        raise ExtensionTooLongError(message, problems=(FieldProblem("workdays", message),))
    due = _due(entry, entry.limit_workdays + total, calendar)
    details = EventDetails(
        workdays=workdays,
        due_from=entry.due_on,
        due_to=due.due_on,
        approver=step.actor.name,
        after_due=True if overdue else None,
    )
    changes = {
        "extended_workdays": total,
        "due_on": due.due_on,
        "due_provisional": due.provisional,
        "extension_asked_at": None,
        **overdue,
    }
    perform(session, entry, Action.EXTEND, replace(step, details=details), **changes)
    text = f"{'延期已批准' if was_asked else '已延期'}，期限延至 {due.due_on}"
    mail_unit(session, entry, text, now=step.now, rests_on=keeps_limit(entry))


def may_extend(entry: LedgerEntry, actor: Actor, *, now: datetime, longest: int) -> bool:
    """Return whether the deadline has a day left to be extended by, and the actor may now."""
    is_in_time = not overdue_since(entry, now) or _may_extend_late(entry, actor)
    return is_in_time and entry.extended_workdays < longest


def ask_extension(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Record the unit's request for an extension; the deadline stays until it is granted.

    The supervisors are told by mail.
    """
    perform(session, entry, Action.ASK_EXTENSION, step, extension_asked_at=step.now)
    mail_people(
        session,
        entry,
        {Role.SUPERVISOR},
        "申请延期，请批准或不同意",
        now=step.now,
        rests_on=(EXTENSION_ASKED,),
        besides=step.actor,
    )


def refuse_extension(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Refuse the unit's request for an extension (不同意延期); the unit is mailed the reason.

    Raises NoExtensionAskedError and what ``perform`` raises.
    """
    check_transition(session, entry, Action.REFUSE_EXTENSION, step)
    if entry.extension_asked_at is None:
        raise NoExtensionAskedError("这条台账没有待批的延期申请")
    perform(session, entry, Action.REFUSE_EXTENSION, step, extension_asked_at=None)
    text = "延期申请未获同意，请按原期限办理"
    mail_unit(session, entry, text, now=step.now, rests_on=keeps_limit(entry))


def overdue_since(entry: LedgerEntry, now: datetime) -> dict[str, object]:
    """Return the column to set when the asker still waits after the due day; else nothing.

    The first due date that passed is kept.
    """
    is_late = entry.informed_at is None and beijing_day(now) > entry.due_on
    return {"was_overdue_on": entry.was_overdue_on or entry.due_on} if is_late else {}


def mark_overdue(session: Session, *, now: datetime) -> int:
    """Mark the entries whose due day passed before the asker was told; return how many."""
    statement = (
        update(LedgerEntry)
        .where(
            col(LedgerEntry.state).not_in(FINISHED),
            col(LedgerEntry.informed_at).is_(None),
            col(LedgerEntry.was_overdue_on).is_(None),
            col(LedgerEntry.due_on) < beijing_day(now),
        )
        .values(was_overdue_on=LedgerEntry.due_on)
        .returning(col(LedgerEntry.id))
    )
    return len(session.execute(statement).all())


@dataclass(frozen=True, slots=True)
class Recounted:
    """The entries whose deadline changed; ``last_id`` is None when all were looked at."""

    moved: int
    last_id: int | None


def recount_open(
    session: Session, *, calendar: WorkCalendar, now: datetime, after: int = 0, limit: int = 500
) -> Recounted:
    """Recount the deadlines of ``limit`` open entries with ids above ``after``.

    A deadline that changes or becomes final gets an event (期限重算) with both dates. The unit is
    mailed an earlier day.
    """
    statement = (
        select(LedgerEntry)
        .where(col(LedgerEntry.state).not_in(FINISHED), col(LedgerEntry.id) > after)
        .order_by(col(LedgerEntry.id))
    )
    entries = session.exec(statement.limit(limit)).all()
    moved = sum(_recount(session, entry, calendar, now) for entry in entries)
    return Recounted(moved, entries[-1].id if len(entries) == limit else None)


def proof_of(entry: LedgerEntry, calendar: WorkCalendar) -> DueDate:
    """Return the entry's deadline counted day by day, extensions included."""
    return _due(entry, entry.limit_workdays + entry.extended_workdays, calendar)


def _recount(session: Session, entry: LedgerEntry, calendar: WorkCalendar, now: datetime) -> bool:
    due = proof_of(entry, calendar)
    if (due.due_on, due.provisional) == (entry.due_on, entry.due_provisional):
        return False
    how = "暂定" if due.provisional else "确定"
    what = "放假安排公布" if entry.due_provisional else "放假安排更正"
    is_sooner = entry.informed_at is None and due.due_on < entry.due_on
    step = Command(
        CLOCKWORK,
        now,
        reason=f"{what}，期限由 {entry.due_on} {how}为 {due.due_on}",
        details=EventDetails(due_from=entry.due_on, due_to=due.due_on, provisional=due.provisional),
    )
    changes: dict[str, object] = {
        "due_on": due.due_on,
        "due_provisional": due.provisional,
        "original_due_on": _due(entry, entry.limit_workdays, calendar).due_on,
    }
    if entry.was_overdue_on == entry.due_on and due.due_on >= beijing_day(now):
        # The provisional date was counted without the holidays: it was no due date.
        changes["was_overdue_on"] = None
    write_transition(session, entry, Action.RECOUNT, step, None, **changes)
    if is_sooner:
        text = f"{what}，期限提前到 {due.due_on}"
        mail_unit(session, entry, text, now=now, rests_on=keeps_limit(entry))
    return True


def _may_extend_late(entry: LedgerEntry, actor: Actor) -> bool:
    return actor.authority.holds({Role.SUPERVISOR}, [entry.unit_id])


def _due(entry: LedgerEntry, workdays: int, calendar: WorkCalendar) -> DueDate:
    return due_date(entry.received_at, days=workdays, calendar=calendar)
