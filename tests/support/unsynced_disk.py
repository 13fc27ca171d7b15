"""Lets the process of the tests leave it to the system when what it writes reaches the disk.

A commit waits several milliseconds for the disk, and longer where other processes of the run
write too. Only a power cut tells the difference: services that tests kill are other processes,
which wait as in production.
"""

import os
from collections.abc import Iterator
from sqlite3 import Connection

import pytest

from qa_service.storage import engine as storage_engine

_prepare = storage_engine._prepare_sqlite


def _prepare_unsynced(connection: Connection, record: object) -> None:
    _prepare(connection, record)
    connection.execute("PRAGMA synchronous = OFF")


@pytest.fixture(scope="session", autouse=True)
def unsynced_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage_engine, "_prepare_sqlite", _prepare_unsynced)
        patch.setattr(os, "fsync", lambda _file: None)
        yield


@pytest.fixture
def synced_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have connections of this test prepared as those of a service are."""
    monkeypatch.setattr(storage_engine, "_prepare_sqlite", _prepare)
