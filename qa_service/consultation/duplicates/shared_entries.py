"""An entry that serves questions besides its own: it may not end before they are answered."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from qa_service.consultation.models import Choice, Consultation, PublicQuestion
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.ledger.workflow.steps import Command, lock_entries
from qa_service.ledger.workflow.undoing import UndoRefusedError, undo
from qa_service.vocabulary import Action


def withdraw_registration(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Undo the registration of the entry, which voids it.

    Raises UndoRefusedError also where the same was left at the public desk meanwhile.
    """
    lock_entries(session, (entry,))
    if left_at_desk(session, entry):
        raise UndoRefusedError(
            "政务公开专区已有群众就同一事项留言，由本案一并答复，撤销后无人办理；请继续办理本案"
        )
    undo(session, entry, step)


def repeats_on(session: Session, entry: LedgerEntry) -> Sequence[Consultation]:
    """Return the questions noted on the entry as repeats (再次来电)."""
    noted_at = select(LedgerEvent.occurred_at).where(
        LedgerEvent.entry_id == entry.id, LedgerEvent.verb == Action.REPEAT
    )
    # By the time of the choice, which has an index; the number of the entry has none.
    statement = (
        select(Consultation)
        .join(Choice, col(Choice.consultation_id) == Consultation.id)
        .where(col(Choice.created_at).in_(noted_at), Consultation.repeat_of == entry.number)
    )
    return session.exec(statement.order_by(col(Consultation.created_at))).all()


def left_at_desk(session: Session, entry: LedgerEntry) -> Sequence[PublicQuestion]:
    """Return what citizens left at the public desk that shares the entry of somebody else."""
    statement = select(PublicQuestion).where(
        PublicQuestion.entry_id == entry.id, col(PublicQuestion.is_own).is_(False)
    )
    return session.exec(statement.order_by(col(PublicQuestion.id))).all()
