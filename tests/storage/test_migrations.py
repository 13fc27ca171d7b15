import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from postgres_server import fresh_database
from sqlalchemy import Engine, Insert, insert, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import FIRST_HASH, hash_of, record, verify
from qa_service.accounts.models import AuditEvent
from qa_service.knowledge.models import QAPair, QAVersion, QuestionVariant
from qa_service.knowledge.pairs.queries import list_versions, version_content, view_pairs
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.review_models import Review
from qa_service.ledger.models import LedgerEntry
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.migrate import (
    MIGRATIONS,
    downgrade,
    is_current,
    revisions,
    upgrade,
    write_revision,
)
from qa_service.vocabulary import AdoptedFrom, AuditAction, Channel, ReviewPart, VariantOrigin

for _room in ("accounts", "knowledge", "ledger", "consultation", "reporting", "outbox", "storage"):
    import_module(f"qa_service.{_room}.models")


NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'bank.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(f"{request.param}_database")
    return engine


@pytest.fixture
def migrated_sqlite(migrated: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(migrated, tmp_path / "bank.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'bank.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated_database(request: pytest.FixtureRequest) -> Engine:
    """A copy of a database that was migrated from nothing to the newest revision."""
    engine: Engine = request.getfixturevalue(f"migrated_{request.param}")
    return engine


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


class TestUpgrade:
    def test_makes_exactly_the_tables_the_code_has(self, migrated_database: Engine) -> None:
        with migrated_database.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []

    def test_puts_in_the_one_revision_counter_and_says_it_is_current(
        self, migrated_database: Engine
    ) -> None:
        with migrated_database.connect() as connection:
            rows = connection.execute(text("SELECT id, revision FROM index_revision")).all()
        assert [tuple(row) for row in rows] == [(1, 0)]
        assert is_current(migrated_database)

    def test_gives_every_bank_its_own_identity(self, tmp_path: Path) -> None:
        identities = set()
        for name in ("one.db", "other.db"):
            engine = open_engine(f"sqlite:///{tmp_path / name}")
            upgrade(engine, revisions()[0])
            assert not is_current(engine)
            with engine.connect() as connection:
                identities.add(connection.scalar(text("SELECT bank_id FROM index_revision")))
            engine.dispose()
        assert len(identities) == 2

    def test_a_second_run_changes_nothing(self, migrated_database: Engine) -> None:
        with migrated_database.connect() as connection:
            before = connection.scalar(text("SELECT bank_id FROM index_revision"))
        upgrade(migrated_database)
        with migrated_database.connect() as connection:
            assert connection.scalar(text("SELECT bank_id FROM index_revision")) == before

    def test_an_empty_database_is_not_current(self, empty_database: Engine) -> None:
        assert not is_current(empty_database)


EARLIER_BANK = """
INSERT INTO unit (id, key, name, is_default) VALUES (1, 'tax', '税务局', true);
INSERT INTO qa_pair (id, key, field, unit_id, question_key, status, effective_from,
                     expires_on, current_version_id, revision, created_at, updated_at)
VALUES (1, 'a', '纳税', 1, 'k', 'published', '2026-01-01',
        '2030-12-31', 2, 1, '2026-01-01', '2026-01-01');
INSERT INTO qa_version (id, pair_id, number, question, answer, phone_script, keywords, variants,
                        field, unit_id, effective_from, expires_on, content_hash, author,
                        created_at)
VALUES (1, 1, 1, '发票怎么开？', '第1版', '口播', '[]', '["开票", "怎样开发票"]',
        '纳税', 1, '2026-01-01', '2030-12-31', 'h', '甲', '2026-01-01'),
       (2, 1, 2, '发票怎么开？', '第2版', '口播', '[]', '["开票", "怎样开发票"]',
        '纳税', 1, '2026-01-01', '2030-12-31', 'h', '甲', '2026-01-01');
INSERT INTO question_variant (id, pair_id, text, origin, accepted_by, position)
VALUES (1, 1, '开票', 'author', '甲', 0), (2, 1, '怎样开发票', 'author', '甲', 1)
"""

EARLIER_LEDGER = """
INSERT INTO unit (id, key, name, is_default) VALUES (1, 'tax', '税务局', true);
INSERT INTO ledger_entry (id, number, kind, channel, question, terms, unit_id, routed_by, state,
                          joined_to_id, received_at, limit_workdays, extended_workdays, due_on,
                          original_due_on, due_provisional, version)
VALUES (1, 'ZX20261124-0001', 'consultation', 'hotline', '发票咋开', '', 1, 'default', 'approved',
        NULL, '2026-11-24', 5, 0, '2026-12-01', '2026-12-01', false, 1),
       (2, 'ZX20261124-0002', 'consultation', '', '怎样开发票', '', 1, 'default', 'assigned',
        1, '2026-11-24', 5, 0, '2026-12-01', '2026-12-01', false, 1);
INSERT INTO qa_pair (id, key, area, unit_id, question_key, status, effective_from, origin,
                     revision, created_at, updated_at)
VALUES (1, 'a', '纳税', 1, 'k', 'draft', '2026-01-01', 'ZX20261124-0001', 1,
        '2026-01-01', '2026-01-01');
INSERT INTO question_variant (id, pair_id, text, origin, accepted_by, position)
VALUES (1, 1, '发票咋开', 'author', '甲', 0), (2, 1, '怎样开发票', 'author', '甲', 1),
       (3, 1, '开票', 'author', '甲', 2)
"""


UNSIGNED_BANK = """
INSERT INTO unit (id, key, name, is_default) VALUES (1, 'tax', '税务局', true);
INSERT INTO qa_pair (id, key, area, unit_id, question_key, status, effective_from, round,
                     current_version_id, revision, created_at, updated_at)
VALUES (1, 'a', '纳税', 1, 'k', 'published', '2026-01-01', 0, 1, 1, '2026-01-01', '2026-01-01'),
       (2, 'b', '纳税', 1, 'l', 'published', '2026-01-01', 0, 2, 1, '2026-01-01', '2026-01-01'),
       (3, 'c', '纳税', 1, 'm', 'published', '2026-01-01', 1, 3, 1, '2026-01-01', '2026-01-01'),
       (4, 'd', '纳税', 1, 'n', 'draft', '2026-01-01', 0, 4, 1, '2026-01-01', '2026-01-01');
INSERT INTO qa_version (id, pair_id, number, question, answer, phone_script, keywords, variants,
                        area, unit_id, effective_from, content_hash, author, clarifying, audience,
                        region, created_at)
VALUES (1, 1, 1, 'q', 'a', 's', '[]', '[]', '纳税', 1, '2026-01-01', 'h', '起步库', '[]', '', '',
        '2026-01-01'),
       (2, 2, 1, 'q', 'a', 's', '[]', '[]', '纳税', 1, '2026-01-01', 'h', '导入', '[]', '', '',
        '2026-01-01'),
       (3, 3, 1, 'q', 'a', 's', '[]', '[]', '纳税', 1, '2026-01-01', 'h', '甲', '[]', '', '',
        '2026-01-01'),
       (4, 4, 1, 'q', 'a', 's', '[]', '[]', '纳税', 1, '2026-01-01', 'h', '甲', '[]', '', '',
        '2026-01-01');
INSERT INTO review (id, pair_id, version_id, round, stage, passed, signer, reason, signed_hash,
                    created_at)
VALUES (1, 3, 3, 1, 'final', true, '乙', '', 'h', '2026-01-01')
"""


class TestEarlierRelease:
    def test_of_a_bank_its_pairs_and_every_version_are_there(self, empty_database: Engine) -> None:
        upgrade(empty_database, "0012_role_units")
        with empty_database.begin() as connection:
            for statement in EARLIER_BANK.split(";"):
                connection.execute(text(statement))
        upgrade(empty_database)
        with session_scope(empty_database, read_only=True) as session:
            (view,) = view_pairs(session, [1], day=date(2026, 11, 24))
            first = list_versions(session, find_pair(session, 1))[-1]
            content = version_content(session, first)
        assert (view.content.answer, view.content.variants, view.has_draft) == (
            "第2版",
            ("开票", "怎样开发票"),
            False,
        )
        assert (content.answer, content.variants, content.expires_on, content.unit) == (
            "第1版",
            ("开票", "怎样开发票"),
            date(2030, 12, 31),
            "tax",
        )
        downgrade(empty_database, "0012_role_units")
        upgrade(empty_database)

    def test_of_a_bank_what_nobody_signed_is_marked_as_unsigned(
        self, empty_database: Engine
    ) -> None:
        upgrade(empty_database, "0016_actor")
        with empty_database.begin() as connection:
            for statement in UNSIGNED_BANK.split(";"):
                connection.execute(text(statement))
        upgrade(empty_database)
        with session_scope(empty_database, read_only=True) as session:
            marks = session.exec(select(QAPair.adopted_from).order_by(col(QAPair.id))).all()
            versions = session.exec(select(QAVersion.adopted_from).order_by(col(QAVersion.id)))
            assert versions.all() == marks
            (review,) = session.exec(select(Review)).all()
        assert marks == [AdoptedFrom.STARTER_BANK, AdoptedFrom.IMPORT, None, None]
        assert (review.part, review.statements) == (ReviewPart.BOTH, [])
        downgrade(empty_database, "0016_actor")
        upgrade(empty_database)

    def test_an_entry_without_a_channel_has_none_and_an_askers_wording_is_marked(
        self, empty_database: Engine
    ) -> None:
        upgrade(empty_database, "0013_terms")
        with empty_database.begin() as connection:
            for statement in EARLIER_LEDGER.split(";"):
                connection.execute(text(statement))
        upgrade(empty_database)
        with session_scope(empty_database, read_only=True) as session:
            channels = session.exec(select(LedgerEntry.channel).order_by(col(LedgerEntry.id)))
            assert channels.all() == [Channel.HOTLINE, None]
            origins = session.exec(select(QuestionVariant.text, QuestionVariant.origin)).all()
        assert dict(map(tuple, origins)) == {
            "开票": VariantOrigin.AUTHOR,
            "发票咋开": VariantOrigin.LEDGER,
            "怎样开发票": VariantOrigin.LEDGER,
        }
        downgrade(empty_database, "0013_terms")
        with empty_database.connect() as connection:
            found = connection.execute(text("SELECT channel FROM ledger_entry ORDER BY id"))
            assert found.scalars().all() == ["hotline", ""]
        upgrade(empty_database)


LEDGER_BEFORE_0021 = """
INSERT INTO unit (id, key, name, is_default) VALUES (1, 'tax', '税务局', true);
INSERT INTO ledger_entry (id, number, kind, question, terms, unit_id, routed_by, state,
                          received_at, informed_at, limit_workdays, extended_workdays, due_on,
                          original_due_on, due_provisional, version)
VALUES (1, 'late', 'consultation', 'q', '', 1, 'default', 'closed',
        '2026-11-24', '2026-12-01 16:30:00+00:00', 5, 0, '2026-12-01', '2026-12-01', false, 1),
       (2, 'in-time', 'consultation', 'q', '', 1, 'default', 'closed',
        '2026-11-24', '2026-12-01 15:30:00+00:00', 5, 0, '2026-12-01', '2026-12-01', false, 1),
       (3, 'extended-late', 'consultation', 'q', '', 1, 'default', 'accepted',
        '2026-11-24', NULL, 5, 5, '2026-12-08', '2026-12-01', false, 1),
       (4, 'extended-before', 'consultation', 'q', '', 1, 'default', 'accepted',
        '2026-11-24', NULL, 5, 5, '2026-12-08', '2026-12-01', false, 1),
       (5, 'asks', 'consultation', 'q', '', 1, 'default', 'accepted',
        '2026-11-24', NULL, 5, 0, '2026-12-01', '2026-12-01', false, 1);
INSERT INTO ledger_event (id, entry_id, actor, occurred_at, to_state, verb, reason, details)
VALUES (1, 3, 'wang', '2026-12-02 01:00:00+00:00', 'accepted', 'extend', 'r',
        '{"workdays": 5, "from": "2026-12-01", "to": "2026-12-08"}'),
       (2, 4, 'wang', '2026-11-30 01:00:00+00:00', 'accepted', 'ask_extension', 'r', '{}'),
       (3, 4, 'wang', '2026-12-01 01:00:00+00:00', 'accepted', 'extend', 'r',
        '{"workdays": 5, "from": "2026-12-01", "to": "2026-12-08"}'),
       (4, 5, 'wang', '2026-11-30 01:00:00+00:00', 'accepted', 'ask_extension', 'r', '{}')
"""


def test_past_overdue_and_undecided_requests_are_found_in_the_history(
    empty_database: Engine,
) -> None:
    upgrade(empty_database, "0020_policies")
    with empty_database.begin() as connection:
        for statement in LEDGER_BEFORE_0021.split(";"):
            connection.exec_driver_sql(statement)
    upgrade(empty_database)
    with session_scope(empty_database, read_only=True) as session:
        entries = {entry.number: entry for entry in session.exec(select(LedgerEntry)).all()}
        due = date(2026, 12, 1)
        assert {number: entry.was_overdue_on for number, entry in entries.items()} == {
            "late": due,
            "in-time": None,
            "extended-late": due,
            "extended-before": None,
            "asks": None,
        }
        asked = {number: entry.extension_asked_at for number, entry in entries.items()}
        assert [number for number, at in asked.items() if at is not None] == ["asks"]
        assert asked["asks"] == datetime(2026, 11, 30, 1, tzinfo=UTC)


ACTORS_BEFORE_0014 = """
INSERT INTO user_account (id, login, display_name, password_hash, must_change_password, is_active,
                          roles, role_units, totp_step, created_at)
VALUES (7, 'wang', '王芳', 'h', false, true, '[]', '{}', 0, '2026-01-01'),
       (8, 'b/li', '李明', 'h', false, true, '[]', '{}', 0, '2026-01-01');
INSERT INTO api_key (id, name, key_hash, scopes, is_active, per_minute, created_at)
VALUES (3, 'a', 'h3', '[]', true, 1, '2026-01-01'), (4, 'a/b', 'h4', '[]', true, 1, '2026-01-01');
INSERT INTO consultation (id, channel, question, verdict, confidence, candidates, degraded,
                          index_revision, operator, took_ms, created_at)
VALUES ('1', 'hotline', 'q', 'unmatched', 0, '[]', false, 0, 'wang', 0, '2026-01-01'),
       ('2', 'hotline', 'q', 'unmatched', 0, '[]', false, 0, 'api:a', 0, '2026-01-01'),
       ('3', 'hotline', 'q', 'unmatched', 0, '[]', false, 0, 'api:a/wang', 0, '2026-01-01'),
       ('4', 'hotline', 'q', 'unmatched', 0, '[]', false, 0, 'api:a/b/wang', 0, '2026-01-01'),
       ('5', 'hotline', 'q', 'unmatched', 0, '[]', false, 0, 'api:a/李工', 0, '2026-01-01'),
       ('6', 'hotline', 'q', 'unmatched', 0, '[]', false, 0, '系统', 0, '2026-01-01');
INSERT INTO unit (id, key, name, is_default) VALUES (1, 'tax', '税务局', true);
INSERT INTO ledger_entry (id, number, kind, channel, question, terms, unit_id, routed_by, state,
                          received_at, limit_workdays, extended_workdays, due_on, original_due_on,
                          due_provisional, version)
VALUES (1, 'n', '咨询', '', 'q', '', 1, 'area', 'assigned', '2026-01-01', 5, 0, '2026-01-08',
        '2026-01-08', false, 1);
INSERT INTO ledger_event (id, entry_id, actor, occurred_at, to_state, verb, reason, details)
VALUES (1, 1, 'wang', '2026-01-01', 'assigned', 'register', '', '{}')
"""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def actors(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('actors') / 'bank.db'}")
        fill_and_upgrade(engine)
        yield engine
        engine.dispose()
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as engine:
        fill_and_upgrade(engine)
        yield engine


def fill_and_upgrade(engine: Engine) -> None:
    upgrade(engine, "0013_terms")
    with engine.begin() as connection:
        for statement in ACTORS_BEFORE_0014.split(";"):
            connection.exec_driver_sql(statement)
    with session_scope(engine) as session:
        session.execute(insert_audit_event("wang"))
    upgrade(engine)


def insert_audit_event(actor: str) -> Insert:
    """A row of the audit trail as releases before 0014 wrote it."""
    event = AuditEvent(
        id=1, occurred_at=NOW, actor=actor, action="edit", previous_hash=FIRST_HASH, hash=""
    )
    values = event.model_dump(exclude={"actor_person_id", "actor_key_id"})
    return insert(AuditEvent).values(**values | {"hash": hash_of(event)})


class TestWhoActed:
    def test_is_found_by_name_as_person_and_key(self, actors: Engine) -> None:
        with actors.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT operator, operator_person_id, operator_key_id "
                    "FROM consultation ORDER BY id"
                )
            ).all()
        assert [tuple(row) for row in rows] == [
            ("wang", 7, None),
            ("api:a", None, 3),
            ("api:a/wang", 7, 3),
            ("api:a/b/wang", 7, 4),
            ("api:a/李工", None, 3),
            ("系统", None, None),
        ]

    def test_is_found_in_rows_that_stay_append_only(self, actors: Engine) -> None:
        with actors.connect() as connection:
            assert connection.scalar(text("SELECT actor_person_id FROM ledger_event")) == 7
        for statement in ("UPDATE ledger_event SET actor = 'x'", "DELETE FROM ledger_event"):
            with pytest.raises(DBAPIError, match="append-only"), actors.begin() as connection:
                connection.execute(text(statement))

    def test_leaves_the_audit_trail_whole(self, actors: Engine) -> None:
        with session_scope(actors) as session:
            assert verify(session) is None
            record(session, AuditAction.EDIT, actor=Actor.clockwork("王" * 200), now=NOW)
            assert verify(session) is None


class TestTrails:
    """What is written there stays, whatever statement somebody finds."""

    @pytest.fixture
    def kept(self, migrated_database: Engine) -> Engine:
        with session_scope(migrated_database) as session:
            record(session, AuditAction.EDIT, actor=Actor.clockwork("甲"), now=NOW)
        return migrated_database

    @pytest.mark.parametrize("pragma", ["ON", "OFF"])
    def test_rows_are_not_replaced(self, migrated_sqlite: Engine, pragma: str) -> None:
        with session_scope(migrated_sqlite) as session:
            record(session, AuditAction.EDIT, actor=Actor.clockwork("甲"), now=NOW)
        statement = "REPLACE INTO audit_event SELECT * FROM audit_event"
        with pytest.raises(DBAPIError, match="append-only"), migrated_sqlite.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA recursive_triggers = {pragma}")
            connection.exec_driver_sql(statement)
        for table in ("audit_event", "ledger_event", "review"):
            with migrated_sqlite.connect() as connection:
                wanted = text("SELECT count(*) FROM sqlite_master WHERE name = :name")
                assert connection.scalar(wanted, {"name": f"{table}_not_replaced"}) == 1

    @pytest.mark.postgres
    def test_tables_are_not_emptied(self, migrated_postgres: Engine) -> None:
        for table in ("audit_event", "ledger_event", "review"):
            statement = text(f"TRUNCATE {table}")
            refused = pytest.raises(DBAPIError, match="append-only")
            with refused, migrated_postgres.begin() as connection:
                connection.execute(statement)

    def test_further_rows_are_taken(self, kept: Engine) -> None:
        with session_scope(kept) as session:
            record(session, AuditAction.EDIT, actor=Actor.clockwork("乙"), now=NOW)
            assert verify(session) is None


class TestDowngrade:
    def test_to_base_leaves_no_table_and_can_be_gone_up_again(
        self, migrated_database: Engine
    ) -> None:
        before = tables(migrated_database)
        downgrade(migrated_database, "base")
        assert tables(migrated_database) == set()
        upgrade(migrated_database)
        assert tables(migrated_database) == before != set()


class TestRevisions:
    def test_and_the_newest_are_found_without_loading_the_files(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        scripts = ScriptDirectory.from_config(config)
        assert set(revisions()) == {one.revision for one in scripts.walk_revisions()}
        assert revisions()[-1] == scripts.get_current_head()


class TestNewMigration:
    def test_holds_what_the_models_have_and_the_database_has_not(
        self, migrated_sqlite: Engine, tmp_path: Path
    ) -> None:
        with migrated_sqlite.begin() as connection:
            connection.execute(text("ALTER TABLE unit DROP COLUMN email"))
        folder = tmp_path / "versions"
        folder.mkdir()
        path = write_revision(migrated_sqlite, "Mail of units.", "9999_mail", folder=folder)
        written = path.read_text(encoding="utf-8")
        assert "add_column(sa.Column('email', sa.String(length=" in written
        assert "drop_table" not in written.partition("def downgrade")[0]
