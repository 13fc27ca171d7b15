"""Duty: delete rows past their retention.

These are idempotency records, delivered events, drafts, and codes of questions left at the desk.
"""

from qa_service.accounts.form_drafts import delete_old_drafts
from qa_service.accounts.idempotency import delete_expired
from qa_service.consultation.desk.following import forget_left
from qa_service.jobs.duty import Duty, JobContext
from qa_service.outbox.service import delete_delivered
from qa_service.storage.engine import session_scope


def delete_old_rows(context: JobContext) -> int:
    """Delete the rows past their retention; return how many."""
    now, days = context.clock.now(), context.settings.desk_question_days
    with session_scope(context.database) as session:
        deleted = delete_expired(session, now=now) + delete_delivered(session, now=now)
        deleted += delete_old_drafts(session, now=now)
        return deleted + forget_left(session, now=now, days=days)


DUTY = Duty("housekeeping", delete_old_rows)
