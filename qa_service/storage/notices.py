"""Notices between processes on one PostgreSQL (LISTEN and NOTIFY)."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import Engine, text
from sqlmodel import Session

_NOTIFY = text("SELECT pg_notify(:channel, '')")


def has_notices(engine: Engine) -> bool:
    """Whether the database can wake up those who listen; SQLite cannot."""
    return engine.dialect.name == "postgresql"


def notify(session: Session, channel: str) -> None:
    """Wake up who listens on ``channel`` once this transaction is committed, if anybody can."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_NOTIFY, {"channel": channel})


@contextmanager
def listening(engine: Engine, channel: str) -> Iterator[psycopg.Connection]:
    """A connection of its own that hears ``channel``; raises psycopg.OperationalError."""
    arguments, options = engine.dialect.create_connect_args(engine.url)
    with psycopg.connect(*arguments, **options, autocommit=True) as connection:
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield connection


def wait_for_notice(connection: psycopg.Connection, seconds: float) -> bool:
    """Whether a notice came within ``seconds``; raises psycopg.OperationalError when cut off."""
    return any(True for _ in connection.notifies(timeout=seconds, stop_after=1))
