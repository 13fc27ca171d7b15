"""Askers' names and contacts: encrypted in storage, masked on display."""

from dataclasses import dataclass, field

from sqlmodel import Session

from qa_service.ledger.models import Asker
from qa_service.storage.encryption import FieldCipher

SHOWN_HEAD = 3
SHOWN_TAIL = 2


@dataclass(frozen=True, slots=True)
class AskerDetails:
    """Name and contact in plain text; never printed, logged or stored as they are."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


NOBODY = AskerDetails()
"""An asker who left neither name nor contact."""


def keep_asker(session: Session, details: AskerDetails, *, cipher: FieldCipher) -> int | None:
    """Store the asker encrypted and return the id; None when neither field is given."""
    name = (details.name or "").strip()
    contact = _plain_contact(details)
    if not name and not contact:
        return None
    asker = Asker(
        name_sealed=cipher.encrypt(name) if name else None,
        contact_sealed=cipher.encrypt(contact) if contact else None,
        contact_hash=cipher.lookup_hash(contact) if contact else None,
        contact_masked=mask_contact(contact) if contact else None,
    )
    session.add(asker)
    session.flush()
    return asker.id


def contact_hash(details: AskerDetails, cipher: FieldCipher) -> str | None:
    """Return the keyed hash that identifies a contact; None when no contact is given."""
    contact = _plain_contact(details)
    return cipher.lookup_hash(contact) if contact else None


def _plain_contact(details: AskerDetails) -> str:
    return "".join((details.phone or "").split()).replace("-", "").removeprefix("+86")


def mask_contact(contact: str) -> str:
    """Return ``contact`` with its middle hidden (138******78); a short one is hidden whole."""
    hidden = len(contact) - SHOWN_HEAD - SHOWN_TAIL
    if hidden < SHOWN_HEAD:
        return "*" * len(contact)
    return (contact[:SHOWN_HEAD] + "*" * hidden + contact[-SHOWN_TAIL:])[:32]
