"""Askers' names and contacts: encrypted in storage, masked on display."""

import unicodedata
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.ledger.askers.phone_numbers import contact_problem, plain_contact
from qa_service.ledger.models import Asker
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.sealing import Sealer
from qa_service.text.privacy.contact import Contact
from qa_service.vocabulary import REASON_CHARACTERS

SHOWN_HEAD = 3
SHOWN_TAIL = 2


class InvalidContactError(InvalidInputError):
    """No contact is given, or one that looks wrong without the reason for which it is kept."""

    code = "invalid_contact"
    title = "请核对回访电话"


@dataclass(frozen=True, slots=True)
class AskerDetails:
    """Name and contact in plain text; never printed, logged or stored as they are.

    ``unusual`` is the reason for keeping a contact that does not look like one (仍然保存).
    """

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    unusual: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether neither name nor contact is given."""
        return not (self.name or "").strip() and not (self.phone or "").strip()


NOBODY = AskerDetails()
"""An asker who left neither name nor contact."""


def keep_asker(session: Session, details: AskerDetails, *, cipher: FieldCipher) -> int | None:
    """Store the asker encrypted and return the id; None when neither field is given.

    Raises InvalidContactError.
    """
    if details.is_empty:
        return None
    asker = Asker()
    write_asker(asker, details, cipher=cipher)
    session.add(asker)
    session.flush()
    return asker.id


def keep_sealed_asker(session: Session, details: AskerDetails, *, sealer: Sealer) -> int | None:
    """Store the asker sealed to the public key and return the id; None when neither is given.

    The hashes by which a contact and a name are found need a key that who seals does not have;
    a duty adds them (``retention.hash_askers``). Raises InvalidContactError.
    """
    if details.is_empty:
        return None
    check_contact(details)
    name, contact = (details.name or "").strip(), plain_contact(details.phone or "")
    asker = Asker(
        name_sealed=sealer.seal(name) if name else None,
        contact_sealed=sealer.seal(contact) if contact else None,
        contact_masked=mask_contact(contact) if contact else None,
    )
    session.add(asker)
    session.flush()
    return asker.id


def write_asker(asker: Asker, details: AskerDetails, *, cipher: FieldCipher) -> None:
    """Set name and contact of ``asker``, encrypted; an empty one is removed.

    Raises InvalidContactError.
    """
    check_contact(details)
    name, contact = (details.name or "").strip(), plain_contact(details.phone or "")
    asker.name_sealed = cipher.encrypt(name) if name else None
    asker.name_hash = name_hash(name, cipher)
    asker.contact_sealed = cipher.encrypt(contact) if contact else None
    asker.contact_hash = cipher.lookup_hash(contact) if contact else None
    asker.contact_masked = mask_contact(contact) if contact else None
    is_unusual = contact_problem(details.phone or "") is not None
    note = details.unusual.strip()
    asker.contact_note = note if is_unusual else None


def read_asker(asker: Asker, *, cipher: FieldCipher) -> AskerDetails:
    """Return name and contact in plain text; the calling code answers for showing them."""
    return AskerDetails(
        name=cipher.decrypt(asker.name_sealed) if asker.name_sealed else None,
        phone=cipher.decrypt(asker.contact_sealed) if asker.contact_sealed else None,
        unusual=asker.contact_note or "",
    )


def check_contact(details: AskerDetails) -> None:
    """Raise InvalidContactError for a contact that looks wrong and is kept for no reason."""
    problem = contact_problem(details.phone or "")
    if problem is not None and not details.unusual.strip():
        message = f"{problem}；确须照此保存的，请说明理由"
        raise InvalidContactError(message, problems=(FieldProblem("phone", message),))
    if len(details.unusual) > REASON_CHARACTERS:
        message = f"理由超过 {REASON_CHARACTERS} 个字，请精简"
        raise InvalidContactError(message, problems=(FieldProblem("unusual", message),))


def completed_from(details: AskerDetails, said: Contact) -> AskerDetails:
    """Return ``details`` with what is missing taken from what was ``said`` in the question."""
    usable = said.phone if said.phone and contact_problem(said.phone) is None else None
    return replace(details, name=details.name or said.name, phone=details.phone or usable)


def plain_name(typed: str) -> str:
    """Return a name in one form, by which it is found: NFKC, lower case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", typed).lower().split())


def name_hash(typed: str, cipher: FieldCipher) -> str | None:
    """Return the keyed hash by which a name is found; None for an empty one."""
    plain = plain_name(typed)
    return cipher.lookup_hash(plain) if plain else None


def contact_hash(details: AskerDetails, cipher: FieldCipher) -> str | None:
    """Return the keyed hash that identifies a contact; None when no contact is given."""
    contact = plain_contact(details.phone or "")
    return cipher.lookup_hash(contact) if contact else None


def mask_contact(contact: str) -> str:
    """Return ``contact`` with its middle hidden (138******78); a short one is hidden whole."""
    hidden = len(contact) - SHOWN_HEAD - SHOWN_TAIL
    if hidden < SHOWN_HEAD:
        return "*" * len(contact)
    return (contact[:SHOWN_HEAD] + "*" * hidden + contact[-SHOWN_TAIL:])[:32]
