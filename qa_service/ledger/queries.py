"""Read-only queries of the ledger for pages and REST."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.ledger.entry_filter import ALL, SOON_DAYS, EntryFilter, conditions
from qa_service.ledger.models import Asker, LedgerEntry, LedgerEvent
from qa_service.ledger.workflow.steps import EntryNotFoundError
from qa_service.storage.engine import read_columns
from qa_service.vocabulary import (
    FINISHED,
    AreaKey,
    Channel,
    EntryKind,
    EntryState,
    LabelledEnum,
    RoutedBy,
)
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import workdays_left

# Built once, because every consultation that is shown executes it.
_NUMBER = sa_select(col(LedgerEntry.number)).where(
    col(LedgerEntry.consultation_id) == bindparam("consultation_id")
)


class DueStatus(LabelledEnum):
    """The state of an entry's deadline on a day."""

    OVERDUE = "overdue", "已超期"
    TODAY = "today", "今日到期"
    SOON = "soon", "临期"
    ON_TIME = "on_time", "未到期"
    INFORMED = "informed", "已回复"
    """The asker has been told; the entry is not closed yet."""
    CLOSED = "closed", "已办结"
    VOIDED = "voided", "已作废"


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as listed; ``days_left`` counts working days, negative when overdue."""

    number: str
    kind: EntryKind
    channel: Channel | None
    question: str
    area: AreaKey | None
    unit_key: str
    unit_name: str
    routed_by: RoutedBy
    state: EntryState
    received_at: datetime
    due_on: date
    original_due_on: date
    due_provisional: bool
    was_overdue_on: date | None
    extension_asked_at: datetime | None
    days_left: int
    due_status: DueStatus
    contact_masked: str | None
    consultation_id: str | None
    joined_to: str | None
    pair_id: int | None
    pair_declined: str | None
    limit_workdays: int
    extended_workdays: int
    informed_at: datetime | None
    closed_at: datetime | None
    version: int
    late_reason: str | None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of entries, and the number after which the next begins; None on the last page."""

    items: tuple[EntryView, ...]
    next_after: str | None


def list_entries(
    session: Session,
    wanted: EntryFilter = ALL,
    *,
    today: date,
    calendar: WorkCalendar,
    after: str | None = None,
    limit: int = 50,
) -> EntryPage:
    """Return a page of at most ``limit`` entries, the newest number first."""
    statement = (
        _select_entries()
        .where(*conditions(wanted, today=today, calendar=calendar))
        .order_by(col(LedgerEntry.number).desc())
    )
    if after is not None:
        statement = statement.where(col(LedgerEntry.number) < after)
    rows = session.exec(statement.limit(limit + 1)).all()
    items = tuple(_view(*row, today=today, calendar=calendar) for row in rows[:limit])
    return EntryPage(items, items[-1].number if len(rows) > limit else None)


def urgent_entries(
    session: Session,
    wanted: EntryFilter,
    *,
    today: date,
    calendar: WorkCalendar,
    limit: int = 100,
) -> tuple[EntryView, ...]:
    """Return at most ``limit`` entries in the order they are due."""
    statement = _select_entries().where(*conditions(wanted, today=today, calendar=calendar))
    ordered = statement.order_by(col(LedgerEntry.due_on), col(LedgerEntry.number)).limit(limit)
    rows = session.exec(ordered).all()
    return tuple(_view(*row, today=today, calendar=calendar) for row in rows)


def find_entry(
    session: Session, number: str, *, today: date, calendar: WorkCalendar
) -> EntryView | None:
    """Return the entry of this number as listed, or None."""
    row = session.exec(_select_entries().where(LedgerEntry.number == number)).first()
    return _view(*row, today=today, calendar=calendar) if row else None


def load_entry(
    session: Session, number: str, *, today: date, calendar: WorkCalendar, within: Within = None
) -> tuple[LedgerEntry, EntryView]:
    """Return the row of this number and the entry as listed, in one query.

    Raises EntryNotFoundError, also for an entry that concerns none of the units ``within``.
    """
    wanted = EntryFilter(within=within)
    statement = _select_entries().where(*conditions(wanted, today=today, calendar=calendar))
    row = session.exec(statement.where(LedgerEntry.number == number)).first()
    if row is None:
        raise EntryNotFoundError(f"台账中没有编号 {number}，请核对后重新查询")
    return row[0], _view(*row, today=today, calendar=calendar)


def entry_of_consultation(session: Session, consultation_id: str) -> str | None:
    """Return the number of the entry registered for a consultation, or None."""
    found = read_columns(session, _NUMBER, {"consultation_id": consultation_id}).first()
    return None if found is None else str(found[0])


def entry_events(session: Session, number: str) -> Sequence[LedgerEvent]:
    """Return all events of an entry, the oldest first."""
    statement = (
        select(LedgerEvent)
        .join(LedgerEntry, col(LedgerEntry.id) == LedgerEvent.entry_id)
        .where(LedgerEntry.number == number)
        .order_by(col(LedgerEvent.id))
    )
    return session.exec(statement).all()


_Lead = aliased(LedgerEntry)


def _select_entries() -> "Select[LedgerEntry, Unit, Asker, str]":
    return (
        select(LedgerEntry, Unit, Asker, col(_Lead.number))
        .join(Unit, col(Unit.id) == LedgerEntry.unit_id)
        .join(Asker, col(Asker.id) == LedgerEntry.asker_id, isouter=True)
        .join(_Lead, col(_Lead.id) == LedgerEntry.joined_to_id, isouter=True)
    )


def _missed(entry: LedgerEntry, today: date) -> date | None:
    """Return the first due date missed, also before the scheduled job has marked it."""
    is_late = entry.informed_at is None and entry.state not in FINISHED and today > entry.due_on
    return entry.was_overdue_on or (entry.due_on if is_late else None)


def _due_status(entry: LedgerEntry, days_left: int, today: date) -> DueStatus:
    if entry.state is EntryState.VOIDED:
        return DueStatus.VOIDED
    if entry.state is EntryState.CLOSED:
        return DueStatus.CLOSED
    if entry.informed_at is not None:
        return DueStatus.INFORMED
    if entry.due_on < today:
        return DueStatus.OVERDUE
    if entry.due_on == today:
        return DueStatus.TODAY
    return DueStatus.SOON if days_left <= SOON_DAYS else DueStatus.ON_TIME


def _view(
    entry: LedgerEntry,
    unit: Unit,
    asker: Asker | None,
    joined_to: str | None,
    *,
    today: date,
    calendar: WorkCalendar,
) -> EntryView:
    days_left = workdays_left(today, entry.due_on, calendar)
    return EntryView(
        number=entry.number,
        kind=entry.kind,
        channel=entry.channel,
        question=entry.question,
        area=entry.area,
        unit_key=unit.key,
        unit_name=unit.name,
        routed_by=entry.routed_by,
        state=entry.state,
        received_at=entry.received_at,
        due_on=entry.due_on,
        original_due_on=entry.original_due_on,
        due_provisional=entry.due_provisional,
        was_overdue_on=_missed(entry, today),
        extension_asked_at=entry.extension_asked_at,
        days_left=days_left,
        due_status=_due_status(entry, days_left, today),
        contact_masked=asker.contact_masked if asker else None,
        consultation_id=entry.consultation_id,
        joined_to=joined_to,
        pair_id=entry.pair_id,
        pair_declined=entry.pair_declined,
        limit_workdays=entry.limit_workdays,
        extended_workdays=entry.extended_workdays,
        informed_at=entry.informed_at,
        closed_at=entry.closed_at,
        version=entry.version,
        late_reason=entry.late_reason,
    )
