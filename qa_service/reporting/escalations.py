"""The reminders and escalations of a day (提醒督办记录): entries of the ledger and tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_midnight
from qa_service.knowledge.task_models import Task, TaskAction, TaskEvent
from qa_service.ledger.models import LedgerEntry, LedgerEvent, Reminder, ReminderKind
from qa_service.vocabulary import Action

LARGEST = 1_000
"""Steps of one day that are listed of each kind."""


@dataclass(frozen=True, slots=True)
class Step:
    """One reminder: what it is about, its unit, who was told what, and when it was seen."""

    at: datetime
    address: str
    name: str
    unit: str
    text: str
    told: str
    seen_at: datetime | None = None


def steps_of(session: Session, day: date, *, within: Within = None) -> list[Step]:
    """Return the reminders of a day in Beijing, the latest first; of some units or of all."""
    begins, ends = beijing_midnight(day), beijing_midnight(day + timedelta(days=1))
    found = [
        *_reminders(session, begins, ends, within),
        *_escalations(session, begins, ends, within),
        *_tasks(session, begins, ends, within),
    ]
    return sorted(found, key=lambda one: (one.at, one.name, one.text), reverse=True)


def _reminders(
    session: Session, begins: datetime, ends: datetime, within: Within
) -> Sequence[Step]:
    """Return what was put on work lists; of overdue entries the escalation says who was told."""
    statement = (
        select(Reminder, LedgerEntry.number, Unit.name)
        .join(LedgerEntry, col(LedgerEntry.id) == Reminder.entry_id)
        .join(Unit, col(Unit.id) == Reminder.unit_id)
        .where(
            col(Reminder.created_at) >= begins,
            col(Reminder.created_at) < ends,
            col(Reminder.superseded).is_(False),
            Reminder.kind != ReminderKind.OVERDUE,
        )
    )
    if within is not None:
        statement = statement.where(col(Reminder.unit_id).in_(within))
    return [
        Step(
            at=reminder.created_at,
            address=f"/ledger/{number}",
            name=f"台账 {number}",
            unit=unit,
            text=reminder.text,
            told=reminder.audience.label,
            seen_at=reminder.seen_at,
        )
        for reminder, number, unit in session.exec(statement.limit(LARGEST)).all()
    ]


def _escalations(
    session: Session, begins: datetime, ends: datetime, within: Within
) -> Sequence[Step]:
    statement = (
        select(LedgerEvent, LedgerEntry.number, Unit.name)
        .join(LedgerEntry, col(LedgerEntry.id) == LedgerEvent.entry_id)
        .join(Unit, col(Unit.id) == LedgerEntry.unit_id)
        .where(
            LedgerEvent.verb == Action.ESCALATE,
            col(LedgerEvent.occurred_at) >= begins,
            col(LedgerEvent.occurred_at) < ends,
        )
    )
    if within is not None:
        statement = statement.where(col(LedgerEntry.unit_id).in_(within))
    return [
        Step(event.occurred_at, f"/ledger/{number}", f"台账 {number}", unit, *_parts(event.reason))
        for event, number, unit in session.exec(statement.limit(LARGEST)).all()
    ]


def _tasks(session: Session, begins: datetime, ends: datetime, within: Within) -> Sequence[Step]:
    statement = (
        select(TaskEvent, Task.title, Unit.name)
        .join(Task, col(Task.id) == TaskEvent.task_id)
        .join(Unit, col(Unit.id) == Task.unit_id)
        .where(
            TaskEvent.action == TaskAction.TELL,
            col(TaskEvent.occurred_at) >= begins,
            col(TaskEvent.occurred_at) < ends,
        )
    )
    if within is not None:
        statement = statement.where(col(Task.unit_id).in_(within))
    return [
        Step(event.occurred_at, f"/tasks/{event.task_id}", title, unit, *_parts(event.note))
        for event, title, unit in session.exec(statement.limit(LARGEST)).all()
    ]


def _parts(note: str) -> tuple[str, str]:
    """Return what was said and who was told, as the two services write it."""
    text, _, told = note.partition("，已提醒：")
    return text, told
