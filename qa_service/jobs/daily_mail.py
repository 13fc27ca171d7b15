"""Duty: mail each person once on a working day how much waits for them (每日待办邮件)."""

from functools import partial

from qa_service.clock import BEIJING, beijing_day
from qa_service.jobs.duty import Duty, JobContext
from qa_service.knowledge.review.plan import table_in_use
from qa_service.reporting.pending.daily_mail import daily_mail, people_to_tell, queue_daily_mail
from qa_service.reporting.pending.items import Watch
from qa_service.storage.engine import session_scope


def mail_pending_work(context: JobContext) -> int:
    """Put the mails of the day into the outbox; return how many.

    Does nothing before the hour, on days off, and without a mail server.
    """
    settings, now = context.settings, context.clock.now()
    hour, today = now.astimezone(BEIJING).hour, beijing_day(now)
    if not settings.smtp_host or settings.daily_mail_hour < 0 or hour < settings.daily_mail_hour:
        return 0
    if not context.calendar.day(today).is_workday:
        return 0
    with session_scope(context.database, read_only=True) as session:
        people = people_to_tell(session, day=today)
    return sum(_tell(context, user_id) for user_id in people)


def _tell(context: JobContext, user_id: int) -> bool:
    """Look for the person's work outside the write transaction, then enqueue the mail."""
    settings, now = context.settings, context.clock.now()
    table = partial(
        table_in_use,
        stages=settings.review_stages,
        two_persons=settings.review_two_persons,
    )
    watch = Watch(
        now,
        context.calendar,
        table,
        callback_days=settings.correction_callback_days,
        sends_links=bool(settings.reply_link_ways),
    )
    with session_scope(context.database, read_only=True) as session:
        told = daily_mail(session, user_id, watch, public_url=settings.public_url)
    with session_scope(context.database) as session:
        return queue_daily_mail(session, told, now=now)


DUTY = Duty("daily_mail", mail_pending_work)
