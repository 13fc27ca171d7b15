"""Leader lock (值守): at most one process of a service runs the scheduled jobs.

The operating system or PostgreSQL releases the lock when its process ends, so there is no
lease to renew and no clock to compare.
"""

import fcntl
from pathlib import Path
from threading import Lock
from typing import IO, Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from qa_service.storage.locks.advisory import lock_number

_TRY_LOCK = text("SELECT pg_try_advisory_lock(:number)")
_PING = text("SELECT 1")


class LeaderLock(Protocol):
    """A lock that one process at a time can hold; safe to use from several threads."""

    def try_acquire(self) -> bool:
        """Acquire the lock unless it is held already; never waits.

        Returns:
            Whether this object holds the lock now.

        """
        ...

    def release(self) -> None:
        """Release the lock if this object holds it."""
        ...


def leader_lock(engine: Engine, name: str) -> LeaderLock:
    """Return the lock called ``name`` of the service that uses the database of ``engine``.

    A session-level advisory lock on PostgreSQL; on SQLite a locked file in the folder of the
    database, because all processes of an SQLite database run on one machine.
    """
    if engine.dialect.name == "postgresql":
        return AdvisoryLeaderLock(engine, name)
    return FileLeaderLock(Path(engine.url.database or "").parent / f"{name}.lock")


class FileLeaderLock:
    """Leader lock by ``flock`` on a file; the file stays, only the lock on it counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._guard = Lock()

    def try_acquire(self) -> bool:
        """Lock the file unless another process has locked it; return whether it is locked here."""
        with self._guard:
            if self._file is not None:
                return True
            file = self._path.open("a", encoding="utf-8")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
            self._file = file
            return True

    def release(self) -> None:
        """Close the file and with it the lock."""
        with self._guard:
            if self._file is not None:
                self._file.close()
                self._file = None


class AdvisoryLeaderLock:
    """Leader lock held by one PostgreSQL connection for as long as that connection lasts."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._number = lock_number(f"leader:{name}")
        self._connection: Connection | None = None
        self._guard = Lock()

    def try_acquire(self) -> bool:
        """Acquire the lock, or check that the connection that holds it is still alive.

        Raises sqlalchemy.exc.DBAPIError when the server cannot be reached.
        """
        with self._guard:
            if self._connection is not None and self._is_alive(self._connection):
                return True
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.execute(_TRY_LOCK, {"number": self._number}).scalar_one():
                self._connection = connection
                return True
            connection.close()
            return False

    def release(self) -> None:
        """Close the connection and with it the lock."""
        with self._guard:
            self._close()

    def _is_alive(self, connection: Connection) -> bool:
        """Return whether the connection still works; drops it otherwise."""
        try:
            connection.execute(_PING)
        except DBAPIError:
            # The server released the lock together with the connection.
            self._close()
            return False
        return True

    def _close(self) -> None:
        """Close the connection for good."""
        if self._connection is not None:
            # Invalidated, because a connection that returns to the pool would keep its lock.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
