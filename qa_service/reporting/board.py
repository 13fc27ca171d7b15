"""The supervisors' board (督查看板): unanswered entries by unit and days left."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.ledger.models import LedgerEntry
from qa_service.vocabulary import FINISHED, EntryState, LabelledEnum
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import workdays_left


class Bucket(LabelledEnum):
    """A column of the board: the working days left until the deadline, grouped."""

    OVERDUE = "overdue", "已超期"
    TODAY = "today", "今日到期"
    SOON = "soon", "剩 1—2 个工作日"
    LATER = "later", "剩 3 个工作日以上"


@dataclass(frozen=True, slots=True)
class UnitRow:
    """Entries of a unit by bucket."""

    unit_key: str
    unit_name: str
    counts: dict[Bucket, int]

    @property
    def total(self) -> int:
        """Total entries of the unit."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Board:
    """Counts of every unit with unanswered entries, the most overdue unit first.

    ``totals`` sums the units by bucket; ``states`` counts the same entries by state.
    ``once_overdue`` counts every entry that ever missed its deadline, also if it was extended
    or answered since.
    """

    rows: tuple[UnitRow, ...]
    totals: dict[Bucket, int]
    states: dict[EntryState, int]
    once_overdue: int = 0

    @property
    def total(self) -> int:
        """Total unanswered entries."""
        return sum(self.totals.values())


def open_board(
    session: Session, *, today: date, calendar: WorkCalendar, within: Within = None
) -> Board:
    """Return the board of ``today``; limited to the units with ids in ``within`` unless None.

    The database counts by unit, state and date, so the time hardly grows with the ledger.
    """
    statement = (
        sa_select(
            col(LedgerEntry.unit_id),
            col(LedgerEntry.state),
            col(LedgerEntry.due_on),
            func.count(),
        )
        .where(col(LedgerEntry.state).not_in(FINISHED), col(LedgerEntry.informed_at).is_(None))
        .group_by(col(LedgerEntry.unit_id), col(LedgerEntry.state), col(LedgerEntry.due_on))
    )
    if within is not None:
        statement = statement.where(col(LedgerEntry.unit_id).in_(within))
    units = {unit.id: (unit.key, unit.name) for unit in session.exec(select(Unit)).all()}
    counts: dict[tuple[str, str], Counter[Bucket]] = {}
    states: Counter[EntryState] = Counter()
    bucket_of = lru_cache(None)(lambda due_on: _bucket(today, due_on, calendar))
    for unit_id, state, due_on, count in session.execute(statement).all():
        counts.setdefault(units[unit_id], Counter())[bucket_of(due_on)] += count
        states[state] += count
    rows = [
        UnitRow(key, name, {bucket: counted[bucket] for bucket in Bucket})
        for (key, name), counted in counts.items()
    ]
    rows.sort(key=lambda row: (-row.counts[Bucket.OVERDUE], -row.total, row.unit_name))
    totals = {bucket: sum(row.counts[bucket] for row in rows) for bucket in Bucket}
    return Board(tuple(rows), totals, dict(states), _once_overdue(session, today, within))


def _once_overdue(session: Session, today: date, within: Within) -> int:
    is_late = (
        col(LedgerEntry.state).not_in(FINISHED)
        & col(LedgerEntry.informed_at).is_(None)
        & (col(LedgerEntry.due_on) < today)
    )
    statement = select(func.count(col(LedgerEntry.id))).where(
        col(LedgerEntry.state) != EntryState.VOIDED,
        col(LedgerEntry.was_overdue_on).is_not(None) | is_late,
    )
    if within is not None:
        statement = statement.where(col(LedgerEntry.unit_id).in_(within))
    return session.exec(statement).one()


def _bucket(today: date, due_on: date, calendar: WorkCalendar) -> Bucket:
    if due_on < today:
        return Bucket.OVERDUE
    if due_on == today:
        return Bucket.TODAY
    return Bucket.SOON if workdays_left(today, due_on, calendar) <= 2 else Bucket.LATER
