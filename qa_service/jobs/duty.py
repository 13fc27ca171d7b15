"""A duty: one thing the service does by itself, run apart from all others."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from qa_service.clock import Clock
from qa_service.observability.events import JobDone, JobFailed, kind_of, log_event, place_of
from qa_service.observability.metrics import JOB_FAILURES, JOB_LAST_SUCCESS
from qa_service.services import Services
from qa_service.settings import Settings
from qa_service.workdays.calendar import WorkCalendar

BATCH = 500
"""Rows of one transaction, few enough that other writers wait for a moment only."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """The services that duties need: less than a running service, so cron loads no model."""

    settings: Settings
    clock: Clock
    database: Engine
    calendar: WorkCalendar

    @classmethod
    def of(cls, services: Services) -> "JobContext":
        """Return the context of a running service."""
        return cls(services.settings, services.clock, services.database, services.calendar)


@dataclass(frozen=True, slots=True)
class Duty:
    """A named job. ``run`` owns its transactions and returns how many things it changed."""

    name: str
    run: Callable[[JobContext], int]
    per_process: bool = False
    """Whether every process runs it, not only the leader."""


def attempt(name: str, run: Callable[[], int], *, clock: Clock) -> int | None:
    """Run a job so that its failure stops no other.

    A failure is logged with its place (its message may hold a citizen's words) and counted.

    Returns:
        What ``run`` returned, None when it failed.

    """
    try:
        count = run()
    except Exception as error:
        note_failure(name, error)
        return None
    JOB_LAST_SUCCESS.labels(name).set(clock.now().timestamp())
    if count:
        log_event(JobDone(name, count))
    return count


def note_failure(name: str, error: Exception) -> None:
    """Log and count that the job called ``name`` failed."""
    log_event(JobFailed(name, kind_of(error), place_of(error)))
    JOB_FAILURES.labels(name).inc()
