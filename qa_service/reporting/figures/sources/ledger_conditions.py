"""Conditions and expressions over ledger entries and their events, as figures need them."""

from sqlalchemy import JSON, ColumnElement, Integer, type_coerce
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_

from qa_service.ledger.models import Callback, LedgerEntry, LedgerEvent
from qa_service.reporting.figures.scope import Scope
from qa_service.storage.column_types import UTCDateTime
from qa_service.storage.dates import beijing_date
from qa_service.vocabulary import Action, CallOutcome, EntryState, Satisfaction

RESPONDED = (
    EntryState.ACCEPTED,
    EntryState.DRAFTED,
    EntryState.APPROVED,
    EntryState.INFORMED,
    EntryState.CLOSED,
)
"""The states an entry has from its acceptance (签收) on."""

ended_at = func.coalesce(
    col(LedgerEntry.informed_at), col(LedgerEntry.closed_at), type_=UTCDateTime()
)
"""The instant at which the asker knew; for an entry without an asker, that of its closing."""

first_due = func.coalesce(col(LedgerEntry.was_overdue_on), col(LedgerEntry.due_on))
"""The first due date that was missed, or else the one in force (期限)."""

_registered = aliased(LedgerEntry)

is_counted = col(LedgerEntry.state) != EntryState.VOIDED
"""An entry that was voided counts for nothing."""


def received(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the question was received in the period."""
    at = col(LedgerEntry.received_at)
    return and_(at >= scope.period.begins_at, at < scope.period.ends_at)


def expired(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the limit expired in the period."""
    return and_(first_due >= scope.period.first, first_due <= scope.last_expired)


def ended(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the asker was told, or the entry closed, in the period."""
    return and_(ended_at >= scope.period.begins_at, ended_at < scope.period.ends_at)


def waiting(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the entry was not ended at the end of the period."""
    at = col(LedgerEntry.received_at)
    is_open = or_(ended_at.is_(None), ended_at >= scope.period.ends_at)
    return and_(at < scope.period.ends_at, is_open)


def is_overdue(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the limit had expired by the end of the period."""
    return first_due <= scope.last_expired


def in_time(_scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the entry ended on its first due date or before."""
    return and_(ended_at.is_not(None), beijing_date(ended_at) <= first_due)


def responded(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the unit had accepted the entry by the end of the period."""
    accepted = sa_select(col(LedgerEvent.entry_id)).where(
        col(LedgerEvent.verb).in_((Action.ACCEPT, Action.JOIN)),
        col(LedgerEvent.to_state).in_(RESPONDED),
        col(LedgerEvent.occurred_at) >= scope.period.begins_at,
        col(LedgerEvent.occurred_at) < scope.period.ends_at,
    )
    return and_(col(LedgerEntry.state).in_(RESPONDED), col(LedgerEntry.id).in_(accepted))


def searched_first(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the bank was searched before the entry was registered."""
    # One set for all entries of the period: a look-up of each is many times slower.
    searched = (
        sa_select(col(LedgerEvent.entry_id))
        .join_from(LedgerEvent, _registered, col(_registered.id) == LedgerEvent.entry_id)
        .where(
            col(LedgerEvent.verb) == Action.REGISTER,
            col(_registered.received_at) >= scope.period.begins_at,
            col(_registered.received_at) < scope.period.ends_at,
            col(_registered.searched_at) <= LedgerEvent.occurred_at,
        )
    )
    return col(LedgerEntry.id).in_(searched)


def called(scope: Scope, *outcomes: CallOutcome) -> ColumnElement[bool]:
    """Return the condition that a call in the period had one of ``outcomes``."""
    calls = sa_select(col(Callback.entry_id)).where(
        col(Callback.called_at) >= scope.period.begins_at,
        col(Callback.called_at) < scope.period.ends_at,
        col(Callback.outcome).in_(outcomes),
    )
    return col(LedgerEntry.id).in_(calls)


def rated(scope: Scope, *ratings: Satisfaction) -> ColumnElement[bool]:
    """Return the condition that in a call in the period the asker gave one of ``ratings``."""
    calls = sa_select(col(Callback.entry_id)).where(
        col(Callback.called_at) >= scope.period.begins_at,
        col(Callback.called_at) < scope.period.ends_at,
        col(Callback.satisfaction).in_(ratings),
    )
    return col(LedgerEntry.id).in_(calls)


def stands() -> ColumnElement[bool]:
    """Return the condition that an event was not undone (撤销)."""
    undoing = aliased(LedgerEvent)
    undone = type_coerce(col(undoing.details), JSON)["undone"].as_integer()
    statement = sa_select(undone).where(col(undoing.verb) == Action.UNDO, undone.is_not(None))
    return col(LedgerEvent.id).not_in(statement)


def unit_then() -> ColumnElement[int]:
    """Return the id of the unit that led the entry when the event happened.

    The next event that replaced the unit holds it; without one it is the present unit.
    """
    later = aliased(LedgerEvent)
    replaced = type_coerce(col(later.prior), JSON)["unit_id"].as_integer()
    before = (
        sa_select(replaced)
        .where(
            col(later.entry_id) == LedgerEvent.entry_id,
            col(later.id) > LedgerEvent.id,
            replaced.is_not(None),
        )
        .order_by(col(later.id))
        .limit(1)
        .correlate(LedgerEvent)
        .scalar_subquery()
    )
    return func.coalesce(before, col(LedgerEntry.unit_id), type_=Integer())


def moved(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that an event happened in the period and was not undone."""
    at = col(LedgerEvent.occurred_at)
    return and_(at >= scope.period.begins_at, at < scope.period.ends_at, stands())
