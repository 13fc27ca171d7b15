"""Earlier entries repeated by a new question: same contact, or nearly the same wording."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from qa_service.accounts.authority import Within
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.text.guards.compare import compare_guards, guards_of
from qa_service.vocabulary import FINISHED, EntryKind, EntryState, MatchReason

ALIKE = 0.6
"""Least share of common words (Jaccard, 1901) at which questions count as near-identical."""

COMPARED = 3_000
"""Number of entries compared by words, the newest first; takes a few milliseconds."""


@dataclass(frozen=True, slots=True)
class EarlierEntry:
    """An earlier entry that may make a new one unnecessary."""

    number: str
    question: str
    state: EntryState
    received_at: datetime
    match_reason: MatchReason
    can_join: bool
    can_repeat: bool


def earlier_entries(
    session: Session,
    *,
    terms: Collection[str],
    question: str,
    contact_hash: str | None,
    now: datetime,
    days: int,
    limit: int = 5,
) -> list[EarlierEntry]:
    """Return entries of the last ``days`` with the same contact or nearly the same question.

    Contacts are compared by keyed hash, never by number. Entries of the same contact come
    first, then the others by similarity.
    """
    since = now - timedelta(days=days)
    found = [
        _earlier(entry, MatchReason.SAME_CALLER)
        for entry in entries_of_contact(session, contact_hash, since=since, limit=limit)
    ]
    known = {earlier.number for earlier in found}
    alike = similar_entries(
        session, terms=terms, question=question, since=since, open_only=False, limit=limit
    )
    found += [
        _earlier(entry, MatchReason.SAME_QUESTION) for entry in alike if entry.number not in known
    ]
    return found[:limit]


def similar_entries(
    session: Session,
    *,
    terms: Collection[str],
    question: str,
    since: datetime,
    open_only: bool,
    besides: str = "",
    within: Within = None,
    limit: int = 5,
) -> list[LedgerEntry]:
    """Return entries whose question is nearly the same, guard words included, most alike first.

    Compares only the newest ``COMPARED`` entries, of the units ``within`` if given, without
    the entry of number ``besides``.
    """
    wanted = frozenset(terms)
    if not wanted:
        return []
    statement = select(LedgerEntry.id, LedgerEntry.terms).where(
        col(LedgerEntry.received_at) >= since,
        LedgerEntry.number != besides,
        LedgerEntry.state != EntryState.VOIDED,
    )
    if open_only:
        statement = statement.where(
            col(LedgerEntry.state).not_in(FINISHED), col(LedgerEntry.joined_to_id).is_(None)
        )
    if within is not None:
        statement = statement.where(col(LedgerEntry.unit_id).in_(within))
    rows = session.exec(
        statement.order_by(col(LedgerEntry.received_at).desc()).limit(COMPARED)
    ).all()
    scored = sorted(
        ((score, id_ or 0) for id_, held in rows if (score := _overlap(wanted, held)) >= ALIKE),
        reverse=True,
    )
    entries = [session.get_one(LedgerEntry, id_) for _, id_ in scored[: limit * 2]]
    return [entry for entry in entries if _guards_agree(question, entry.question)][:limit]


def entries_of_contact(
    session: Session, contact_hash: str | None, *, since: datetime, limit: int
) -> list[LedgerEntry]:
    """Return the entries received since ``since`` from one contact, the newest first."""
    if contact_hash is None:
        return []
    statement = (
        select(LedgerEntry)
        .join(Asker, col(Asker.id) == LedgerEntry.asker_id)
        .where(
            Asker.contact_hash == contact_hash,
            col(LedgerEntry.received_at) >= since,
            LedgerEntry.state != EntryState.VOIDED,
        )
        .order_by(col(LedgerEntry.id).desc())
        .limit(limit)
    )
    return list(session.exec(statement).all())


def _overlap(wanted: frozenset[str], held: str) -> float:
    theirs = frozenset(held.split(" "))
    return len(wanted & theirs) / len(wanted | theirs)


def _guards_agree(asked: str, stored: str) -> bool:
    """Return whether the guard words of two questions agree; extraction is cached."""
    return not compare_guards(guards_of(asked), guards_of(stored)).conflicts


def _earlier(entry: LedgerEntry, match_reason: MatchReason) -> EarlierEntry:
    return EarlierEntry(
        number=entry.number,
        question=entry.question,
        state=entry.state,
        received_at=entry.received_at,
        match_reason=match_reason,
        can_join=_can_join(entry),
        can_repeat=is_worked_on(entry),
    )


def is_worked_on(entry: LedgerEntry) -> bool:
    """Return whether the asker of the entry is still to be answered."""
    return entry.state not in (*FINISHED, EntryState.INFORMED)


def _can_join(entry: LedgerEntry) -> bool:
    is_consultation = entry.kind is EntryKind.CONSULTATION
    is_lead = entry.joined_to_id is None
    return is_consultation and is_lead and entry.state not in FINISHED
