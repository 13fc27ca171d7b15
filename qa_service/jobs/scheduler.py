"""Schedules the jobs in threads of a running service.

Duties are short database work and run sequentially in one thread. Delivery waits for other
machines and has a separate thread, so that a hanging receiver delays no duty.
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
from qa_service.storage.locks.leader import leader_lock

USAGE_SECONDS = 20
LOCK_NAME = "jobs"


@dataclass(frozen=True, slots=True)
class _Job:
    """A scheduled call; unless it is ``per_process`` it runs in the leader only."""

    name: str
    run: Callable[[], int]
    per_process: bool = False


class JobScheduler:
    """The scheduled jobs of one process; with an interval of 0 s only the usage flush runs."""

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
        """Start the threads; every job runs immediately and then at its interval."""
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
        """Wait for running jobs, then release the leader lock."""
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
        """Run a job; a job that is not per process only if this process is the leader."""
        try:
            is_due_here = job.per_process or self._lock.try_acquire()
        except DBAPIError as error:
            note_failure(job.name, error)
            return
        if is_due_here:
            attempt(job.name, job.run, clock=self._context.clock)

    def _add(self, job: _Job, seconds: int, *, executor: str = "default") -> None:
        """Schedule ``job`` now and every ``seconds``, never concurrently with itself."""
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
