"""What happens by itself: deadlines, reminders, entries closed, answers that ended, events sent.

Each round may run in several processes at once; what must happen once is held by the
database (see ``ledger.reminders`` and ``outbox.service``). A round owns its transactions.
"""

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta

from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from qa_service.accounts.idempotency import delete_expired
from qa_service.clock import Clock, SystemClock
from qa_service.consultation.retention import erase_askers
from qa_service.errors import ConfigurationError
from qa_service.integration.delivery import Delivered, Transport, deliver_due
from qa_service.integration.mail import MailServer
from qa_service.integration.targets import AllowedTargets
from qa_service.integration.webhook import Webhook
from qa_service.knowledge.policies.rework import complete_rework
from qa_service.knowledge.policies.withdrawal import withdraw_ended
from qa_service.ledger.deadlines import recount_provisional
from qa_service.ledger.reminders import remind_due
from qa_service.ledger.workflow.closing import close_completed
from qa_service.outbox.models import Destination
from qa_service.outbox.service import forget_settled
from qa_service.services import Services
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.storage.lease import Office, open_office
from qa_service.workdays.calendar import WorkCalendar

BATCH = 500
FLUSH_SECONDS = 20
LEASED_ROUNDS = 3
"""A process that misses so many rounds loses them to another."""
HOLDER = f"{socket.gethostname()[:40]}:{os.getpid()}"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    recounted: int
    reminded: int
    closed: int
    withdrawn: int
    purged: int
    forgotten: int
    delivered: Delivered


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What a round needs: less than a service, so that cron need not load a model."""

    settings: Settings
    clock: Clock
    database: Engine
    calendar: WorkCalendar

    @classmethod
    def of(cls, services: Services) -> "Scheduled":
        """What a round needs of a running service."""
        return cls(services.settings, services.clock, services.database, services.calendar)


def run_round(services: Scheduled) -> Round:
    """Everything that is due now, in batches small enough that nobody waits for one."""
    _reload_calendar(services)
    return Round(
        recounted=_recount(services),
        reminded=_remind(services),
        closed=_close(services),
        withdrawn=_withdraw(services),
        purged=_purge(services),
        forgotten=_forget(services),
        delivered=deliver_due(
            services.database, transports(services.settings), now=services.clock.now()
        ),
    )


def start_scheduler(services: Services) -> BackgroundScheduler:
    """Rounds in a thread of this process until it is shut down; none of them at 0 seconds."""
    seconds = services.settings.scheduler_seconds
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        _flush_usage, "interval", args=[services], seconds=FLUSH_SECONDS, max_instances=1
    )
    if seconds == 0:
        scheduler.start()
        return scheduler
    length = timedelta(seconds=LEASED_ROUNDS * seconds)
    office = open_office(services.database, "round", HOLDER, length)
    scheduler.add_listener(lambda _event: office.resign(), EVENT_SCHEDULER_SHUTDOWN)
    scheduler.add_job(
        _watched_round,
        "interval",
        args=[Scheduled.of(services), office],
        seconds=seconds,
        next_run_time=SystemClock().now(),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler


def transports(settings: Settings) -> Mapping[Destination, Transport]:
    """Where events can go, as it is set up."""
    found: dict[Destination, Transport] = {}
    if settings.webhook_url:
        found[Destination.WEBHOOK] = Webhook(
            settings.webhook_url,
            settings.webhook_secret,
            AllowedTargets.of(settings.webhook_allowed),
        )
    if settings.smtp_host:
        found[Destination.MAIL] = MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_sender,
            user=settings.smtp_user,
            password=settings.smtp_password,
            starttls=settings.smtp_starttls,
        )
    return found


def _flush_usage(services: Services) -> None:
    try:
        with session_scope(services.database) as session:
            services.usage.flush(session)
    except Exception as error:
        _log.error("usage not written: kind=%s", type(error).__qualname__)


def _watched_round(services: Scheduled, office: Office) -> None:
    try:
        # Another takes over when this process is gone.
        if not office.is_held(services.clock.now()):
            return
        done = run_round(services)
    except Exception as error:
        # The next round tries again; its message may hold what a citizen said.
        _log.error("round failed: kind=%s", type(error).__qualname__)
        return
    if any((done.recounted, done.reminded, done.closed, done.withdrawn, done.delivered.failed)):
        _log.info("round: %s", asdict(done))


def _reload_calendar(services: Scheduled) -> None:
    try:
        if services.calendar.reload():
            _log.info("calendar: new holiday files are in use")
    except ConfigurationError as error:
        _log.error("calendar kept as it was: %s", error.message)


def _recount(services: Scheduled) -> int:
    total = 0
    while True:
        with session_scope(services.database) as session:
            moved = recount_provisional(
                session, calendar=services.calendar, now=services.clock.now(), limit=BATCH
            )
        total += moved
        if moved < BATCH:
            return total


def _remind(services: Scheduled) -> int:
    total, after = 0, 0
    while True:
        with session_scope(services.database) as session:
            reminded, last = remind_due(
                session,
                calendar=services.calendar,
                now=services.clock.now(),
                after=after,
                limit=BATCH,
            )
        total += reminded
        if last is None:
            return total
        after = last


def _close(services: Scheduled) -> int:
    with session_scope(services.database) as session:
        return close_completed(session, now=services.clock.now(), limit=BATCH)


def _withdraw(services: Scheduled) -> int:
    with session_scope(services.database) as session:
        complete_rework(session, now=services.clock.now())
        return len(withdraw_ended(session, now=services.clock.now()))


def _forget(services: Scheduled) -> int:
    now = services.clock.now()
    with session_scope(services.database) as session:
        return delete_expired(session, now=now) + forget_settled(session, now=now)


def _purge(services: Scheduled) -> int:
    days, now = services.settings.purge_days, services.clock.now()
    total, after = 0, 0
    while True:
        with session_scope(services.database) as session:
            purged, last = erase_askers(session, now=now, days=days, after=after, limit=BATCH)
        total += purged
        if last is None:
            return total
        after = last
