"""Outcomes that need neither an answer nor a ledger entry: transferred (转接), 无需处理."""

from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.consultation.choosing import AlreadyChosenError, is_recorded_by, new_choice
from qa_service.consultation.duplicates.voided import part_from_voided
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.ledger.queries import entry_of_consultation
from qa_service.storage.locks.advisory import lock_for_transaction

OUTCOME_NOTE_CHARACTERS = 200
"""Greatest length of where a call was transferred, or why nothing was to be done."""


class OutcomeNoteError(InvalidInputError):
    """It is not said where the call went, or why nothing is to be done, or at too great length."""

    code = "outcome_note"
    title = "请补充说明"


def transfer(
    session: Session, consultation: Consultation, *, to: str, actor: Actor, now: datetime
) -> None:
    """Record that the call was passed on to another line (转接), without a ledger entry.

    Raises OutcomeNoteError, and AlreadyChosenError for a consultation that is handled.
    """
    note = _checked(to, field="to", wanted="转接到哪里，例如 12333")
    _set_aside(session, consultation, ChoiceOutcome.TRANSFERRED, note, actor=actor, now=now)


def dismiss(
    session: Session, consultation: Consultation, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Record that a question asks for nothing (无需处理), with the reason.

    Raises OutcomeNoteError, and AlreadyChosenError for a consultation that is handled.
    """
    note = _checked(reason, field="reason", wanted="无需处理的理由")
    _set_aside(session, consultation, ChoiceOutcome.DISMISSED, note, actor=actor, now=now)


def _checked(note: str, *, field: str, wanted: str) -> str:
    stripped = note.strip()
    if not stripped or len(stripped) > OUTCOME_NOTE_CHARACTERS:
        message = f"请用 1 至 {OUTCOME_NOTE_CHARACTERS} 个字写明{wanted}"
        raise OutcomeNoteError(message, problems=(FieldProblem(field, message),))
    return stripped


def _set_aside(
    session: Session,
    consultation: Consultation,
    outcome: ChoiceOutcome,
    note: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Record the outcome once; pressed again by the same person it stays as it was recorded."""
    lock_for_transaction(session, f"choice:{consultation.id}")
    part_from_voided(session, consultation, actor=actor, now=now)
    standing = session.get(Choice, consultation.id)
    if standing and standing.outcome is outcome and is_recorded_by(actor, standing):
        return
    if standing is not None or entry_of_consultation(session, consultation.id):
        raise AlreadyChosenError("本次咨询已经处理，不能再改；记错的先由记录人撤销")
    choice = new_choice(consultation, outcome, actor=actor, now=now)
    choice.note = note
    session.add(choice)
    session.flush()
