"""Premises of queued mails and text messages about an entry, and every check as one table."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session, col, select

from qa_service.knowledge import premises as knowledge_premises
from qa_service.knowledge.pairs import upcoming
from qa_service.ledger.entry_indexes import is_running
from qa_service.ledger.models import CoUnit, LedgerEntry, ReplyLink
from qa_service.ledger.replies.reply_links import is_usable
from qa_service.ledger.workflow.steps import joined_entries
from qa_service.ledger.workflow.transitions import TRANSITIONS, acting_role
from qa_service.outbox import premises
from qa_service.outbox.premises import Check, Leaving, Premise, PremiseKind, Premises
from qa_service.vocabulary import FINISHED, Action, Role

EXTENSION_ASKED = Premise(PremiseKind.EXTENSION)
"""The unit's request for an extension is neither granted nor refused."""


def link_works(link: ReplyLink) -> Premise:
    """Return the premise that a link can be used."""
    return Premise(PremiseKind.LINK, str(link.id))


def still_runs(entry: LedgerEntry) -> Premises:
    """Return the premises that the entry's limit runs and its unit leads it."""
    return (Premise(PremiseKind.RUNNING), Premise(PremiseKind.LEAD, str(entry.unit_id)))


def keeps_limit(entry: LedgerEntry) -> Premises:
    """Return the premises of ``still_runs``, and that the entry is due on the same day."""
    return (*still_runs(entry), due_stays(entry.due_on))


def waits_for(role: Role, entry: LedgerEntry) -> Premise:
    """Return the premise that the entry, or one joined to it, waits for ``role`` of its unit."""
    return Premise(PremiseKind.TURN, f"{role}:{entry.unit_id}")


def due_stays(day: date) -> Premise:
    """Return the premise that the entry is due on that day."""
    return Premise(PremiseKind.DUE, day.isoformat())


def is_released(unit_id: int) -> Premise:
    """Return the premise that nothing of the entry is left to do for the unit."""
    return Premise(PremiseKind.RELEASED, str(unit_id))


def opinion_is_owed(helper: CoUnit) -> Premise:
    """Return the premise that the helping unit's opinion is still asked for."""
    return Premise(PremiseKind.OPINION, str(helper.unit_id))


def why_outdated(session: Session, leaving: Leaving) -> PremiseKind | None:
    """Return what a message rests on that holds no more; None while everything does."""
    return premises.broken_premise(session, leaving, _CHECKS)


def _entry(session: Session, leaving: Leaving) -> LedgerEntry:
    return session.exec(
        select(LedgerEntry).where(LedgerEntry.number == leaving.event.subject)
    ).one()


def _works(session: Session, leaving: Leaving, value: str) -> bool:
    link = session.get(ReplyLink, int(value))
    return (
        leaving.takes_links
        and link is not None
        and is_usable(link, session.get_one(LedgerEntry, link.entry_id), now=leaving.now)
    )


def _runs(session: Session, leaving: Leaving, _value: str) -> bool:
    runs = select(LedgerEntry.id).where(LedgerEntry.number == leaving.event.subject, is_running())
    return session.exec(runs).first() is not None


def _leads(session: Session, leaving: Leaving, value: str) -> bool:
    return str(_entry(session, leaving).unit_id) == value


def _waits(session: Session, leaving: Leaving, value: str) -> bool:
    role, _, unit_id = value.partition(":")
    entry = _entry(session, leaving)
    waiting = (acting_role(one.state) == role for one in (entry, *joined_entries(session, entry)))
    return str(entry.unit_id) == unit_id and any(waiting)


def _is_due(session: Session, leaving: Leaving, value: str) -> bool:
    return _entry(session, leaving).due_on.isoformat() == value


def _is_released(session: Session, leaving: Leaving, value: str) -> bool:
    entry = _entry(session, leaving)
    is_theirs = str(entry.unit_id) == value and acting_role(entry.state) is Role.UNIT
    return entry.state in FINISHED or not is_theirs


def _is_owed(session: Session, leaving: Leaving, value: str) -> bool:
    entry = _entry(session, leaving)
    owed = select(CoUnit.unit_id).where(
        CoUnit.entry_id == entry.id, CoUnit.unit_id == int(value), col(CoUnit.opinion).is_(None)
    )
    is_open = entry.state in TRANSITIONS[Action.CONTRIBUTE].sources
    return is_open and session.exec(owed).first() is not None


def _is_asked(session: Session, leaving: Leaving, _value: str) -> bool:
    entry = _entry(session, leaving)
    return entry.extension_asked_at is not None and entry.state not in FINISHED


_CHECKS: Mapping[PremiseKind, Check] = {
    **premises.PREMISES,
    **knowledge_premises.PREMISES,
    **upcoming.PREMISES,
    PremiseKind.LINK: _works,
    PremiseKind.RUNNING: _runs,
    PremiseKind.LEAD: _leads,
    PremiseKind.TURN: _waits,
    PremiseKind.DUE: _is_due,
    PremiseKind.RELEASED: _is_released,
    PremiseKind.OPINION: _is_owed,
    PremiseKind.EXTENSION: _is_asked,
}
