"""Changes of deadlines: a granted extension, or another calendar of holidays.

No other action changes a deadline: return, reassignment and waiting keep the one set at receipt.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import CLOCKWORK
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.ledger.models import EventDetails, LedgerEntry
from qa_service.ledger.workflow.steps import Command, check_transition, perform, write_transition
from qa_service.vocabulary import Action, EntryState
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import DueDate, due_date


class ExtensionTooLongError(InvalidInputError):
    """The extension exceeds the working days that may be added to one entry."""

    code = "extension_too_long"
    title = "延期天数有误"


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

    Raises ExtensionTooLongError, AlreadyInformedError and what ``perform`` raises.
    """
    check_transition(session, entry, Action.EXTEND, step)
    if entry.state is EntryState.INFORMED:
        raise AlreadyInformedError("已经回复咨询人，不需要延期")
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
    )
    changes = {
        "extended_workdays": total,
        "due_on": due.due_on,
        "due_provisional": due.provisional,
    }
    perform(session, entry, Action.EXTEND, replace(step, details=details), **changes)


def ask_extension(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Record the unit's request for an extension; the deadline stays until it is granted."""
    perform(session, entry, Action.ASK_EXTENSION, step)


@dataclass(frozen=True, slots=True)
class Recounted:
    """The entries whose deadline changed; ``last_id`` is None when all were looked at."""

    moved: int
    last_id: int | None


def recount_open(
    session: Session, *, calendar: WorkCalendar, now: datetime, after: int = 0, limit: int = 500
) -> Recounted:
    """Recount the deadlines of ``limit`` open entries with ids above ``after``.

    A deadline that changes or becomes final gets an event (期限重算) with both dates.
    """
    statement = (
        select(LedgerEntry)
        .where(LedgerEntry.state != EntryState.CLOSED, col(LedgerEntry.id) > after)
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
    step = Command(
        CLOCKWORK,
        now,
        reason=f"{what}，期限由 {entry.due_on} {how}为 {due.due_on}",
        details=EventDetails(due_from=entry.due_on, due_to=due.due_on, provisional=due.provisional),
    )
    changes = {
        "due_on": due.due_on,
        "due_provisional": due.provisional,
        "original_due_on": _due(entry, entry.limit_workdays, calendar).due_on,
    }
    write_transition(session, entry, Action.RECOUNT, step, None, **changes)
    return True


def _due(entry: LedgerEntry, workdays: int, calendar: WorkCalendar) -> DueDate:
    return due_date(entry.received_at, days=workdays, calendar=calendar)
