"""The askers to be told a reply (待回访), in the order in which they are called."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement
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


@dataclass(frozen=True, slots=True)
class _Attempts:
    """The calls made in vain for one asker: their number, and the time of the last."""

    count: int
    last: datetime


def due_callbacks(
    session: Session, *, today: date, within: Within = None, limit: int = LISTED
) -> tuple[DueCallback, ...]:
    """Return at most ``limit`` entries to be told, the earliest due first.

    Those already called in vain today come last: another attempt counts on another day.
    """
    statement = (
        select(LedgerEntry, col(Unit.name), col(Asker.contact_masked))
        .join(Unit, col(Unit.id) == LedgerEntry.unit_id)
        .join(Asker, col(Asker.id) == LedgerEntry.asker_id, isouter=True)
        .where(*_waiting(within))
        .order_by(col(LedgerEntry.due_on), col(LedgerEntry.number))
    )
    made = _attempts(session, within)
    found = [
        _due(entry, unit_name, contact, made.get(entry.id or 0), today)
        for entry, unit_name, contact in session.exec(statement).all()
    ]
    return _untried_first(found)[:limit]


def _waiting(within: Within) -> Iterator[ColumnElement[bool]]:
    yield col(LedgerEntry.state) == EntryState.APPROVED
    yield col(LedgerEntry.informed_at).is_(None)
    if within is not None:
        yield col(LedgerEntry.unit_id).in_(within)


def _attempts(session: Session, within: Within) -> Mapping[int, _Attempts]:
    """Return the calls made in vain for the entries that wait, by entry."""
    statement = (
        select(col(Callback.entry_id), func.count(), func.max(col(Callback.called_at)))
        .join(LedgerEntry, col(LedgerEntry.id) == Callback.entry_id)
        .where(*_waiting(within))
        .group_by(col(Callback.entry_id))
    )
    return {
        entry_id: _Attempts(count, last) for entry_id, count, last in session.exec(statement).all()
    }


def _due(
    entry: LedgerEntry,
    unit_name: str,
    contact_masked: str | None,
    made: _Attempts | None,
    today: date,
) -> DueCallback:
    return DueCallback(
        number=entry.number,
        question=entry.question,
        unit_name=unit_name,
        due_on=entry.due_on,
        contact_masked=contact_masked,
        attempts=made.count if made else 0,
        last_called_at=made.last if made else None,
        was_called_today=made is not None and beijing_day(made.last) == today,
    )


def _untried_first(found: Sequence[DueCallback]) -> tuple[DueCallback, ...]:
    return tuple(sorted(found, key=lambda one: one.was_called_today))
