"""The contact of an asker: kept when an answer is told, corrected later by operators."""

from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.audit import record
from qa_service.clock import beijing_day
from qa_service.consultation.models import Consultation
from qa_service.ledger.askers.details import (
    NOBODY,
    AskerDetails,
    keep_asker,
    read_asker,
    write_asker,
)
from qa_service.ledger.models import Asker
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import AuditAction


def keep_contact(
    session: Session,
    consultation: Consultation,
    details: AskerDetails,
    *,
    cipher: FieldCipher,
    actor: Actor,
    now: datetime,
) -> None:
    """Store name and contact of the asker in place of those held before.

    A ledger entry of the consultation has the same asker. Raises InvalidContactError.
    """
    held = _asker(session, consultation)
    if held is None:
        consultation.asker_id = keep_asker(session, details, cipher=cipher)
        session.add(consultation)
    elif read_asker(held, cipher=cipher) != details:
        write_asker(held, details, cipher=cipher)
        session.add(held)
        record(
            session,
            AuditAction.CONTACT,
            actor=actor,
            now=now,
            subject=f"咨询 {consultation.id}",
        )
    session.flush()


def contact_as_heard(
    session: Session,
    consultation: Consultation,
    *,
    cipher: FieldCipher,
    actor: Actor,
    now: datetime,
) -> AskerDetails:
    """Return name and contact in plain text to the person who took the question, on that day.

    Others, and later, get NOBODY: they see the contact masked and reveal it with a reason.
    """
    held = _asker(session, consultation)
    taker = RecordedActor(
        consultation.operator, consultation.operator_person_id, consultation.operator_key_id
    )
    is_today = beijing_day(consultation.created_at) == beijing_day(now)
    if held is None or not is_today or not actor.is_same_person_as(taker):
        return NOBODY
    return read_asker(held, cipher=cipher)


def masked_contact(session: Session, consultation: Consultation) -> str | None:
    """Return the contact with its middle hidden; None if there is none."""
    held = _asker(session, consultation)
    return held.contact_masked if held else None


def _asker(session: Session, consultation: Consultation) -> Asker | None:
    return session.get(Asker, consultation.asker_id) if consultation.asker_id else None
