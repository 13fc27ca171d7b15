"""Duty: make findable in the ledger who is not yet: askers of the public desk, earlier names."""

from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.ledger.askers.retention import hash_askers
from qa_service.storage.engine import session_scope


def hash_asker_names(context: JobContext) -> int:
    """Add the look-up hashes to a batch of askers without one; return how many.

    Left to a process that has the keys.
    """
    if context.cipher is None:
        return 0
    with session_scope(context.database) as session:
        return hash_askers(session, context.cipher, limit=BATCH)


DUTY = Duty("asker_names", hash_asker_names)
