"""The askers to be told a reply (待回访), in the order in which they are called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_day
from qa_service.ledger.models import Asker, Callback, LedgerEntry
from qa_service.vocabulary import EntryState

LISTED = 200


@dataclass(frozen=True, slots=True)
class DueCallback:
    """An entry whose asker waits for the reply; ``attempts`` were made without reaching them."""

    number: str
    question: str
    unit_name: str
    due_on: date
    contact_masked: str | None
    attempts: int
    last_called_at: datetime | None
    was_called_today: bool


def due_callbacks(
    session: Session, *, today: date, within: Within = None, limit: int = LISTED
) -> tuple[DueCallback, ...]:
    """Return at most ``limit`` entries to be told, the earliest due first.

    Those already called in vain today come last: another attempt counts on another day.
    """
    attempts = (
        select(
            col(Callback.entry_id).label("entry_id"),
            func.count().label("attempts"),
            func.max(col(Callback.called_at)).label("last"),
        )
        .group_by(col(Callback.entry_id))
        .subquery()
    )
    statement = (
        select(LedgerEntry, Unit.name, Asker.contact_masked)
        .add_columns(attempts.c.attempts, attempts.c.last)
        .join(Unit, col(Unit.id) == LedgerEntry.unit_id)
        .join(Asker, col(Asker.id) == LedgerEntry.asker_id, isouter=True)
        .join(attempts, attempts.c.entry_id == LedgerEntry.id, isouter=True)
        .where(
            LedgerEntry.state == EntryState.APPROVED,
            col(LedgerEntry.informed_at).is_(None),
        )
        .order_by(col(LedgerEntry.due_on), col(LedgerEntry.number))
    )
    if within is not None:
        statement = statement.where(col(LedgerEntry.unit_id).in_(within))
    rows = session.exec(statement).all()
    return _untried_first([_due(*row, today) for row in rows])[:limit]


def _due(
    entry: LedgerEntry,
    unit_name: str,
    contact_masked: str | None,
    attempts: int | None,
    last: datetime | None,
    today: date,
) -> DueCallback:
    return DueCallback(
        number=entry.number,
        question=entry.question,
        unit_name=unit_name,
        due_on=entry.due_on,
        contact_masked=contact_masked,
        attempts=attempts or 0,
        last_called_at=last,
        was_called_today=last is not None and beijing_day(last) == today,
    )


def _untried_first(found: Sequence[DueCallback]) -> tuple[DueCallback, ...]:
    return tuple(sorted(found, key=lambda one: one.was_called_today))
