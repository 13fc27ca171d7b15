"""Conditions on a list of entries, as rows are selected by them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.clock import beijing_midnight
from qa_service.ledger.models import Asker, CoUnit, LedgerEntry
from qa_service.storage.patterns import contains
from qa_service.text.normalise import writings
from qa_service.vocabulary import FINISHED, AreaKey, EntryKind, EntryState, LabelledEnum
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import workdays_left

SOON_DAYS = 2
"""An entry due within this many working days is due soon (临期)."""

_LONGEST_SPAN = timedelta(days=14)


class DueFilter(LabelledEnum):
    """A filter of entries by how near their deadline is, or whether it was ever missed."""

    OVERDUE = "overdue", "超期"
    TODAY = "today", "今日到期"
    SOON = "soon", "临期"
    WAS_OVERDUE = "was_overdue", "曾超期"
    """Overdue once, whatever came after: extended since, told late, or overdue still."""


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Conditions on a list of entries; None sets no condition.

    ``unit`` is a unit's key; each of the space-separated ``words`` must occur in the question
    or the number. ``since`` and ``until`` are the first and last day of receipt in Beijing. The
    hashes are those by which an asker's contact and name are found. ``within`` holds the ids
    of the units that must lead or help with an entry, ``led_by`` those that must lead it.
    """

    state: EntryState | None = None
    unit: str | None = None
    due: DueFilter | None = None
    kind: EntryKind | None = None
    area: AreaKey | None = None
    since: date | None = None
    until: date | None = None
    contact_hash: str | None = None
    name_hash: str | None = None
    words: str = ""
    open_only: bool = False
    numbers: tuple[str, ...] | None = None
    within: Within = None
    led_by: Within = None


ALL = EntryFilter()


def conditions(
    wanted: EntryFilter, *, today: date, calendar: WorkCalendar
) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on an entry, its unit and its asker that ``wanted`` sets."""
    yield from _kept(wanted)
    yield from _received(wanted)
    yield from _asked_by(wanted)
    if wanted.due is not None:
        yield _is_due(wanted.due, today, calendar)
    for word in wanted.words.split():
        forms = writings(word)
        yield contains(LedgerEntry.number, *forms) | contains(LedgerEntry.question, *forms)


def _kept(wanted: EntryFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.state is not None:
        yield col(LedgerEntry.state) == wanted.state
    if wanted.open_only:
        yield col(LedgerEntry.state).not_in(FINISHED)
    if wanted.numbers is not None:
        yield col(LedgerEntry.number).in_(wanted.numbers)
    if wanted.kind is not None:
        yield col(LedgerEntry.kind) == wanted.kind
    if wanted.unit is not None:
        yield col(Unit.key) == wanted.unit
    if wanted.within is not None:
        yield _concerns(wanted.within)
    if wanted.led_by is not None:
        yield col(LedgerEntry.unit_id).in_(wanted.led_by)


def _received(wanted: EntryFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.area is not None:
        yield col(LedgerEntry.area) == wanted.area
    if wanted.since is not None:
        yield col(LedgerEntry.received_at) >= beijing_midnight(wanted.since)
    if wanted.until is not None:
        yield col(LedgerEntry.received_at) < beijing_midnight(wanted.until) + timedelta(days=1)


def _asked_by(wanted: EntryFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.contact_hash is not None:
        yield col(Asker.contact_hash) == wanted.contact_hash
    if wanted.name_hash is not None:
        yield col(Asker.name_hash) == wanted.name_hash


def _concerns(within: frozenset[int]) -> ColumnElement[bool]:
    helped = select(CoUnit.entry_id).where(col(CoUnit.unit_id).in_(within))
    return col(LedgerEntry.unit_id).in_(within) | col(LedgerEntry.id).in_(helped)


def _is_due(due: DueFilter, today: date, calendar: WorkCalendar) -> ColumnElement[bool]:
    is_open = (col(LedgerEntry.state).not_in(FINISHED)) & col(LedgerEntry.informed_at).is_(None)
    if due is DueFilter.OVERDUE:
        return is_open & (col(LedgerEntry.due_on) < today)
    if due is DueFilter.WAS_OVERDUE:
        is_counted = col(LedgerEntry.state) != EntryState.VOIDED
        is_late = is_open & (col(LedgerEntry.due_on) < today)
        return is_counted & (col(LedgerEntry.was_overdue_on).is_not(None) | is_late)
    if due is DueFilter.TODAY:
        return is_open & (col(LedgerEntry.due_on) == today)
    days = [today + timedelta(days=ahead) for ahead in range(1, _LONGEST_SPAN.days + 1)]
    soon = [day for day in days if workdays_left(today, day, calendar) <= SOON_DAYS]
    return is_open & col(LedgerEntry.due_on).in_(soon)
