"""Duty: close ledger entries whose conditions are all met (销号)."""

from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.ledger.workflow.closing import close_completed
from qa_service.storage.engine import session_scope


def close_entries(context: JobContext) -> int:
    """Close entries whose conditions are met, one transaction per batch; return how many."""
    total = 0
    while True:
        with session_scope(context.database) as session:
            closed = close_completed(session, now=context.clock.now(), limit=BATCH)
        total += closed
        if closed < BATCH:
            return total


DUTY = Duty("closing", close_entries)
