"""Duty: withdraw pairs that expired or whose policy document ended (到期下架)."""

from qa_service.jobs.duty import Duty, JobContext
from qa_service.knowledge.policies.withdrawal import withdraw_ended
from qa_service.ledger.hand_over import tell_rework
from qa_service.storage.engine import session_scope


def withdraw_expired(context: JobContext) -> int:
    """Withdraw these pairs; return how many."""
    with session_scope(context.database) as session:
        withdrawn = withdraw_ended(session, now=context.clock.now())
        tell_rework(session, withdrawn, now=context.clock.now())
    return len(withdrawn)


DUTY = Duty("expiry", withdraw_expired)
