"""Reminders (提醒) of deadlines, and urging (催办) by a supervisor: each delivered exactly once.

The occasion of a reminder is unique per entry in the database, so that several workers, a
restart or a clock set back cannot create a second one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.clock import beijing_day
from qa_service.errors import NotFoundError
from qa_service.ledger.deadlines.escalation import escalate
from qa_service.ledger.deadlines.mail import mail_people, mail_unit
from qa_service.ledger.deadlines.mail_premises import due_stays, still_runs, waits_for
from qa_service.ledger.models import CoUnit, LedgerEntry, Reminder, ReminderKind
from qa_service.ledger.workflow.steps import Command, entry_id, perform
from qa_service.ledger.workflow.transitions import TRANSITIONS, acting_role
from qa_service.outbox.events import EntryReminded
from qa_service.outbox.premises import day_lasts
from qa_service.outbox.service import enqueue, enqueue_all
from qa_service.vocabulary import FINISHED, Action, EntryState, Role
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import workdays_left

_A_DAY = timedelta(days=1)

STAGES = (
    ReminderKind.IN_TWO_DAYS,
    ReminderKind.TOMORROW,
    ReminderKind.TODAY,
    ReminderKind.OVERDUE,
)
"""The reminders of a deadline in chronological order."""


class ReminderNotFoundError(NotFoundError):
    """None of the unit's reminders has this id."""

    code = "reminder_not_found"
    title = "没有这条提醒"


@dataclass(frozen=True, slots=True)
class Due:
    """The occasion of a reminder: the stage reached, and its deadline.

    ``told_for`` is the day an overdue entry is told of: every working day is an occasion.
    """

    stage: ReminderKind
    due_on: date
    told_for: date | None = None

    @property
    def occasion(self) -> str:
        """Return the key, unique within an entry; a changed deadline gives new keys."""
        key = f"{self.due_on.isoformat()}:{self.stage.value}"
        return f"{key}:{self.told_for.isoformat()}" if self.told_for else key


def dues_reached(today: date, due_on: date, calendar: WorkCalendar) -> tuple[Due, ...]:
    """Return the occasions of the stages reached by ``today``, that of today last."""
    stages = stages_reached(today, due_on, calendar)
    is_overdue = ReminderKind.OVERDUE in stages
    told_for = overdue_day(today, due_on, calendar) if is_overdue else None
    return tuple(
        Due(stage, due_on, told_for if stage is ReminderKind.OVERDUE else None) for stage in stages
    )


def overdue_day(today: date, due_on: date, calendar: WorkCalendar) -> date:
    """Return the day for which ``today`` tells of an overdue entry.

    That is the last working day, or the first day after the deadline.
    """
    day = today
    while day > due_on + _A_DAY and not calendar.day(day).is_workday:
        day -= _A_DAY
    return day


def stages_reached(today: date, due_on: date, calendar: WorkCalendar) -> tuple[ReminderKind, ...]:
    """Return the stages the deadline has reached by ``today``, the stage of today last."""
    left = workdays_left(today, due_on, calendar)
    if left > 2:
        return ()
    reached = 4 if today > due_on else 3 - left
    return STAGES[:reached]


def told_until(today: date, due_on: date, calendar: WorkCalendar) -> date:
    """Return the last day on which what is told ``today`` of the deadline is still true."""
    left, day = workdays_left(today, due_on, calendar), today
    while day != due_on and workdays_left(day + _A_DAY, due_on, calendar) == left:
        day += _A_DAY
    return day


def remind_due(
    session: Session, *, calendar: WorkCalendar, now: datetime, after: int = 0, limit: int = 500
) -> tuple[int, int | None]:
    """Write the reminders due today for at most ``limit`` entries, by id.

    Selects entries with an id above ``after`` whose asker still waits and that lack the
    reminder of today's stage. It goes to the role whose turn it is; an overdue entry is told
    every working day, to the supervisors too. A stage that passed while no worker was running
    is stored as superseded. Returns the number of entries reminded of, and the id to continue
    after, None when the round is complete.
    """
    reached = _reached_by_date(session, beijing_day(now), calendar)
    entries = _not_reminded(session, reached, after, limit) if reached else []
    by_date: dict[date, list[LedgerEntry]] = {}
    for entry in entries:
        by_date.setdefault(entry.due_on, []).append(entry)
    for due_on, found in by_date.items():
        dues = reached[due_on]
        written = _write_reminders(session, found, dues, now)
        told = [entry for entry in found if entry.id in written]
        until = told_until(beijing_day(now), due_on, calendar)
        _tell_all(session, told, dues[-1], until, now)
        if dues[-1].stage is ReminderKind.OVERDUE:
            days = -workdays_left(beijing_day(now), due_on, calendar)
            escalate(session, told, occasion=dues[-1].occasion, workdays=days, until=until, now=now)
    return len(entries), entries[-1].id if len(entries) == limit else None


def urge(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Urge those who have to act (催办) on behalf of a supervisor; each call writes one reminder.

    Raises what ``perform`` raises.
    """
    perform(session, entry, Action.URGE, step)
    text = f"督查催办：{step.reason}" if step.reason else "督查催办，请尽快办理"
    occasion = f"{ReminderKind.URGED}:{entry.version}"
    session.add(Reminder(**_values(entry, occasion, ReminderKind.URGED, text, step.now)))
    enqueue(session, _reminded(entry, ReminderKind.URGED, text, occasion), now=step.now)
    _mail_urging(session, entry, text, step)
    session.flush()


def _mail_urging(session: Session, entry: LedgerEntry, text: str, step: Command) -> None:
    """Mail the unit, or the people whose turn it is where the unit has done its part."""
    role = acting_role(entry.state)
    if role is None:
        return
    turn = (*still_runs(entry), waits_for(role, entry))
    if role is Role.UNIT:
        mail_unit(session, entry, text, now=step.now, rests_on=turn)
    else:
        mail_people(session, entry, {role}, text, now=step.now, rests_on=turn, besides=step.actor)


def unseen_reminders(
    session: Session, within: Within, *, audience: Role = Role.UNIT, limit: int = 100
) -> Sequence[Reminder]:
    """Return the unseen reminders of ``audience`` for the units ``within``, the newest first.

    Nothing is left to do of a voided entry, nor for a helping unit whose opinion was given, is
    no longer asked for, or comes too late.
    """
    owed = select(CoUnit.entry_id).where(
        CoUnit.entry_id == Reminder.entry_id,
        CoUnit.unit_id == Reminder.unit_id,
        col(CoUnit.opinion).is_(None),
        col(LedgerEntry.state).in_(TRANSITIONS[Action.CONTRIBUTE].sources),
    )
    statement = (
        select(Reminder)
        .join(LedgerEntry, col(LedgerEntry.id) == Reminder.entry_id)
        .where(
            col(Reminder.seen_at).is_(None),
            col(Reminder.superseded).is_(False),
            Reminder.audience == audience,
            LedgerEntry.state != EntryState.VOIDED,
            (col(Reminder.kind) != ReminderKind.OPINION) | owed.exists(),
        )
        .order_by(col(Reminder.id).desc())
        .limit(limit)
    )
    if within is not None:
        statement = statement.where(col(Reminder.unit_id).in_(within))
    return session.exec(statement).all()


def mark_seen(
    session: Session,
    reminder_id: int,
    within: Within,
    *,
    actor: Actor,
    now: datetime,
    audience: Role = Role.UNIT,
) -> Reminder:
    """Mark a reminder of ``audience`` as seen and return it; raises ReminderNotFoundError."""
    reminder = session.get(Reminder, reminder_id)
    is_theirs = reminder is not None and reminder.audience is audience
    if reminder is None or not is_theirs or (within is not None and reminder.unit_id not in within):
        raise ReminderNotFoundError("提醒不存在，或不属于您的单位")
    if reminder.seen_at is None:
        reminder.seen_by, reminder.seen_by_person_id, reminder.seen_by_key_id = actor.recorded
        reminder.seen_at = now
        session.add(reminder)
        session.flush()
    return reminder


def _reached_by_date(
    session: Session, today: date, calendar: WorkCalendar
) -> dict[date, tuple[Due, ...]]:
    # Many entries share few deadlines: count each deadline once.
    statement = select(col(LedgerEntry.due_on)).where(
        col(LedgerEntry.state).not_in(FINISHED), col(LedgerEntry.informed_at).is_(None)
    )
    dates = session.exec(statement.distinct()).all()
    found = {due_on: dues_reached(today, due_on, calendar) for due_on in dates}
    return {due_on: dues for due_on, dues in found.items() if dues}


def _not_reminded(
    session: Session, reached: Mapping[date, tuple[Due, ...]], after: int, limit: int
) -> Sequence[LedgerEntry]:
    last = {due_on: dues[-1].occasion for due_on, dues in reached.items()}
    reminded = select(Reminder.id).where(
        Reminder.entry_id == LedgerEntry.id,
        Reminder.occasion == case(last, value=col(LedgerEntry.due_on)),
    )
    statement = (
        select(LedgerEntry)
        .where(
            col(LedgerEntry.id) > after,
            col(LedgerEntry.state).not_in(FINISHED),
            col(LedgerEntry.informed_at).is_(None),
            col(LedgerEntry.due_on).in_(last),
            ~reminded.exists(),
        )
        .order_by(col(LedgerEntry.id))
        .limit(limit)
    )
    return session.exec(statement).all()


def _write_reminders(
    session: Session, entries: Sequence[LedgerEntry], dues: Sequence[Due], now: datetime
) -> frozenset[int]:
    """Write the missing reminders; return the ids of entries whose last stage was written."""
    rows = [
        {
            **_values(entry, due.occasion, due.stage, due.stage.label, now),
            "superseded": not is_last,
        }
        for due, is_last in ((due, due is dues[-1]) for due in dues)
        for entry in entries
    ]
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = (
        dialect.insert(Reminder)
        .on_conflict_do_nothing(index_elements=["entry_id", "occasion"])
        .returning(col(Reminder.entry_id), col(Reminder.superseded))
    )
    written = session.execute(statement, rows).all()
    return frozenset(entry for entry, superseded in written if not superseded)


def _tell_all(
    session: Session, entries: Sequence[LedgerEntry], due: Due, until: date, now: datetime
) -> None:
    text = due.stage.label
    events = [_reminded(entry, due.stage, text, due.occasion) for entry in entries]
    enqueue_all(session, events, now=now)
    # Of overdue entries the person in charge is mailed, whoever of the unit has to act.
    mailed = () if due.stage is ReminderKind.OVERDUE else entries
    for entry in mailed:
        if acting_role(entry.state) is Role.UNIT:
            premises = (waits_for(Role.UNIT, entry), due_stays(due.due_on), day_lasts(until))
            mail_unit(session, entry, text, now=now, rests_on=premises)
    session.flush()


def _values(
    entry: LedgerEntry, occasion: str, kind: ReminderKind, text: str, now: datetime
) -> dict[str, Any]:
    return {
        "entry_id": entry_id(entry),
        "unit_id": entry.unit_id,
        "occasion": occasion,
        "kind": kind,
        "text": text,
        "created_at": now,
        "audience": acting_role(entry.state) or Role.UNIT,
    }


def _reminded(entry: LedgerEntry, kind: ReminderKind, text: str, occasion: str) -> EntryReminded:
    return EntryReminded(
        number=entry.number,
        kind=kind.value,
        text=text,
        due_on=entry.due_on,
        occasion=occasion,
        audience=acting_role(entry.state) or Role.UNIT,
    )
