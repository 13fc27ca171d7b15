"""Correction of the asker's contact (更正联系方式)."""

from dataclasses import replace

from sqlmodel import Session

from qa_service.accounts.audit import record
from qa_service.errors import FieldProblem
from qa_service.ledger.askers.details import (
    AskerDetails,
    InvalidContactError,
    keep_asker,
    read_asker,
    write_asker,
)
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.ledger.workflow.steps import Command, check_transition, perform
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import Action, AuditAction

_EMPTY = "请填写要更正的称呼或电话"


def correct_contact(
    session: Session,
    entry: LedgerEntry,
    step: Command,
    details: AskerDetails,
    *,
    cipher: FieldCipher,
) -> None:
    """Replace the asker's name and contact (更正联系方式) and audit it.

    A field left empty keeps what is held. Raises InvalidContactError, also where both are
    empty, and what ``perform`` raises.
    """
    check_transition(session, entry, Action.CORRECT_CONTACT, step)
    if details.is_empty:
        raise InvalidContactError(_EMPTY, problems=(FieldProblem("phone", _EMPTY),))
    asker = session.get(Asker, entry.asker_id) if entry.asker_id else None
    changes: dict[str, object] = {}
    if asker is None:
        changes["asker_id"] = keep_asker(session, details, cipher=cipher)
    else:
        held = read_asker(asker, cipher=cipher)
        kept = replace(
            details,
            name=details.name or held.name,
            phone=details.phone or held.phone,
            unusual=details.unusual if details.phone else held.unusual,
        )
        write_asker(asker, kept, cipher=cipher)
        session.add(asker)
    perform(session, entry, Action.CORRECT_CONTACT, step, **changes)
    record(session, AuditAction.CONTACT, actor=step.actor, now=step.now, subject=entry.number)
