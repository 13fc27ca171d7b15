"""Lets the process of the tests leave it to the system when what it writes reaches the disk.

A commit waits several milliseconds for the disk, and longer where other processes of the run
write too. Only a power cut tells the difference: services that tests kill are other processes,
which wait as in production.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from sqlite3 import Connection, DatabaseError

import pytest
from sqlalchemy import event
from sqlalchemy.pool import ConnectionPoolEntry, Pool

_IS_LEFT = "qa_tests_is_left"


def _leave(connection: object, entry: ConnectionPoolEntry, _fairy: object) -> None:
    """Have a connection wait for no disk, from its first use on, unless it may not be told so."""
    if isinstance(connection, Connection) and _IS_LEFT not in entry.info:
        with suppress(DatabaseError):
            connection.execute("PRAGMA synchronous = OFF")
        entry.info[_IS_LEFT] = True


@pytest.fixture(scope="session", autouse=True)
def unsynced_disk() -> Iterator[None]:
    event.listen(Pool, "checkout", _leave)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: None)
        yield
    event.remove(Pool, "checkout", _leave)


@pytest.fixture
def synced_disk() -> Iterator[None]:
    """Have new engines of this test wait for the disk as those of a service do."""
    event.remove(Pool, "checkout", _leave)
    yield
    event.listen(Pool, "checkout", _leave)
