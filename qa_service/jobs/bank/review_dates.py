"""Duty: tell units of pairs to review (复核) and of pairs about to expire, 30 days ahead."""

from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.knowledge.pairs.upcoming import tell_due
from qa_service.storage.engine import session_scope


def tell_review_dates(context: JobContext) -> int:
    """Tell of each crossing once, in batches; return how many were told."""
    total = 0
    while True:
        with session_scope(context.database) as session:
            told = tell_due(session, now=context.clock.now(), limit=BATCH)
        total += told
        if told < BATCH:
            return total


DUTY = Duty("review_dates", tell_review_dates)
