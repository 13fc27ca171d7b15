"""Duty: take pairs out that expired or whose policy document ended or is to end (到期下架)."""

from qa_service.jobs.duty import Duty, JobContext
from qa_service.knowledge.policies.endings.ending import suspend_due
from qa_service.knowledge.policies.withdrawal import withdraw_ended
from qa_service.storage.engine import session_scope


def withdraw_expired(context: JobContext) -> int:
    """Withdraw these pairs, suspend those whose document is to end today; return how many."""
    now = context.clock.now()
    with session_scope(context.database) as session:
        suspended = suspend_due(session, now=now)
        withdrawn = withdraw_ended(session, now=now)
    return suspended + len(withdrawn)


DUTY = Duty("expiry", withdraw_expired)
