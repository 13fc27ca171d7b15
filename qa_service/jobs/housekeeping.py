"""Duty: delete rows past their retention: idempotency records, delivered events, drafts."""

from qa_service.accounts.form_drafts import delete_old_drafts
from qa_service.accounts.idempotency import delete_expired
from qa_service.jobs.duty import Duty, JobContext
from qa_service.outbox.service import delete_delivered
from qa_service.storage.engine import session_scope


def delete_old_rows(context: JobContext) -> int:
    """Delete expired idempotency records, delivered events, old drafts; return how many rows."""
    now = context.clock.now()
    with session_scope(context.database) as session:
        deleted = delete_expired(session, now=now) + delete_delivered(session, now=now)
        return deleted + delete_old_drafts(session, now=now)


DUTY = Duty("housekeeping", delete_old_rows)
