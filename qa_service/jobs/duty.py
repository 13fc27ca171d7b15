"""Duties: scheduled jobs whose failures are isolated from each other."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from qa_service.clock import Clock
from qa_service.consultation.search.searcher import Searcher
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.observability.events import JobDone, JobFailed, kind_of, log_event, place_of
from qa_service.observability.metrics import JOB_FAILURES, JOB_LAST_SUCCESS
from qa_service.services import Services
from qa_service.settings import Settings
from qa_service.storage.encryption import FieldCipher, read_keys, secrets_folder
from qa_service.workdays.calendar import WorkCalendar

BATCH = 500
"""Rows per transaction, few enough that other writers wait only briefly."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """The services that duties need; cron, which loads neither model nor keys, has none."""

    settings: Settings
    clock: Clock
    database: Engine
    calendar: WorkCalendar
    index_sync: IndexSync | None = None
    cipher: FieldCipher | None = None
    searcher: Searcher | None = None

    @classmethod
    def of(cls, services: Services) -> "JobContext":
        """Return the context of a running service."""
        return cls(
            services.settings,
            services.clock,
            services.database,
            services.calendar,
            services.index_sync,
            services.cipher,
            services.searcher,
        )


@dataclass(frozen=True, slots=True)
class Duty:
    """A named job. ``run`` owns its transactions and returns the number of changes."""

    name: str
    run: Callable[[JobContext], int]
    per_process: bool = False
    """Whether every process runs it, not only the leader."""


def cipher_of(context: JobContext) -> FieldCipher:
    """Return the cipher; where the keys were not loaded, as by cron, they are read from disk."""
    return context.cipher or FieldCipher(read_keys(secrets_folder(context.settings.data_dir)))


def attempt(name: str, run: Callable[[], int], *, clock: Clock) -> int | None:
    """Run a job; a failure is logged and counted instead of raised.

    Of a failure the place is logged, not the message, which may hold a citizen's words.

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
    """Log and count a failure of the job called ``name``."""
    log_event(JobFailed(name, kind_of(error), place_of(error)))
    JOB_FAILURES.labels(name).inc()
