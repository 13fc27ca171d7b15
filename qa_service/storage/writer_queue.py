"""The queue of a process's writers for the write lock of a SQLite database."""

from collections import deque
from sqlite3 import SQLITE_BUSY, OperationalError
from sqlite3 import Connection as SQLiteConnection
from threading import Event, Lock
from time import monotonic, sleep
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 10_000
"""Longest wait of a SQLite writer for others before it fails."""

PAUSE_SECONDS = 0.001
"""Pause before the lock that another process holds is asked for again."""

CROWD = 20
CROWD_SECONDS = 3.0
"""A writer with so many waiting before it waits only so long: as long as a stuck database
lets nobody write, threads are left for requests that only read."""

READ_ONLY = "qa_read_only"
"""Name of the execution option that marks a read-only transaction."""

_IS_ADMITTED = "qa_is_admitted"


class WriterQueue:
    """Queues the writers of this process for SQLite's write lock, first come first served.

    SQLite itself waits by polling with growing pauses, so under many writers most of the time is
    spent sleeping and some wait for seconds. The first of this queue asks again every millisecond
    while another process writes: with SQLite's pauses, of up to a tenth of a second, it would find
    the lock taken by the next writer of that process each time.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Event] = deque()
        self._is_held = False

    def begin(self, connection: Connection) -> None:
        """Begin a transaction; a writing one acquires the write lock immediately."""
        if connection.get_execution_options().get(READ_ONLY, False):
            connection.exec_driver_sql("BEGIN")
            return
        # One limit for the queue and for other processes.
        until = monotonic() + BUSY_TIMEOUT_MS / 1000
        connection.info[_IS_ADMITTED] = self._wait()
        _begin_writing(connection, until if connection.info[_IS_ADMITTED] else 0)

    def end(self, connection: SQLiteConnection | None, record: ConnectionPoolEntry) -> None:
        """Roll back an open transaction and admit the next writer."""
        try:
            # A failed COMMIT leaves the transaction open and the write lock held.
            if connection is not None and connection.in_transaction:
                connection.rollback()
        finally:
            if record.info.pop(_IS_ADMITTED, False):
                self._admit_next()

    def _wait(self) -> bool:
        """Wait in the queue; return whether this writer was admitted in time."""
        admitted = Event()
        with self._lock:
            if not self._is_held:
                self._is_held = True
                return True
            seconds = CROWD_SECONDS if len(self._waiting) >= CROWD else BUSY_TIMEOUT_MS / 1000
            self._waiting.append(admitted)
        if admitted.wait(seconds):
            return True
        with self._lock:
            # Admitted at the same moment as the timeout, or else removed from the queue.
            if admitted.is_set():
                return True
            self._waiting.remove(admitted)
            return False

    def _admit_next(self) -> None:
        """Admit the writer that has waited longest."""
        with self._lock:
            self._is_held = bool(self._waiting)
            if self._waiting:
                self._waiting.popleft().set()


def _begin_writing(connection: Connection, until: float) -> None:
    """Begin a transaction that holds the write lock.

    A transaction that reads first and then writes fails if another wrote in between; with the
    lock from the beginning it waits instead. Raises the error of a busy database where another
    process holds the lock at ``until``, in the seconds of ``monotonic``.
    """
    driver = cast("SQLiteConnection", connection.connection.dbapi_connection)
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while monotonic() < until:
            if _takes_lock(driver):
                return
            sleep(PAUSE_SECONDS)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _takes_lock(driver: SQLiteConnection) -> bool:
    """Begin a transaction with the write lock; return False, and begin none, if it is taken."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except OperationalError as error:
        # The extended code tells more than that it is busy; its last byte is the plain one.
        if error.sqlite_errorcode & 0xFF != SQLITE_BUSY:
            raise
        return False
    return True
