"""A duty that one process at a time has, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from qa_service.storage.engine import session_scope
from qa_service.storage.lease import Office, open_office
from qa_service.storage.migrate import upgrade

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
LENGTH = timedelta(minutes=3)
CUT_HOLDERS_OFF = """
SELECT bool_and(pg_terminate_backend(pid, 60000)) FROM pg_locks
WHERE locktype = 'advisory'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Returns once they are gone: a session that was only told to end still has its locks."""


def open_two(engine: Engine) -> tuple[Office, Office]:
    return (
        open_office(engine, "round", "host:1", LENGTH),
        open_office(engine, "round", "host:2", LENGTH),
    )


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "sqlite":
        engine: Engine = request.getfixturevalue("database")
        return engine
    server: Engine = request.getfixturevalue("postgres_database")
    upgrade(server)
    return server


class TestOffice:
    def test_is_held_by_one_again_and_again(self, engine: Engine) -> None:
        first, second = open_two(engine)
        for minute in range(5):
            now = NOW + timedelta(minutes=minute)
            assert (first.is_held(now), second.is_held(now)) == (True, False)
        first.resign()

    def test_passes_on_when_given_up(self, engine: Engine) -> None:
        first, second = open_two(engine)
        assert first.is_held(NOW)
        first.resign()
        assert (second.is_held(NOW), first.is_held(NOW)) == (True, False)
        second.resign()

    def test_of_another_name_is_another(self, engine: Engine) -> None:
        first, _ = open_two(engine)
        other = open_office(engine, "purge", "host:2", LENGTH)
        assert first.is_held(NOW)
        assert other.is_held(NOW)
        first.resign()
        other.resign()


def test_on_sqlite_the_holder_that_is_gone_loses_it_when_its_time_is_up(database: Engine) -> None:
    first, second = open_two(database)
    assert first.is_held(NOW)
    assert not second.is_held(NOW + LENGTH - timedelta(seconds=1))
    assert second.is_held(NOW + LENGTH)
    assert not first.is_held(NOW + LENGTH)


@pytest.mark.postgres
def test_on_postgresql_the_holder_that_is_cut_off_loses_it_at_once(
    postgres_database: Engine,
) -> None:
    first, second = open_two(postgres_database)
    assert first.is_held(NOW)
    assert not second.is_held(NOW)
    with session_scope(postgres_database) as session:
        assert session.execute(text(CUT_HOLDERS_OFF)).scalar_one()
    assert second.is_held(NOW)
    assert not first.is_held(NOW)
    second.resign()


def test_on_sqlite_a_lease_taken_while_the_clock_was_ahead_holds_nobody_up(
    database: Engine,
) -> None:
    first, second = open_two(database)
    assert first.is_held(NOW + timedelta(days=1))
    assert second.is_held(NOW)
