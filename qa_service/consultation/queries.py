"""Read-only queries of consultations for pages."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from qa_service.accounts.actor import Actor
from qa_service.consultation.models import Choice, Consultation
from qa_service.ledger.models import LedgerEntry
from qa_service.vocabulary import Channel, Verdict


@dataclass(frozen=True, slots=True)
class OpenConsultation:
    """A question that was neither answered from the bank nor registered."""

    id: str
    question: str
    verdict: Verdict
    channel: Channel
    asked_at: datetime


def find_choice(session: Session, consultation_id: str) -> Choice | None:
    """Return the choice recorded for a consultation, or None."""
    return session.get(Choice, consultation_id)


def last_asked(session: Session, actor: Actor) -> Consultation | None:
    """Return the actor's newest consultation, or None."""
    statement = (
        select(Consultation)
        .where(Consultation.operator_person_id == actor.person_id)
        .order_by(col(Consultation.created_at).desc())
    )
    return session.exec(statement.limit(1)).first()


def unhandled_consultations(
    session: Session, *, actor: Actor, since: datetime, limit: int
) -> tuple[OpenConsultation, ...]:
    """Return the actor's unhandled questions since ``since``, oldest first.

    A question is handled once a choice is recorded or a ledger entry exists.
    """
    statement = (
        select(Consultation)
        .where(*_unhandled(actor, since))
        .order_by(col(Consultation.created_at), col(Consultation.id))
    )
    return tuple(_open(found) for found in session.exec(statement.limit(limit)).all())


def count_unhandled(session: Session, *, actor: Actor, since: datetime) -> int:
    """Return how many questions of the actor since ``since`` are unhandled."""
    statement = select(func.count(col(Consultation.id))).where(*_unhandled(actor, since))
    return session.exec(statement).one()


def _unhandled(actor: Actor, since: datetime) -> tuple[ColumnElement[bool], ...]:
    chosen = select(Choice.consultation_id).where(Choice.consultation_id == Consultation.id)
    entered = select(LedgerEntry.id).where(LedgerEntry.consultation_id == Consultation.id)
    return (
        col(Consultation.operator_person_id) == actor.person_id,
        col(Consultation.created_at) >= since,
        ~chosen.exists(),
        ~entered.exists(),
    )


def _open(consultation: Consultation) -> OpenConsultation:
    return OpenConsultation(
        id=consultation.id,
        question=consultation.question,
        verdict=consultation.verdict,
        channel=consultation.channel,
        asked_at=consultation.created_at,
    )
