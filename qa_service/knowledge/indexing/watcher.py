"""Keeps a process's index fresh between searches, so that no caller waits for a change.

Every search compares revisions by itself and takes a few changes in. What takes longer than a
caller can wait, a bulk import or new words, is taken in here alone.
"""

from threading import Event, Thread

from sqlalchemy import Engine

from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.knowledge.revision import CHANNEL
from qa_service.observability.events import IndexWatchInterrupted, log_event
from qa_service.storage.notices import has_notices, listening, wait_for_notice

GLANCE_SECONDS = 0.5
"""How often SQLite is asked for its revision, and how soon a listener sees that it should stop."""

STOP_SECONDS = 5.0
"""For which a change being taken in is waited for; an index half built is never used."""


class IndexWatcher:
    """A thread that lets the index follow every committed change within a second."""

    def __init__(self, database: Engine, index_sync: IndexSync) -> None:
        """Watches nothing until it is started."""
        self._database = database
        self._follower = index_sync
        self._stopped = Event()
        self._thread = Thread(target=self._watch, name="bank-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._follower.is_watched = True
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._follower.is_watched = False
        self._stopped.set()
        self._thread.join(STOP_SECONDS)

    def _watch(self) -> None:
        turn = self._listen if has_notices(self._database) else self._glance
        while not self._stopped.is_set():
            try:
                turn()
            except Exception as error:
                # A database that is away comes back; the message may hold a statement's values.
                log_event(IndexWatchInterrupted(type(error).__qualname__))
                self._stopped.wait(GLANCE_SECONDS)

    def _follow(self) -> None:
        self._follower.take_words()
        self._follower.catch_up()

    def _glance(self) -> None:
        self._follow()
        self._stopped.wait(GLANCE_SECONDS)

    def _listen(self) -> None:
        with listening(self._database, CHANNEL) as connection:
            # What was committed before it listened wakes nobody.
            self._follow()
            while not self._stopped.is_set():
                if wait_for_notice(connection, GLANCE_SECONDS):
                    self._follow()
