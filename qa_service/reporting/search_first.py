"""The proof that the bank is searched before anything is registered (先查询、后登记)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from qa_service.consultation.models import Choice, Consultation
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.ledger.workflow.transitions import Action
from qa_service.vocabulary import EntryKind


@dataclass(frozen=True, slots=True)
class SearchFirst:
    """One operator on one channel: questions searched, answers told, entries registered.

    ``unsearched`` of the entries have no search before them; it has to be 0.
    """

    operator: str
    channel: str
    searched: int
    told: int
    registered: int
    unsearched: int


def search_first(session: Session, *, since: datetime) -> list[SearchFirst]:
    """Every operator and channel since then, by name."""
    searched, told = _consultations(session, since)
    registered, unsearched = _entries(session, since)
    keys = sorted({*searched, *registered})
    return [
        SearchFirst(*key, searched[key], told[key], registered[key], unsearched[key])
        for key in keys
    ]


Counts = Counter[tuple[str, str]]


def _consultations(session: Session, since: datetime) -> tuple[Counts, Counts]:
    statement = (
        select(
            Consultation.operator,
            Consultation.channel,
            func.count(),
            func.count(col(Choice.pair_id)),
        )
        .join(Choice, col(Choice.consultation_id) == Consultation.id, isouter=True)
        .where(col(Consultation.created_at) >= since)
        .group_by(col(Consultation.operator), col(Consultation.channel))
    )
    searched: Counts = Counter()
    told: Counts = Counter()
    for operator, channel, asked, chosen in session.exec(statement).all():
        searched[operator, channel] += asked
        told[operator, channel] += chosen
    return searched, told


def _entries(session: Session, since: datetime) -> tuple[Counts, Counts]:
    statement = (
        select(
            LedgerEvent.actor,
            LedgerEntry.channel,
            LedgerEvent.occurred_at,
            Consultation.created_at,
        )
        .join(LedgerEntry, col(LedgerEntry.id) == LedgerEvent.entry_id)
        .join(Consultation, col(Consultation.id) == LedgerEntry.consultation_id, isouter=True)
        .where(
            LedgerEvent.verb == Action.REGISTER.value,
            LedgerEntry.kind == EntryKind.CONSULTATION,
            col(LedgerEntry.received_at) >= since,
        )
    )
    registered: Counts = Counter()
    unsearched: Counts = Counter()
    for actor, channel, registered_at, searched_at in session.exec(statement).all():
        registered[actor, channel] += 1
        # A left join gives None where no search came before, whatever the types say.
        is_searched = bool(searched_at) and searched_at <= registered_at
        unsearched[actor, channel] += not is_searched
    return registered, unsearched
