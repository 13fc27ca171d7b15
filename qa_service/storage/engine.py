"""Engines and transactions for SQLite (embedded default) and PostgreSQL."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Any

from sqlalchemy import CursorResult, Engine, Select, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

from qa_service.storage import postgres_limits
from qa_service.storage.writer_queue import BUSY_TIMEOUT_MS, READ_ONLY, WriterQueue

POOLED = 40
"""Connections per process: as many as FastAPI has threads, so that no thread waits."""

SPARE = 10
"""More connections, for scheduled jobs and health checks while all threads have one."""

POOL_SECONDS = 10
"""Longest wait for a connection of the pool."""

_POOL: dict[str, Any] = {
    "pool_size": POOLED,
    "max_overflow": SPARE,
    "pool_timeout": POOL_SECONDS,
    "hide_parameters": True,
}


def open_engine(database_url: str, *, limited: bool = False, read_only: bool = False) -> Engine:
    """Create an engine for ``database_url``; ``limited`` ones end what takes long on PostgreSQL.

    Every transaction of a ``read_only`` one only reads; the database itself refuses a write.

    SQLite runs in WAL mode with foreign keys on and full synchronisation, so an acknowledged
    commit survives a killed process and a power cut. Database errors never contain the
    values of a statement, which may be a citizen's words.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        url = url.set(drivername="postgresql+psycopg")
        engine = create_engine(url, pool_pre_ping=True, **_POOL)
        if limited:
            postgres_limits.limit(engine)
        return engine.execution_options(**_reading(engine)) if read_only else engine
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"check_same_thread": False}, **_POOL)
    writers = WriterQueue()
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", writers.begin)
    event.listen(engine, "checkin", writers.end)
    if read_only:
        event.listen(engine, "connect", _refuse_writes)
        return engine.execution_options(**_reading(engine))
    return engine


def _prepare_sqlite(connection: SQLiteConnection, _record: object) -> None:
    """Set up a new SQLite connection."""
    # The driver's BEGIN comes too late for savepoints; WriterQueue.begin emits it instead.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        # REPLACE then runs the triggers that keep the trails append-only.
        "recursive_triggers = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _refuse_writes(connection: SQLiteConnection, _record: object) -> None:
    """Let a new SQLite connection read alone."""
    connection.execute("PRAGMA query_only = ON")


@contextmanager
def session_scope(
    engine: Engine, *, read_only: bool = False, dry_run: bool = False
) -> Iterator[Session]:
    """Open a session for one transaction; commits when the block ends, rolls back on an error.

    A ``read_only`` session never commits, never waits for writers, and reads one snapshot of
    the database for its entire duration. A ``dry_run`` session is rolled back at its end.
    """
    bind = engine.execution_options(**_reading(engine)) if read_only else engine
    with Session(bind, expire_on_commit=False) as session:
        try:
            yield session
        except BaseException:
            session.rollback()
            raise
        if read_only or dry_run:
            # Rolls back like ``rollback``, which would also empty the rows that were loaded.
            session.close()
        else:
            session.commit()


def _reading(engine: Engine) -> Mapping[str, str | bool]:
    """Return the execution options of a read-only transaction."""
    if engine.dialect.name == "sqlite":
        return {READ_ONLY: True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def read_columns(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    parameters: Mapping[str, object] | None = None,
) -> CursorResult[*tuple[Any, ...]]:
    """Execute a statement that selects columns only, faster than ``Session.execute``.

    Pending changes of the session are flushed first, so the result includes them.
    """
    session.flush()
    return session.connection().execute(statement, parameters)
