"""Duty: recompute provisional deadlines (暂定期限), then mark the entries that became overdue."""

from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.ledger.deadlines import mark_overdue, recount_provisional
from qa_service.storage.engine import session_scope


def recount_deadlines(context: JobContext) -> int:
    """Recompute provisional deadlines in batches; return how many became final.

    Entries whose deadline passed are marked after that, so that none is for a date that moves.
    """
    total = 0
    while True:
        with session_scope(context.database) as session:
            moved = recount_provisional(
                session, calendar=context.calendar, now=context.clock.now(), limit=BATCH
            )
        total += moved
        if moved < BATCH:
            break
    with session_scope(context.database) as session:
        mark_overdue(session, now=context.clock.now())
    return total


DUTY = Duty("deadlines", recount_deadlines)
