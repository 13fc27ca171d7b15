"""Duty: make the names that earlier releases stored findable in the ledger."""

from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.ledger.askers.retention import hash_names
from qa_service.storage.engine import session_scope


def hash_asker_names(context: JobContext) -> int:
    """Add the look-up hash to a batch of names without one; return how many.

    Left to a process that has the keys.
    """
    if context.cipher is None:
        return 0
    with session_scope(context.database) as session:
        return hash_names(session, context.cipher, limit=BATCH)


DUTY = Duty("asker_names", hash_asker_names)
