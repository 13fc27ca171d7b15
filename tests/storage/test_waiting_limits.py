"""A stuck database holds nobody for long."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from postgres_server import PostgresServer, open_postgres
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from qa_service.storage import postgres_limits, writer_queue
from qa_service.storage.engine import open_engine, session_scope

pytestmark = pytest.mark.slow


@contextmanager
def locked_by_another(path: Path) -> Iterator[None]:
    """The write lock of the file, held by somebody who never lets go."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with open_postgres() as server:
        yield server


class TestSqlite:
    @pytest.fixture
    def path(self, database: Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(writer_queue, "BUSY_TIMEOUT_MS", 1_500)
        monkeypatch.setattr(writer_queue, "CROWD_SECONDS", 0.3)
        return Path(database.url.database or "")

    def test_writers_give_up_together_and_a_crowd_sooner(
        self, path: Path, database: Engine
    ) -> None:
        def write(_number: int) -> float:
            began = time.monotonic()
            with pytest.raises(OperationalError), session_scope(database) as session:
                session.execute(text("SELECT 1"))
            return time.monotonic() - began

        with locked_by_another(path), ThreadPoolExecutor(40) as pool:
            waited = sorted(pool.map(write, range(40)))
        assert waited[-1] < 3.5
        assert waited[10] < 1.2

    def test_readers_and_later_writers_are_not_affected(self, path: Path, database: Engine) -> None:
        with locked_by_another(path), session_scope(database, read_only=True) as session:
            assert session.execute(text("SELECT count(*) FROM unit")).scalar() == 0
        with session_scope(database) as session:
            session.execute(text("DELETE FROM sign_in_failure"))


@pytest.mark.postgres
class TestPostgres:
    @pytest.fixture
    def limited(self, server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
        monkeypatch.setattr(postgres_limits, "ANSWER_SECONDS", 1)
        options = "-c statement_timeout=500ms -c lock_timeout=300ms"
        monkeypatch.setattr(postgres_limits, "SERVER_OPTIONS", options)
        engine = open_engine(server.url, limited=True)
        yield engine
        engine.dispose()

    def test_a_slow_statement_and_a_long_lock_are_ended(self, limited: Engine) -> None:
        with pytest.raises(OperationalError), limited.connect() as connection:
            connection.execute(text("SELECT pg_sleep(5)"))
        hold = text("SELECT pg_advisory_xact_lock(1)")
        with limited.connect() as one, limited.connect() as other:
            one.execute(hold)
            with pytest.raises(OperationalError):
                other.execute(hold)

    def test_a_frozen_server_is_given_up_and_used_again_when_it_wakes(
        self, limited: Engine, server: PostgresServer
    ) -> None:
        with limited.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        with frozen(server):
            began = time.monotonic()
            with pytest.raises(OperationalError), limited.connect() as connection:
                connection.execute(text("SELECT 1"))
            assert time.monotonic() - began < 10
        with limited.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1

    def test_commands_may_take_as_long_as_they_need(self, server: PostgresServer) -> None:
        engine = open_engine(server.url)
        with engine.connect() as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar() == "0"
        engine.dispose()


@contextmanager
def frozen(server: PostgresServer) -> Iterator[None]:
    """Every process of the server stopped, as on a machine without memory or disk."""
    main = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    processes = [main, *map(int, children)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
