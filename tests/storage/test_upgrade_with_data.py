"""Rows in every table of earlier revisions, upgraded to the newest one and read."""

import sqlite3
from collections import Counter
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, get_origin

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    MetaData,
    select,
)
from sqlmodel import SQLModel

from qa_service.storage.column_types import (
    EnumList,
    EnumValue,
    JSONItem,
    JSONItems,
    JSONTexts,
    UTCDateTime,
)
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.migrate import MIGRATIONS, is_current, upgrade
from qa_service.vocabulary import PolicyArea

for _room in ("accounts", "knowledge", "ledger", "consultation", "reporting", "outbox", "storage"):
    import_module(f"qa_service.{_room}.models")

EARLIER_BANK = Path(__file__).with_name("bank_0012.sql")
"""SQLite's dump of a database that the migrations up to 0012 made, three rows in every table."""
DROPPED = {"job_lease"}
"""Tables that are gone since revision 0014."""
RENAMED = {"matter": "topic", "unit_field": "unit_area", "recall": "correction_callback"}
"""Tables that have another name since revision 0013."""
FIRST = 1001
"""The first row's number, beyond those of the rows a migration itself adds."""
NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    found = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    return found[:0:-1]


def models() -> dict[str, type[SQLModel]]:
    every = SQLModel.__subclasses__()
    return {str(model.__tablename__): model for model in every if hasattr(model, "__table__")}


MODELS = models()


def value_of(table: str, column: Column[Any], number: int) -> object:
    """What row ``number`` holds there, as this release understands it."""
    if column.foreign_keys:
        other = next(iter(column.foreign_keys)).column
        return None if column.nullable else value_of(other.table.name, other, number)
    model = MODELS.get(RENAMED.get(table, table))
    name = "area" if column.name == "field" else column.name
    known = model.__table__.columns.get(name) if model else None  # type: ignore[attr-defined]
    kind = column.type if known is None else known.type
    if isinstance(kind, EnumValue):
        return [*kind.members][number % len(kind.members)].value
    if isinstance(kind, EnumList):
        return [one.value for one in kind.members]
    if isinstance(kind, UTCDateTime | DateTime):
        return NOW if column.table.metadata.info["is_postgres"] else NOW.replace(tzinfo=None)
    if isinstance(column.type, Date):
        return date.fromordinal(738_000 + number)
    if isinstance(kind, JSON | JSONTexts | JSONItem | JSONItems):
        assert model
        held = model.model_fields[name].annotation
        return [] if get_origin(held) in {list, tuple} else {}
    if isinstance(kind, Boolean):
        return True
    return number if isinstance(column.type, Integer | Float) else f"x{number}"


def add_rows(engine: Engine, number: int) -> list[str]:
    """One row more in every table that takes one; the tables."""
    full = {"alembic_version"}
    if number >= FIRST + len(PolicyArea):
        full |= {"unit_field", "unit_area"}
    metadata = MetaData(info={"is_postgres": engine.dialect.name == "postgresql"})
    with engine.begin() as connection:
        metadata.reflect(connection)
        tables = [one for one in metadata.sorted_tables if one.name not in full]
        for table in tables:
            row = {one.name: value_of(table.name, one, number) for one in table.columns}
            connection.execute(table.insert().values(row))
    return [RENAMED.get(table.name, table.name) for table in tables]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "sqlite":
        return open_engine(f"sqlite:///{request.getfixturevalue('tmp_path')}/bank.db")
    server: Engine = request.getfixturevalue("postgres_database")
    return server


def test_every_row_of_a_database_of_the_first_release_is_kept_and_can_be_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bank.db"
    earlier = sqlite3.connect(path)
    earlier.executescript(EARLIER_BANK.read_text(encoding="utf-8"))
    tables = earlier.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    names = {name for (name,) in tables} - {"alembic_version"}
    rows = {
        name: earlier.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
        for name in names
    }
    earlier.close()
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    assert min(rows.values()) >= 3
    assert is_current(engine)
    with session_scope(engine, read_only=True) as session:
        for name in names - DROPPED:
            kept = session.execute(select(MODELS[RENAMED.get(name, name)])).scalars().all()
            assert len(kept) == rows[name], name
    engine.dispose()


@pytest.mark.slow
def test_every_row_of_every_earlier_revision_is_kept_and_can_be_read(engine: Engine) -> None:
    rows: Counter[str] = Counter()
    for number, revision in enumerate(revisions(), start=FIRST):
        upgrade(engine, revision)
        rows.update(add_rows(engine, number))
    upgrade(engine)
    with session_scope(engine, read_only=True) as session:
        for name in rows.keys() - DROPPED:
            kept = session.execute(select(MODELS[name])).scalars().all()
            assert len(kept) >= rows[name], name
    engine.dispose()


def test_documents_get_the_unit_of_their_answers_and_one_form_of_their_number(
    engine: Engine,
) -> None:
    upgrade(engine, "0018_person_keys")
    add_rows(engine, FIRST)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE policy_document SET document_number = '甲发[2021]05 号'")
    upgrade(engine)
    with session_scope(engine, read_only=True) as session:
        document = session.execute(select(MODELS["policy_document"])).scalars().one()
        owned = (document.unit_id, document.document_number)  # type: ignore[attr-defined]
    assert owned == (FIRST, "甲发〔2021〕5号")
    engine.dispose()


def test_versions_with_blanks_are_marked_and_documents_dated_by_their_first_citation(
    engine: Engine,
) -> None:
    upgrade(engine, "0026_aspects")
    for number in (FIRST, FIRST + 1):
        add_rows(engine, number)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE qa_version SET answer = '每月【本地：标准，元】。' WHERE id = {FIRST}"  # noqa: S608
        )
        connection.exec_driver_sql(f"DELETE FROM pair_basis WHERE document_id = {FIRST + 1}")  # noqa: S608
    upgrade(engine)
    with session_scope(engine, read_only=True) as session:
        versions = session.execute(select(MODELS["qa_version"])).scalars()
        documents = session.execute(select(MODELS["policy_document"])).scalars()
        blanks = {one.id: one.has_blanks for one in versions}  # type: ignore[attr-defined]
        written = {one.id: one.written_at for one in documents}  # type: ignore[attr-defined]
    assert blanks == {FIRST: True, FIRST + 1: False}
    assert written == {FIRST: NOW, FIRST + 1: None}
    engine.dispose()


def test_reasons_for_unusual_contacts_go_with_callers_who_were_erased(engine: Engine) -> None:
    upgrade(engine, "0046_asked_within")
    for number in (FIRST, FIRST + 1):
        add_rows(engine, number)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE asker SET contact_note = '邻居代接'")
        connection.exec_driver_sql(f"UPDATE asker SET purge_on = NULL WHERE id = {FIRST}")  # noqa: S608
    upgrade(engine)
    with session_scope(engine, read_only=True) as session:
        askers = session.execute(select(MODELS["asker"])).scalars()
        notes = {one.id: one.contact_note for one in askers}  # type: ignore[attr-defined]
    assert notes == {FIRST: "邻居代接", FIRST + 1: None}
    engine.dispose()
