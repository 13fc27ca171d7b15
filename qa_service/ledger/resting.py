"""Open ledger entries that depend on a policy document."""

from sqlalchemy import Select
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_, select

from qa_service.ledger.models import LedgerEntry, LedgerReply
from qa_service.vocabulary import FINISHED


def entries_resting_on(
    session: Session, policy_key: str, pair_ids: Select[int | None]
) -> list[LedgerEntry]:
    """Return the open entries about one of the pairs, or whose reply cites the document, by id.

    ``pair_ids`` is the statement of the ids of the pairs.
    """
    is_open = col(LedgerEntry.state).not_in(FINISHED)
    replies = (
        sa_select(col(LedgerReply.entry_id), col(LedgerReply.basis))
        .join(LedgerEntry, col(LedgerEntry.id) == LedgerReply.entry_id)
        .where(is_open)
    )
    citing = {
        entry_id
        for entry_id, basis in session.execute(replies).all()
        if any(cited.policy == policy_key for cited in basis)
    }
    concerned = or_(col(LedgerEntry.pair_id).in_(pair_ids), col(LedgerEntry.id).in_(citing))
    statement = select(LedgerEntry).where(is_open, concerned)
    return list(session.exec(statement.order_by(col(LedgerEntry.id))).all())
