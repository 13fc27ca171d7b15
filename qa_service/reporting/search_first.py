"""Report on searching the bank before registering a question (先查询、后登记)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col, func

from qa_service.consultation.models import Choice, Consultation
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.vocabulary import Action, Channel, EntryKind, EntryState


@dataclass(frozen=True, slots=True)
class SearchFirst:
    """Counts of one operator on one channel: questions searched, answers given, entries.

    ``registered`` counts the ledger entries, ``unsearched`` those without a preceding search,
    of which there must be none. ``channel`` is None for entries without one.
    """

    operator: str
    channel: Channel | None
    searched: int
    answered: int
    registered: int
    unsearched: int


Counts = Counter[tuple[str, Channel | None]]


def search_first(session: Session, *, since: datetime) -> list[SearchFirst]:
    """Return the counts since ``since`` for each operator and channel, ordered by name."""
    searched, answered = _consultations(session, since)
    registered, unsearched = _entries(session, since)
    keys = sorted({*searched, *registered}, key=lambda key: (key[0], key[1] or ""))
    return [
        SearchFirst(*key, searched[key], answered[key], registered[key], unsearched[key])
        for key in keys
    ]


def _consultations(session: Session, since: datetime) -> tuple[Counts, Counts]:
    """Return how many questions were searched, and how many answers were given."""
    statement = (
        select(
            col(Consultation.operator),
            col(Consultation.channel),
            func.count(),
            func.count(col(Choice.pair_id)),
        )
        .join(Choice, col(Choice.consultation_id) == Consultation.id, isouter=True)
        .where(col(Consultation.created_at) >= since)
        .group_by(col(Consultation.operator), col(Consultation.channel))
    )
    searched: Counts = Counter()
    answered: Counts = Counter()
    for operator, channel, asked, chosen in session.execute(statement).all():
        searched[operator, channel] += asked
        answered[operator, channel] += chosen
    return searched, answered


def _entries(session: Session, since: datetime) -> tuple[Counts, Counts]:
    """Return how many entries were registered, and how many of them without a search."""
    statement = (
        select(
            col(LedgerEvent.actor),
            col(LedgerEntry.channel),
            col(LedgerEvent.occurred_at),
            col(Consultation.created_at),
        )
        .join(LedgerEntry, col(LedgerEntry.id) == LedgerEvent.entry_id)
        .join(Consultation, col(Consultation.id) == LedgerEntry.consultation_id, isouter=True)
        .where(
            col(LedgerEvent.verb) == Action.REGISTER,
            col(LedgerEntry.kind) == EntryKind.CONSULTATION,
            col(LedgerEntry.state) != EntryState.VOIDED,
            col(LedgerEntry.received_at) >= since,
        )
    )
    registered: Counts = Counter()
    unsearched: Counts = Counter()
    for actor, channel, registered_at, searched_at in session.execute(statement).all():
        registered[actor, channel] += 1
        # A left join gives None where no search precedes, although the types exclude it.
        is_searched = bool(searched_at) and searched_at <= registered_at
        unsearched[actor, channel] += not is_searched
    return registered, unsearched
