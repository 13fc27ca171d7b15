"""Duty: delete rows and files past their retention.

These are idempotency records, delivered events, drafts, codes of questions left at the desk, and
import files that were checked and not imported.
"""

from qa_service.accounts.form_drafts import delete_old_drafts
from qa_service.accounts.idempotency import delete_expired
from qa_service.consultation.desk.following import forget_left
from qa_service.jobs.duty import Duty, JobContext
from qa_service.outbox.service import delete_delivered
from qa_service.storage.engine import session_scope
from qa_service.web.bank.checked_files import FOLDER, delete_old_files


def delete_old_rows(context: JobContext) -> int:
    """Delete the rows and files past their retention; return how many."""
    now, days = context.clock.now(), context.settings.desk_question_days
    with session_scope(context.database) as session:
        deleted = delete_expired(session, now=now) + delete_delivered(session, now=now)
        deleted += delete_old_drafts(session, now=now)
        deleted += forget_left(session, now=now, days=days)
    return deleted + delete_old_files(context.settings.data_dir / FOLDER, now=now)


DUTY = Duty("housekeeping", delete_old_rows)
