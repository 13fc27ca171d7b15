"""The lock that one process at a time holds, on both databases."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from qa_service.storage.engine import session_scope
from qa_service.storage.locks.leader import LeaderLock, leader_lock
from qa_service.storage.migrate import upgrade

CUT_HOLDERS_OFF = """
SELECT bool_and(pg_terminate_backend(pid, 60000)) FROM pg_locks
WHERE locktype = 'advisory'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Returns once they are gone: a session that was only told to end still has its locks."""

HOLDER = """
import sys
from pathlib import Path
from qa_service.storage.locks.leader import FileLeaderLock
lock = FileLeaderLock(Path(sys.argv[1]))
print(lock.try_acquire(), flush=True)
sys.stdin.read()
"""


def open_two(engine: Engine) -> tuple[LeaderLock, LeaderLock]:
    return leader_lock(engine, "jobs"), leader_lock(engine, "jobs")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "sqlite":
        engine: Engine = request.getfixturevalue("database")
        return engine
    server: Engine = request.getfixturevalue("postgres_database")
    upgrade(server)
    return server


class TestLeaderLock:
    def test_is_held_by_one_again_and_again(self, engine: Engine) -> None:
        first, second = open_two(engine)
        for _ in range(5):
            assert (first.try_acquire(), second.try_acquire()) == (True, False)
        first.release()

    def test_passes_on_when_released(self, engine: Engine) -> None:
        first, second = open_two(engine)
        assert first.try_acquire()
        first.release()
        assert (second.try_acquire(), first.try_acquire()) == (True, False)
        second.release()

    def test_of_another_name_is_another(self, engine: Engine) -> None:
        first, other = leader_lock(engine, "jobs"), leader_lock(engine, "purge")
        assert first.try_acquire()
        assert other.try_acquire()
        first.release()
        other.release()

    def test_released_by_one_that_does_not_hold_it_stays(self, engine: Engine) -> None:
        first, second = open_two(engine)
        assert first.try_acquire()
        second.release()
        assert not second.try_acquire()
        first.release()


def test_on_sqlite_a_killed_holder_loses_it_at_once(database: Engine) -> None:
    path = Path(database.url.database or "").parent / "jobs.lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        lock = leader_lock(database, "jobs")
        assert not lock.try_acquire()
        holder.kill()
        holder.wait()
        assert lock.try_acquire()
        lock.release()


@pytest.mark.postgres
def test_on_postgresql_the_holder_that_is_cut_off_loses_it_at_once(
    postgres_database: Engine,
) -> None:
    first, second = open_two(postgres_database)
    assert first.try_acquire()
    assert not second.try_acquire()
    with session_scope(postgres_database) as session:
        assert session.execute(text(CUT_HOLDERS_OFF)).scalar_one()
    assert second.try_acquire()
    assert not first.try_acquire()
    second.release()
