"""Duty: recompute provisional deadlines (暂定期限) once their year's holidays are announced."""

from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.ledger.deadlines import recount_provisional
from qa_service.storage.engine import session_scope


def recount_deadlines(context: JobContext) -> int:
    """Recompute provisional deadlines in batches; return how many became final."""
    total = 0
    while True:
        with session_scope(context.database) as session:
            moved = recount_provisional(
                session, calendar=context.calendar, now=context.clock.now(), limit=BATCH
            )
        total += moved
        if moved < BATCH:
            return total


DUTY = Duty("deadlines", recount_deadlines)
