"""Duty: tell citizens by SMS or mail that the reply to a question left at the desk is there."""

from qa_service.consultation.sending.links import notice_channels
from qa_service.consultation.sending.notices import queue_notices
from qa_service.jobs.duty import BATCH, Duty, JobContext, cipher_of
from qa_service.storage.engine import session_scope


def notify_askers(context: JobContext) -> int:
    """Put the notices that are due into the outbox; return how many. Delivery sends them."""
    channels = notice_channels(context.settings)
    if not channels:
        return 0
    cipher, total, after = cipher_of(context), 0, 0
    while True:
        with session_scope(context.database) as session:
            queued, last = queue_notices(
                session,
                cipher=cipher,
                channels=channels,
                now=context.clock.now(),
                after=after,
                limit=BATCH,
            )
        total += queued
        if last is None:
            return total
        after = last


DUTY = Duty("reply_notices", notify_askers)
