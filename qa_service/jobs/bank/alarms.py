"""Duty: raise alarms of emerging topics (热点预警)."""

from qa_service.consultation.watch.alarms import bursts_now, raise_alarms
from qa_service.jobs.duty import Duty, JobContext
from qa_service.storage.engine import session_scope


def watch_topics(context: JobContext) -> int:
    """Compare today's counts with those of the same weekday; return how many alarms are new."""
    now = context.clock.now()
    with session_scope(context.database, read_only=True) as session:
        least = context.settings.alarm_least
        bursts = bursts_now(session, calendar=context.calendar, now=now, least=least)
    if not bursts:
        return 0
    with session_scope(context.database) as session:
        return raise_alarms(session, bursts, now=now)


DUTY = Duty("alarms", watch_topics)
