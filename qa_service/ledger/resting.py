"""Open ledger entries that depend on a policy document."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from qa_service.ledger.models import LedgerEntry, LedgerReply
from qa_service.vocabulary import FINISHED


def entries_resting_on(
    session: Session, policy_key: str, pair_ids: Collection[int]
) -> list[LedgerEntry]:
    """Return the open entries about one of the pairs, or whose reply cites the document, by id."""
    is_open = col(LedgerEntry.state).not_in(FINISHED)
    about = select(LedgerEntry).where(is_open, col(LedgerEntry.pair_id).in_(pair_ids))
    found = {entry.id: entry for entry in session.exec(about).all()}
    replies = (
        select(LedgerEntry, LedgerReply)
        .join(LedgerReply, col(LedgerReply.entry_id) == LedgerEntry.id)
        .where(is_open)
    )
    for entry, reply in session.exec(replies).all():
        if any(cited.policy == policy_key for cited in reply.basis):
            found[entry.id] = entry
    return [found[key] for key in sorted(found, key=lambda one: one or 0)]
