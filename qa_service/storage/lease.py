"""A lease: what many processes could do, one of them does (定时任务只执行一次)."""

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine, delete, or_, text, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError
from sqlmodel import Field, Session, SQLModel, col

from qa_service.storage.advisory_locks import lock_for_transaction, lock_number
from qa_service.storage.column_types import UTCDateTime
from qa_service.storage.engine import session_scope

_TRY_LOCK = text("SELECT pg_try_advisory_lock(:number)")
_PING = text("SELECT 1")


class JobLease(SQLModel, table=True):
    """Who holds a lease, and until when."""

    __tablename__ = "job_lease"

    name: str = Field(primary_key=True, max_length=64)
    holder: str = Field(max_length=64)
    held_until: datetime = Field(sa_type=UTCDateTime)


def hold_lease(
    session: Session, name: str, holder: str, *, now: datetime, length: timedelta
) -> bool:
    """Whether ``holder`` has the lease from now on: free, run out, or his already."""
    lock_for_transaction(session, f"lease:{name}")
    if session.get(JobLease, name) is None:
        session.add(JobLease(name=name, holder=holder, held_until=now + length))
        session.flush()
        return True
    statement = (
        update(JobLease)
        .where(
            col(JobLease.name) == name,
            or_(
                col(JobLease.holder) == holder,
                col(JobLease.held_until) <= now,
                # No lease is that long: it was taken while a clock was ahead.
                col(JobLease.held_until) > now + length,
            ),
        )
        .values(holder=holder, held_until=now + length)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1


class Office(Protocol):
    """A duty that one process at a time has (值守)."""

    def is_held(self, now: datetime) -> bool:
        """Whether this process has it from now on."""
        ...

    def resign(self) -> None:
        """Give it up, so that another need not wait."""
        ...


def open_office(engine: Engine, name: str, holder: str, length: timedelta) -> Office:
    """The office called ``name`` for this process, ``holder``.

    On PostgreSQL an advisory lock of the session, which a dead process loses at once; on
    SQLite a row that has to be renewed within ``length``.
    """
    if engine.dialect.name == "postgresql":
        return AdvisoryOffice(engine, name)
    return LeasedOffice(engine, name, holder, length)


class AdvisoryOffice:
    """Held as long as one connection to PostgreSQL lasts."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Holds nothing yet."""
        self._engine = engine
        self._number = lock_number(f"office:{name}")
        self._connection: Connection | None = None

    def is_held(self, now: datetime) -> bool:
        """Whether the lock is ours: still, or from now on."""
        if self._connection is not None:
            try:
                self._connection.execute(_PING)
            except DBAPIError:
                # The server let the lock go with the connection.
                self.resign()
            else:
                return True
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.execute(_TRY_LOCK, {"number": self._number}).scalar_one():
            self._connection = connection
            return True
        connection.close()
        return False

    def resign(self) -> None:
        """Let the lock go with its connection."""
        if self._connection is not None:
            # Closed for good: back in the pool it would keep the lock.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


class LeasedOffice:
    """Held by a row that names the holder and how long."""

    def __init__(self, engine: Engine, name: str, holder: str, length: timedelta) -> None:
        """Holds nothing yet."""
        self._engine = engine
        self._name = name
        self._holder = holder
        self._length = length

    def is_held(self, now: datetime) -> bool:
        """Whether the row is ours from ``now`` on."""
        with session_scope(self._engine) as session:
            return hold_lease(session, self._name, self._holder, now=now, length=self._length)

    def resign(self) -> None:
        """Leave the row to whoever asks next."""
        with session_scope(self._engine) as session:
            session.execute(
                delete(JobLease).where(
                    col(JobLease.name) == self._name, col(JobLease.holder) == self._holder
                )
            )
