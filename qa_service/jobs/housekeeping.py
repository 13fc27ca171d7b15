"""Duty: delete rows past their retention: idempotency records and delivered events."""

from qa_service.accounts.idempotency import delete_expired
from qa_service.jobs.duty import Duty, JobContext
from qa_service.outbox.service import delete_delivered
from qa_service.storage.engine import session_scope


def delete_old_rows(context: JobContext) -> int:
    """Delete expired idempotency records and delivered events; return how many rows."""
    now = context.clock.now()
    with session_scope(context.database) as session:
        return delete_expired(session, now=now) + delete_delivered(session, now=now)


DUTY = Duty("housekeeping", delete_old_rows)
