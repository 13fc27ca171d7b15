"""Duty: erase askers' personal data after the retention period (咨询人信息保留天数)."""

from qa_service.consultation.retention import erase_askers
from qa_service.jobs.duty import BATCH, Duty, JobContext
from qa_service.storage.engine import session_scope


def erase_personal_data(context: JobContext) -> int:
    """Erase personal data older than ``purge_days`` in batches; return the number of askers."""
    days, now = context.settings.purge_days, context.clock.now()
    total, after = 0, 0
    while True:
        with session_scope(context.database) as session:
            erased, last = erase_askers(session, now=now, days=days, after=after, limit=BATCH)
        total += erased
        if last is None:
            return total
        after = last


DUTY = Duty("erasure", erase_personal_data)
