from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from actors import person
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from qa_service.accounts.audit import (
    FIRST_HASH,
    AuditFilter,
    Break,
    hash_of,
    list_events,
    newest_hash,
    record,
    verify,
)
from qa_service.accounts.models import AuditEvent
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def trail(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with five rows in its trail."""
    if request.param == "sqlite":
        engine = request.getfixturevalue("database")
    else:
        engine = request.getfixturevalue("migrated_postgres")
    with session_scope(engine) as session:
        for number in range(5):
            at = NOW + timedelta(minutes=number)
            record(
                session,
                AuditAction.EDIT,
                actor=person("甲"),
                now=at,
                subject=f"问答 {number}",
                change="改",
            )
    yield engine


def tamper(engine: Engine, statement: str) -> None:
    """As somebody with the database in hand would, past the triggers."""
    name = "" if engine.dialect.name == "sqlite" else " ON audit_event"
    with engine.begin() as connection:
        if not name:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_event_kept"))
        connection.execute(text(f"DROP TRIGGER audit_event_unchanged{name}"))
        connection.execute(text(statement))


class TestChain:
    def test_as_it_was_written_is_whole(self, trail: Engine) -> None:
        with session_scope(trail, read_only=True) as session:
            assert verify(session) is None
            assert newest_hash(session) != FIRST_HASH

    @pytest.mark.parametrize(
        ("statement", "row"),
        [
            ("UPDATE audit_event SET actor = '乙' WHERE id = 3", 3),
            ("UPDATE audit_event SET details = '{}' WHERE id = 1", 1),
            ("UPDATE audit_event SET occurred_at = '2026-01-01 00:00:00+00' WHERE id = 2", 2),
            ("UPDATE audit_event SET hash = previous_hash WHERE id = 4", 4),
            ("DELETE FROM audit_event WHERE id = 1", 1),
            ("DELETE FROM audit_event WHERE id = 3", 3),
            ("UPDATE audit_event SET id = 9 WHERE id = 5", 5),
        ],
    )
    def test_that_was_changed_is_broken_there(
        self, trail: Engine, statement: str, row: int
    ) -> None:
        tamper(trail, statement)
        with session_scope(trail, read_only=True) as session:
            found = verify(session)
        assert found is not None
        assert found.row == row

    def test_cut_off_at_the_end_is_found_by_the_hash_kept_elsewhere(self, trail: Engine) -> None:
        with session_scope(trail, read_only=True) as session:
            noted = newest_hash(session)
        tamper(trail, "DELETE FROM audit_event WHERE id = 5")
        with session_scope(trail, read_only=True) as session:
            assert verify(session) is None
            found = verify(session, newest_hash=noted)
        assert found is not None
        assert found.row == 5

    @pytest.mark.parametrize(
        "statement", ["DELETE FROM audit_event", "UPDATE audit_event SET actor = 'x'"]
    )
    def test_is_append_only_by_the_database(self, trail: Engine, statement: str) -> None:
        with pytest.raises(DBAPIError, match="append-only"), trail.begin() as connection:
            connection.execute(text(statement))

    def test_of_many_writers_at_once_stays_one_chain(self, trail: Engine) -> None:
        def write(number: int) -> None:
            with session_scope(trail) as session:
                record(session, AuditAction.SIGN_IN, actor=person(f"坐席{number}"), now=NOW)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(24)))
        with session_scope(trail, read_only=True) as session:
            assert verify(session) is None
            assert len(session.exec(select(AuditEvent.id)).all()) == 29

    def test_a_transaction_that_fails_leaves_no_row(self, trail: Engine) -> None:
        def fail(session: Session) -> None:
            record(session, AuditAction.EDIT, actor=person("甲"), now=NOW)
            raise RuntimeError

        with pytest.raises(RuntimeError), session_scope(trail) as session:
            fail(session)
        with session_scope(trail, read_only=True) as session:
            assert verify(session) is None
            assert len(list_events(session, AuditFilter())) == 5


class TestList:
    def test_is_filtered_and_goes_on_where_it_ended(self, trail: Engine) -> None:
        with session_scope(trail) as session:
            record(session, AuditAction.SIGN_IN, actor=person("乙"), now=NOW + timedelta(days=1))
        with session_scope(trail, read_only=True) as session:
            assert [one.actor for one in list_events(session, AuditFilter(actor="乙"))] == ["乙"]
            edits = AuditFilter(action=AuditAction.EDIT, until=NOW + timedelta(hours=1))
            first = list_events(session, edits, limit=3)
            rest = list_events(session, edits, before=first[-1].id, limit=3)
            assert [one.id for one in (*first, *rest)] == [5, 4, 3, 2, 1]
            assert len(list_events(session, AuditFilter(subject="问答 2"))) == 1


class TestWho:
    def test_a_row_of_an_earlier_release_keeps_its_hash(self) -> None:
        earlier = AuditEvent(
            id=1, occurred_at=NOW, actor="wang", action="edit", previous_hash=FIRST_HASH, hash=""
        )
        said = (
            '{"action":"edit","actor":"wang","details":{},"id":1,"occurred_at":'
            f'{NOW.timestamp()},"previous_hash":"{FIRST_HASH}","subject":""}}'
        )
        assert hash_of(earlier) == sha256(said.encode()).hexdigest()

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE audit_event SET actor_person_id = NULL WHERE id = 2",
            "UPDATE audit_event SET actor_person_id = 7 WHERE id = 2",
            "UPDATE audit_event SET actor_key_id = 7 WHERE id = 2",
        ],
    )
    def test_the_hash_covers_person_and_key(self, trail: Engine, change: str) -> None:
        tamper(trail, change)
        with session_scope(trail, read_only=True) as session:
            assert verify(session) == Break(2, "内容被改动")

    def test_a_long_name_is_kept_whole(self, trail: Engine) -> None:
        name = "api:" + "热" * 60 + "/" + "王" * 60
        with session_scope(trail) as session:
            record(session, AuditAction.EDIT, actor=person(name), now=NOW)
            wanted = AuditFilter(actor=name)
            assert [one.actor for one in list_events(session, wanted)] == [name]
            assert verify(session) is None
