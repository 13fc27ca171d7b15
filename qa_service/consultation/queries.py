"""Read-only queries of consultations for pages."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

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
    statement = _unhandled(actor, since).order_by(
        col(Consultation.created_at), col(Consultation.id)
    )
    return tuple(_open(found) for found in session.exec(statement.limit(limit)).all())


def count_unhandled(session: Session, *, actor: Actor, since: datetime) -> int:
    """Return how many questions ``unhandled_consultations`` has, without a limit."""
    of_ids = _unhandled(actor, since).with_only_columns(col(Consultation.id)).subquery()
    return session.exec(select(func.count()).select_from(of_ids)).one()


def just_handled(
    session: Session, *, actor: Actor, since: datetime, limit: int
) -> list[tuple[Choice, str]]:
    """Return the actor's choices since ``since`` with their questions, the newest first."""
    statement = (
        select(Choice, Consultation.question)
        .join(Consultation, col(Consultation.id) == Choice.consultation_id)
        .where(Choice.operator_person_id == actor.person_id, col(Choice.created_at) >= since)
        .order_by(col(Choice.created_at).desc())
    )
    return list(session.exec(statement.limit(limit)).all())


def _unhandled(actor: Actor, since: datetime) -> SelectOfScalar[Consultation]:
    return (
        select(Consultation)
        .join(Choice, col(Choice.consultation_id) == Consultation.id, isouter=True)
        .join(LedgerEntry, col(LedgerEntry.consultation_id) == Consultation.id, isouter=True)
        .where(
            Consultation.operator_person_id == actor.person_id,
            Consultation.created_at >= since,
            col(Choice.consultation_id).is_(None),
            col(LedgerEntry.id).is_(None),
        )
    )


def _open(consultation: Consultation) -> OpenConsultation:
    return OpenConsultation(
        id=consultation.id,
        question=consultation.question,
        verdict=consultation.verdict,
        channel=consultation.channel,
        asked_at=consultation.created_at,
    )
