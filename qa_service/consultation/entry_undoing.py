"""Undoes an act on an entry (撤销) together with what its consultation records of it."""

from sqlmodel import Session

from qa_service.consultation.choosing import can_take_back, take_back
from qa_service.consultation.models import Consultation
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow.steps import Command
from qa_service.ledger.workflow.undoing import undo


def undo_on_entry(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Undo the actor's last act; a registration with what the consultation records.

    The question of an undone registration awaits an outcome again, and counts as open. Raises what
    ``undo`` and ``take_back`` raise.
    """
    asked = session.get(Consultation, entry.consultation_id) if entry.consultation_id else None
    if asked is None or not can_take_back(session, asked, actor=step.actor, now=step.now):
        undo(session, entry, step)
        return
    take_back(
        session,
        asked,
        actor=step.actor,
        now=step.now,
        reason=step.reason,
        version=step.version,
    )
