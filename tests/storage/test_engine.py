from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from qa_service.storage.engine import open_engine, session_scope


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'deep' / 'notes.db'}")
    with session_scope(engine) as session:
        session.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)"))
        session.execute(text("CREATE TABLE reply (note_id INTEGER REFERENCES note (id))"))
    yield engine
    engine.dispose()


def add(engine: Engine, body: str) -> None:
    with session_scope(engine) as session:
        session.execute(text("INSERT INTO note (body) VALUES (:body)"), {"body": body})


def bodies(engine: Engine) -> list[str]:
    with session_scope(engine, read_only=True) as session:
        return list(session.scalars(text("SELECT body FROM note ORDER BY id")))


class StoppedError(Exception):
    """What goes wrong in the middle of a transaction."""


def add_and_stop(session: Session) -> None:
    session.execute(text("INSERT INTO note (body) VALUES ('gone')"))
    raise StoppedError


def add_in_a_savepoint_and_stop(session: Session) -> None:
    with session.begin_nested():
        add_and_stop(session)


class TestSessionScope:
    def test_commits_at_the_end(self, notes: Engine) -> None:
        add(notes, "a")
        assert bodies(notes) == ["a"]

    def test_a_dry_run_sees_what_it_wrote_and_leaves_nothing(self, notes: Engine) -> None:
        with session_scope(notes, dry_run=True) as session:
            session.execute(text("INSERT INTO note (body) VALUES ('tried')"))
            assert list(session.scalars(text("SELECT body FROM note"))) == ["tried"]
        assert bodies(notes) == []

    def test_rolls_back_on_any_error(self, notes: Engine) -> None:
        with pytest.raises(StoppedError), session_scope(notes) as session:
            add_and_stop(session)
        assert bodies(notes) == []

    def test_a_read_only_scope_commits_nothing(self, notes: Engine) -> None:
        with session_scope(notes, read_only=True) as session:
            session.execute(text("INSERT INTO note (body) VALUES ('a')"))
        assert bodies(notes) == []

    def test_a_savepoint_rolls_back_alone(self, notes: Engine) -> None:
        with session_scope(notes) as session:
            session.execute(text("INSERT INTO note (body) VALUES ('kept')"))
            with pytest.raises(StoppedError):
                add_in_a_savepoint_and_stop(session)
        assert bodies(notes) == ["kept"]


class TestSqlite:
    @pytest.mark.usefixtures("synced_disk")
    def test_is_safe_for_several_processes_and_a_power_cut(self, notes: Engine) -> None:
        with notes.connect() as connection:
            settings = [
                connection.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
        assert settings == ["wal", 2, 1, 10_000]

    def test_keeps_foreign_keys(self, notes: Engine) -> None:
        with pytest.raises(IntegrityError), session_scope(notes) as session:
            session.execute(text("INSERT INTO reply VALUES (404)"))

    def test_writers_that_read_first_take_turns(self, notes: Engine) -> None:
        add(notes, "0")

        def raise_by_one(_: int) -> None:
            with session_scope(notes) as session:
                number = int(session.scalar(text("SELECT body FROM note")))
                session.execute(text("UPDATE note SET body = :body"), {"body": str(number + 1)})

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(raise_by_one, range(60)))
        assert bodies(notes) == ["60"]

    def test_readers_do_not_wait_for_a_writer(self, notes: Engine) -> None:
        add(notes, "before")
        with session_scope(notes) as session:
            session.execute(text("UPDATE note SET body = 'after'"))
            assert bodies(notes) == ["before"]
        assert bodies(notes) == ["after"]


@pytest.mark.postgres
class TestPostgres:
    def test_commits_and_rolls_back(self, postgres_database: Engine) -> None:
        with session_scope(postgres_database) as session:
            session.execute(text("CREATE TABLE note (id SERIAL PRIMARY KEY, body TEXT)"))
        add(postgres_database, "a")
        with pytest.raises(StoppedError), session_scope(postgres_database) as session:
            add_and_stop(session)
        assert bodies(postgres_database) == ["a"]

    def test_a_read_only_scope_may_not_write(self, postgres_database: Engine) -> None:
        with (
            pytest.raises(DBAPIError, match="read-only"),
            session_scope(postgres_database, read_only=True) as session,
        ):
            session.execute(text("CREATE TABLE note (id SERIAL PRIMARY KEY, body TEXT)"))
        with session_scope(postgres_database) as session:
            session.execute(text("CREATE TABLE note (id SERIAL PRIMARY KEY, body TEXT)"))


@pytest.fixture
def postgres_notes(postgres_database: Engine) -> Engine:
    with session_scope(postgres_database) as session:
        session.execute(text("CREATE TABLE note (id SERIAL PRIMARY KEY, body TEXT)"))
    return postgres_database


@pytest.mark.parametrize(
    "name", ["notes", pytest.param("postgres_notes", marks=pytest.mark.postgres)]
)
def test_a_long_reader_sees_one_moment_while_others_write(
    name: str, request: pytest.FixtureRequest
) -> None:
    engine: Engine = request.getfixturevalue(name)
    add(engine, "before")
    count = text("SELECT count(*) FROM note")
    with session_scope(engine, read_only=True) as session:
        assert session.execute(count).scalar_one() == 1
        add(engine, "meanwhile")
        assert session.execute(count).scalar_one() == 1
    assert bodies(engine) == ["before", "meanwhile"]
