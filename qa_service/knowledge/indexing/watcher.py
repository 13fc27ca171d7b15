"""Indexes changes between searches, so that no caller waits for them.

Every search compares revisions itself and indexes a few changes. Changes that take longer
than a caller can wait (a bulk import, a new word list) are indexed by the watcher alone.
"""

from threading import Event, Thread

from sqlalchemy import Engine

from qa_service.knowledge.indexing.calibration_watch import CalibrationWatch
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.knowledge.revision import CHANNEL
from qa_service.observability.events import IndexWatchInterrupted, log_event
from qa_service.storage.notices import has_notices, listening, wait_for_notice

POLL_SECONDS = 0.5
"""Interval of polling SQLite, and of a listener's check whether to stop."""

STOP_SECONDS = 5.0
"""Longest wait at shutdown for a change being indexed; a partial index is never used."""


class _StoppedError(Exception):
    """The watcher is told to stop while it works; what was embedded is kept for the next start."""


class IndexWatcher:
    """A thread that indexes every committed change within a second."""

    def __init__(self, database: Engine, index_sync: IndexSync) -> None:
        """Prepare the thread; it watches nothing until it is started."""
        self._database = database
        self._index_sync = index_sync
        self._calibrations = CalibrationWatch(index_sync)
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="index-watcher", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._index_sync.is_watched = True
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._index_sync.is_watched = False
        self._stopped.set()
        self._thread.join(STOP_SECONDS)

    def _watch(self) -> None:
        """Listen or poll until stopped; a failing database is tried again."""
        run_once = self._listen if has_notices(self._database) else self._poll
        while not self._stopped.is_set():
            try:
                run_once()
            except _StoppedError:
                return
            except Exception as error:
                # The database may come back; the message may hold the values of a statement.
                log_event(IndexWatchInterrupted(type(error).__qualname__))
                self._stopped.wait(POLL_SECONDS)

    def _follow(self) -> None:
        """Index what has no vectors yet, the word list in use and every committed change."""
        self._index_sync.look_again()
        self._index_sync.add_vectors(self._stop_between)
        self._index_sync.take_words()
        self._index_sync.catch_up()
        self._calibrations.follow()

    def _stop_between(self, _done: int, _total: int) -> None:
        """Raise between two batches if the watcher is told to stop."""
        if self._stopped.is_set():
            raise _StoppedError

    def _poll(self) -> None:
        """Follow once and wait."""
        self._follow()
        self._stopped.wait(POLL_SECONDS)

    def _listen(self) -> None:
        """Follow at every notice of the database until stopped or disconnected."""
        with listening(self._database, CHANNEL) as connection:
            # Notifications of changes committed before listening began are missed.
            self._follow()
            while not self._stopped.is_set():
                # An engine outside that failed gives no notice of its return.
                if wait_for_notice(connection, POLL_SECONDS) or self._index_sync.problem:
                    self._follow()
                else:
                    # Models are tuned beside the database, which gives no notice of it.
                    self._calibrations.take_stored()
