"""Schedules the jobs in threads of a running service; what they do stands in their modules.

Duties are short database work and run one after another in one thread. Delivery waits for
other machines and has a thread of its own, so that a receiver that hangs holds up no duty.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import DBAPIError

from qa_service.clock import SystemClock
from qa_service.jobs import delivery, usage
from qa_service.jobs.duty import JobContext, attempt, note_failure
from qa_service.jobs.round import DUTIES
from qa_service.services import Services
from qa_service.storage.leader_lock import leader_lock

USAGE_SECONDS = 20
LOCK_NAME = "jobs"


@dataclass(frozen=True, slots=True)
class _Job:
    """A scheduled call; one that is not ``per_process`` runs in the leader only."""

    name: str
    run: Callable[[], int]
    per_process: bool = False


class JobScheduler:
    """The scheduled jobs of one process, at 0 seconds between rounds only the usage flush."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._context = JobContext.of(services)
        self._lock = leader_lock(services.database, LOCK_NAME)
        self._delivery = delivery.DeliveryJob(self._context)
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(1), delivery.NAME: ThreadPoolExecutor(1)},
        )

    def start(self) -> None:
        """Start the threads; every job is due at once."""
        flush = partial(usage.flush_usage, self._services)
        self._add(_Job(usage.NAME, flush, per_process=True), USAGE_SECONDS)
        seconds = self._services.settings.scheduler_seconds
        if seconds > 0:
            for duty in DUTIES:
                self._add(
                    _Job(duty.name, partial(duty.run, self._context), duty.per_process), seconds
                )
            self._add(_Job(delivery.NAME, self._deliver), seconds, executor=delivery.NAME)
        self._scheduler.start()

    def shutdown(self) -> None:
        """Wait for the jobs that are running, then let another process become the leader."""
        self._delivery.end()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._lock.release()

    def job_names(self) -> list[str]:
        """Return the names of the scheduled jobs, in the order in which they run."""
        return [job.id for job in self._scheduler.get_jobs()]

    def _deliver(self) -> int:
        """Run one round of delivery; return how many events arrived."""
        return self._delivery.run().arrived

    def _run(self, job: _Job) -> None:
        """Run a job, one that is the leader's only if this process is the leader."""
        try:
            is_due_here = job.per_process or self._lock.try_acquire()
        except DBAPIError as error:
            note_failure(job.name, error)
            return
        if is_due_here:
            attempt(job.name, job.run, clock=self._context.clock)

    def _add(self, job: _Job, seconds: int, *, executor: str = "default") -> None:
        """Schedule ``job`` every ``seconds``, for the first time at once; never twice at a time."""
        self._scheduler.add_job(
            self._run,
            "interval",
            args=[job],
            id=job.name,
            seconds=seconds,
            executor=executor,
            next_run_time=SystemClock().now(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
