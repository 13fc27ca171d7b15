"""An entry that serves questions besides its own: it may not end before they are answered."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from qa_service.consultation.models import PublicQuestion
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow.steps import Command, lock_entries
from qa_service.ledger.workflow.undoing import UndoRefusedError, undo


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


def left_at_desk(session: Session, entry: LedgerEntry) -> Sequence[PublicQuestion]:
    """Return what citizens left at the public desk that shares the entry of somebody else."""
    statement = select(PublicQuestion).where(
        PublicQuestion.entry_id == entry.id, col(PublicQuestion.is_own).is_(False)
    )
    return session.exec(statement.order_by(col(PublicQuestion.id))).all()
