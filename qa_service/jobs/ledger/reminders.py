"""Duty: remind units of approaching and missed deadlines (到期提醒)."""

from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.ledger.deadlines.reminders import remind_due
from qa_service.ledger.hand_over import remind_opinions
from qa_service.storage.engine import session_scope


def send_reminders(context: JobContext) -> int:
    """Write due reminders in batches; return the number of entries reminded of."""
    with session_scope(context.database) as session:
        total, after = remind_opinions(session, now=context.clock.now()), 0
    while True:
        with session_scope(context.database) as session:
            reminded, last = remind_due(
                session,
                calendar=context.calendar,
                now=context.clock.now(),
                after=after,
                limit=BATCH,
            )
        total += reminded
        if last is None:
            return total
        after = last


DUTY = Duty("reminders", send_reminders)
