"""Reminders (提醒) of deadlines, and 催办 by a supervisor: each exactly once.

What makes a reminder happen once is its occasion, unique for the entry in the database:
several workers, a restart, or a clock put back cannot make a second one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from qa_service.clock import beijing_day
from qa_service.errors import NotFoundError
from qa_service.ledger.mail import mail_unit
from qa_service.ledger.models import EntryState, LedgerEntry, Reminder
from qa_service.ledger.moves import Verb
from qa_service.ledger.recording import Step, entry_id, make_move
from qa_service.outbox.service import enqueue
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import workdays_left


class Stage(StrEnum):
    """How near a deadline is, in working days."""

    IN_TWO_DAYS = "in_two_days"
    """还有两个工作日"""
    TOMORROW = "tomorrow"
    """下一个工作日到期"""
    TODAY = "today"
    """今日到期"""
    OVERDUE = "overdue"
    """已超期"""


URGED = "urged"
"""The kind of a 催办."""

STAGES = tuple(Stage)
WORDS = {
    Stage.IN_TWO_DAYS: "还有 2 个工作日到期",
    Stage.TOMORROW: "下一个工作日到期",
    Stage.TODAY: "今日到期",
    Stage.OVERDUE: "已超期",
}


class ReminderNotFoundError(NotFoundError):
    """No reminder of this unit has this id."""

    code = "reminder_not_found"
    title = "没有这条提醒"


@dataclass(frozen=True, slots=True)
class Due:
    """An entry's occasion: its stage, and the deadline it is about."""

    stage: Stage
    due_on: date

    @property
    def occasion(self) -> str:
        """What is unique for one entry: a moved deadline is reminded of anew."""
        return f"{self.due_on.isoformat()}:{self.stage.value}"


def stages_reached(today: date, due_on: date, calendar: WorkCalendar) -> tuple[Stage, ...]:
    """The stages the deadline has reached by ``today``, the last one being that of today."""
    left = workdays_left(today, due_on, calendar)
    if left > 2:
        return ()
    reached = 4 if today > due_on else 3 - left
    return STAGES[:reached]


def remind_due(session: Session, *, calendar: WorkCalendar, now: datetime, limit: int = 500) -> int:
    """How many entries were reminded of, at most ``limit``; 0 when nobody is left to remind.

    They are entries whose asker still waits and that lack the reminder of today's stage. A
    stage that passed while nobody was running is kept as superseded, so that none is missing.
    """
    handled = 0
    for due_on, stages in _reached_by_date(session, beijing_day(now), calendar).items():
        last = Due(stages[-1], due_on)
        entries = _not_reminded(session, last, limit - handled)
        told = _write_reminders(session, entries, [Due(one, due_on) for one in stages], now)
        _tell_all(session, [entry for entry in entries if entry.id in told], last, now)
        handled += len(entries)
        if handled == limit:
            break
    return handled


def urge(session: Session, entry: LedgerEntry, step: Step) -> None:
    """A supervisor urges the unit (催办); every time is kept and told once.

    Raises what ``make_move`` raises.
    """
    make_move(session, entry, Verb.URGE, step)
    text = f"督查催办：{step.reason}" if step.reason else "督查催办，请尽快办理"
    reminder = _row(entry, f"{URGED}:{entry.version}", URGED, text, step.now)
    session.add(reminder)
    session.flush()
    _tell(session, entry, reminder, now=step.now)


def unseen_reminders(session: Session, unit_id: int, *, limit: int = 100) -> Sequence[Reminder]:
    """What waits in a unit's inbox, the newest first."""
    statement = (
        select(Reminder)
        .where(
            Reminder.unit_id == unit_id,
            col(Reminder.seen_at).is_(None),
            col(Reminder.superseded).is_(False),
        )
        .order_by(col(Reminder.id).desc())
        .limit(limit)
    )
    return session.exec(statement).all()


def mark_seen(
    session: Session, reminder_id: int, unit_id: int, *, by: str, now: datetime
) -> Reminder:
    """The reminder, gone from the unit's inbox; raises ReminderNotFoundError."""
    reminder = session.get(Reminder, reminder_id)
    if reminder is None or reminder.unit_id != unit_id:
        raise ReminderNotFoundError("提醒不存在，或不属于您的单位")
    if reminder.seen_at is None:
        reminder.seen_at, reminder.seen_by = now, by
        session.add(reminder)
        session.flush()
    return reminder


def _reached_by_date(
    session: Session, today: date, calendar: WorkCalendar
) -> dict[date, tuple[Stage, ...]]:
    # Deadlines are few where entries are many: each is counted once.
    statement = select(col(LedgerEntry.due_on)).where(
        LedgerEntry.state != EntryState.CLOSED, col(LedgerEntry.informed_at).is_(None)
    )
    dates = session.exec(statement.distinct()).all()
    found = {due_on: stages_reached(today, due_on, calendar) for due_on in dates}
    return {due_on: stages for due_on, stages in found.items() if stages}


def _not_reminded(session: Session, due: Due, limit: int) -> Sequence[LedgerEntry]:
    reminded = select(Reminder.id).where(
        Reminder.entry_id == LedgerEntry.id, Reminder.occasion == due.occasion
    )
    statement = (
        select(LedgerEntry)
        .where(
            LedgerEntry.state != EntryState.CLOSED,
            col(LedgerEntry.informed_at).is_(None),
            LedgerEntry.due_on == due.due_on,
            ~reminded.exists(),
        )
        .order_by(col(LedgerEntry.id))
        .limit(limit)
    )
    return session.exec(statement).all()


def _write_reminders(
    session: Session, entries: Sequence[LedgerEntry], dues: Sequence[Due], now: datetime
) -> frozenset[int]:
    """Write what is not there yet; the ids of entries whose last stage was written here."""
    if not entries:
        return frozenset()
    rows = []
    for due in dues:
        for entry in entries:
            row = _row(entry, due.occasion, due.stage, WORDS[due.stage], now)
            row.superseded = due is not dues[-1]
            rows.append(row.model_dump(exclude={"id"}))
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = (
        dialect.insert(Reminder)
        .on_conflict_do_nothing(index_elements=["entry_id", "occasion"])
        .returning(col(Reminder.entry_id), col(Reminder.superseded))
    )
    written = session.execute(statement, rows).all()
    return frozenset(entry for entry, superseded in written if not superseded)


def _tell_all(session: Session, entries: Sequence[LedgerEntry], due: Due, now: datetime) -> None:
    for entry in entries:
        _tell(session, entry, _row(entry, due.occasion, due.stage, WORDS[due.stage], now), now=now)
    session.flush()


def _row(entry: LedgerEntry, occasion: str, kind: str, text: str, now: datetime) -> Reminder:
    return Reminder(
        entry_id=entry_id(entry),
        unit_id=entry.unit_id,
        occasion=occasion,
        kind=kind,
        text=text,
        created_at=now,
    )


def _tell(session: Session, entry: LedgerEntry, reminder: Reminder, *, now: datetime) -> None:
    payload = {
        "number": entry.number,
        "kind": reminder.kind,
        "text": reminder.text,
        "due_on": entry.due_on.isoformat(),
        "occasion": reminder.occasion,
    }
    enqueue(session, "ledger.reminder", entry.number, payload, now=now)
    mail_unit(session, entry, reminder.text, now=now)
