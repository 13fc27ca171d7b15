"""Undoes an act on an entry (撤销) together with what its consultation records of it."""

from sqlmodel import Session

from qa_service.consultation.choosing import take_back
from qa_service.consultation.duplicates.shared_entries import withdraw_registration
from qa_service.consultation.models import Consultation
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow.steps import Command
from qa_service.ledger.workflow.undoing import undo, undoable_act


def undo_on_entry(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Undo the actor's last act; a registration with what the consultation records.

    The question of an undone registration awaits an outcome again, and counts as open. Raises what
    ``undo``, ``withdraw_registration`` and ``take_back`` raise.
    """
    act = undoable_act(session, entry, actor=step.actor, now=step.now)
    if act is None or not act.is_registration:
        undo(session, entry, step)
    elif entry.consultation_id is None:
        withdraw_registration(session, entry, step)
    else:
        _free_question(session, entry.consultation_id, step)


def _free_question(session: Session, consultation_id: str, step: Command) -> None:
    take_back(
        session,
        session.get_one(Consultation, consultation_id),
        actor=step.actor,
        now=step.now,
        reason=step.reason,
        version=step.version,
    )
