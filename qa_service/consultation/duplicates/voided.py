"""A consultation whose registration was voided (作废) is open when its question comes again."""

from datetime import datetime

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.consultation.models import Choice, Consultation
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.ledger.workflow.steps import lock_entries
from qa_service.vocabulary import AuditAction, EntryState


def part_from_voided(
    session: Session, consultation: Consultation, *, actor: Actor, now: datetime
) -> str | None:
    """Part a consultation from the voided entry it rests on; return its number, None if none.

    Nobody works on a voided entry, so that a question that comes again would be lost with it.
    The entry keeps its number and history; the audit trail says what the consultation rested on.
    Call it under the consultation's lock.
    """
    entry = _own_entry(session, consultation) or _repeated_entry(session, consultation)
    if entry is None:
        return None
    # Its voiding may be undone at this moment.
    lock_entries(session, (entry,))
    if entry.state is not EntryState.VOIDED:
        return None
    if entry.consultation_id == consultation.id:
        consultation.asker_id = _present_asker(session, entry.asker_id or consultation.asker_id)
        entry.consultation_id = None
        session.add(entry)
    choice = session.get(Choice, consultation.id)
    if choice is not None:
        session.delete(choice)
    consultation.repeat_of = None
    session.add(consultation)
    session.flush()
    record(
        session,
        AuditAction.TAKE_BACK,
        actor=actor,
        now=now,
        subject=f"咨询 {consultation.id}",
        entry=entry.number,
        reason="台账已作废，再次提交",
    )
    return entry.number


def _own_entry(session: Session, consultation: Consultation) -> LedgerEntry | None:
    statement = select(LedgerEntry).where(LedgerEntry.consultation_id == consultation.id)
    return session.exec(statement).one_or_none()


def _repeated_entry(session: Session, consultation: Consultation) -> LedgerEntry | None:
    """Return the entry on which the question was noted as a repeat."""
    if consultation.repeat_of is None:
        return None
    statement = select(LedgerEntry).where(LedgerEntry.number == consultation.repeat_of)
    return session.exec(statement).one_or_none()


def _present_asker(session: Session, asker_id: int | None) -> int | None:
    """Return the asker's id; None for one whose contact was erased."""
    asker = session.get(Asker, asker_id) if asker_id is not None else None
    return asker_id if asker is not None and asker.purge_on is None else None
