"""Duty: tell of tasks (打表推进) that are due soon, due or overdue."""

from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.ledger.deadlines.task_telling import tell_tasks
from qa_service.storage.engine import session_scope


def send_task_reminders(context: JobContext) -> int:
    """Tell of due tasks in batches; return how many were told of."""
    total, after = 0, 0
    while True:
        with session_scope(context.database) as session:
            told, last = tell_tasks(
                session,
                calendar=context.calendar,
                now=context.clock.now(),
                after=after,
                limit=BATCH,
            )
        total += told
        if last is None:
            return total
        after = last


DUTY = Duty("tasks", send_task_reminders)
