"""The contact of the caller in a call: carried to the next question, kept with an answer told."""

from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.consultation.callbacks.contacts import contact_as_heard, keep_contact
from qa_service.consultation.models import Consultation
from qa_service.ledger.askers.details import NOBODY, AskerDetails
from qa_service.ledger.askers.phone_numbers import plain_contact
from qa_service.storage.encryption import FieldCipher


def contact_of_call(
    session: Session, call_id: str, *, cipher: FieldCipher, actor: Actor, now: datetime
) -> AskerDetails:
    """Return the contact of the call's newest question to the person who takes it, on that day.

    Anybody else gets NOBODY, as with ``contact_as_heard``.
    """
    statement = (
        select(Consultation)
        .where(
            Consultation.call_id == call_id,
            Consultation.operator_person_id == actor.person_id,
            col(Consultation.asker_id).is_not(None),
        )
        .order_by(col(Consultation.created_at).desc())
    )
    newest = session.exec(statement.limit(1)).first()
    if newest is None:
        return NOBODY
    return contact_as_heard(session, newest, cipher=cipher, actor=actor, now=now)


def keep_number(
    session: Session,
    consultation: Consultation,
    phone: str,
    *,
    cipher: FieldCipher,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the number of the call with the consultation; a name heard before stays.

    Raises InvalidContactError.
    """
    held = contact_as_heard(session, consultation, cipher=cipher, actor=actor, now=now)
    if not phone.strip() or plain_contact(phone) == plain_contact(held.phone or ""):
        return
    details = AskerDetails(held.name, phone)
    keep_contact(session, consultation, details, cipher=cipher, actor=actor, now=now)


def is_hotline_call(session: Session, call_id: str) -> bool:
    """Return whether the hotline named the call: its id is that of no consultation."""
    return call_id != "" and session.get(Consultation, call_id) is None
