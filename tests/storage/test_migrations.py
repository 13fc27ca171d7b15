from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel

from qa_service.storage.engine import open_engine
from qa_service.storage.migrate import downgrade, is_current, upgrade

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
