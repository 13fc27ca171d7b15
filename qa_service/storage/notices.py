"""Notifications between processes of one PostgreSQL database (LISTEN and NOTIFY)."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import Engine, text
from sqlmodel import Session

from qa_service.storage.postgres_limits import CONNECT_ARGUMENTS

_NOTIFY = text("SELECT pg_notify(:channel, '')")


def has_notices(engine: Engine) -> bool:
    """Return whether the database can notify listeners; SQLite cannot."""
    return engine.dialect.name == "postgresql"


def notify(session: Session, channel: str) -> None:
    """Notify the listeners of ``channel`` once this transaction is committed; no-op on SQLite."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_NOTIFY, {"channel": channel})


@contextmanager
def listening(engine: Engine, channel: str) -> Iterator[psycopg.Connection]:
    """Open a connection that listens on ``channel``; raises psycopg.OperationalError."""
    arguments, options = engine.dialect.create_connect_args(engine.url)
    options = {**CONNECT_ARGUMENTS, **options}
    with psycopg.connect(*arguments, **options, autocommit=True) as connection:
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield connection


def wait_for_notice(connection: psycopg.Connection, seconds: float) -> bool:
    """Wait at most ``seconds`` for a notification; return whether one came.

    Raises psycopg.OperationalError when the connection is lost.
    """
    return any(True for _ in connection.notifies(timeout=seconds, stop_after=1))
