from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel, col, select

from qa_service.knowledge.models import QuestionVariant
from qa_service.knowledge.pairs.queries import list_versions, version_content, view_pairs
from qa_service.knowledge.pairs.service import find_pair
from qa_service.ledger.models import LedgerEntry
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.migrate import downgrade, is_current, upgrade, write_revision
from qa_service.vocabulary import Channel, VariantOrigin

for _room in ("accounts", "knowledge", "ledger", "consultation", "outbox"):
    import_module(f"qa_service.{_room}.models")


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'bank.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_database(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(f"{request.param}_database")
    return engine


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


class TestUpgrade:
    def test_makes_exactly_the_tables_the_code_has(self, empty_database: Engine) -> None:
        upgrade(empty_database)
        with empty_database.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, SQLModel.metadata) == []

    def test_puts_in_the_one_revision_counter(self, empty_database: Engine) -> None:
        upgrade(empty_database)
        with empty_database.connect() as connection:
            rows = connection.execute(text("SELECT id, revision FROM index_revision")).all()
        assert [tuple(row) for row in rows] == [(1, 0)]

    def test_gives_every_bank_its_own_identity(self, tmp_path: Path) -> None:
        identities = set()
        for name in ("one.db", "other.db"):
            engine = open_engine(f"sqlite:///{tmp_path / name}")
            upgrade(engine)
            with engine.connect() as connection:
                identities.add(connection.scalar(text("SELECT bank_id FROM index_revision")))
            engine.dispose()
        assert len(identities) == 2

    def test_a_second_run_changes_nothing(self, empty_database: Engine) -> None:
        upgrade(empty_database)
        with empty_database.connect() as connection:
            before = connection.scalar(text("SELECT bank_id FROM index_revision"))
        upgrade(empty_database)
        with empty_database.connect() as connection:
            assert connection.scalar(text("SELECT bank_id FROM index_revision")) == before

    def test_is_current_tells_whether_it_ran(self, empty_database: Engine) -> None:
        assert not is_current(empty_database)
        upgrade(empty_database)
        assert is_current(empty_database)


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
        assert (view.answer, view.variants, view.has_draft) == (
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


class TestDowngrade:
    def test_to_base_leaves_no_table(self, empty_database: Engine) -> None:
        upgrade(empty_database)
        assert tables(empty_database)
        downgrade(empty_database, "base")
        assert tables(empty_database) == set()

    def test_can_be_gone_up_again(self, empty_database: Engine) -> None:
        upgrade(empty_database)
        before = tables(empty_database)
        downgrade(empty_database, "base")
        upgrade(empty_database)
        assert tables(empty_database) == before


class TestNewMigration:
    def test_holds_what_the_models_have_and_the_database_has_not(
        self, sqlite_database: Engine, tmp_path: Path
    ) -> None:
        upgrade(sqlite_database)
        with sqlite_database.begin() as connection:
            connection.execute(text("ALTER TABLE unit DROP COLUMN email"))
        folder = tmp_path / "versions"
        folder.mkdir()
        path = write_revision(sqlite_database, "Mail of units.", "9999_mail", folder=folder)
        written = path.read_text(encoding="utf-8")
        assert "add_column(sa.Column('email', sa.String(length=" in written
        assert "drop_table" not in written.partition("def downgrade")[0]
