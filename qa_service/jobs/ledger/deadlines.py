"""Duty: recount deadlines once the calendar of holidays has changed, then mark what is overdue."""

from datetime import timedelta

from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.ledger.deadlines.due_dates import mark_overdue, recount_open
from qa_service.ledger.deadlines.holidays import note_counted, recount_is_due
from qa_service.storage.engine import session_scope

SETTLING = timedelta(minutes=5)
"""Time after which every process has a new calendar, and all is counted once more."""


def recount_deadlines(context: JobContext) -> int:
    """Recount in batches what a new calendar may move; return how many deadlines changed.

    Entries whose deadline passed are marked after that, so that none is for a date that moves.
    """
    moved = _recount(context)
    with session_scope(context.database) as session:
        mark_overdue(session, now=context.clock.now())
    return moved


def _recount(context: JobContext) -> int:
    now, calendar = context.clock.now(), context.calendar
    with session_scope(context.database, read_only=True) as session:
        if not recount_is_due(session, calendar, now=now, settling=SETTLING):
            return 0
    total, after = 0, 0
    while True:
        with session_scope(context.database) as session:
            counted = recount_open(session, calendar=calendar, now=now, after=after, limit=BATCH)
            total += counted.moved
            if counted.last_id is None:
                note_counted(session, calendar, now=now)
                return total
        after = counted.last_id


DUTY = Duty("deadlines", recount_deadlines)
