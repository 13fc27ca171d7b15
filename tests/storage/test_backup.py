"""A backup is what was there at one moment, restored only whole and only into an empty place."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from actors import person
from sqlalchemy import Engine, func, text
from sqlmodel import select

from qa_service.accounts.actor import STARTER_BANK
from qa_service.accounts.audit import record, verify
from qa_service.knowledge.exchange.corpus import load_corpus
from qa_service.knowledge.models import QAPair
from qa_service.storage.backup import (
    BackupFailedError,
    NotEmptyError,
    Place,
    UnusableBackupError,
    back_up,
    read_backup,
    restore,
)
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.migrate import is_current, upgrade
from qa_service.vocabulary import AuditAction

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def served(request: pytest.FixtureRequest, settings: object, tmp_path: Path) -> Iterator[Place]:
    """The place of a service with a bank, some media and an audit trail."""
    engine = request.getfixturevalue(
        "database" if request.param == "sqlite" else "postgres_database"
    )
    upgrade(engine)
    with session_scope(engine) as session:
        load_corpus(session, settings.corpus_dir, by=STARTER_BANK, now=NOW)  # type: ignore[attr-defined]
        record(session, AuditAction.EDIT, actor=person("甲"), now=NOW)
    media = tmp_path / "media" / "ab"
    media.mkdir(parents=True)
    (media / "picture").write_bytes(b"\x89PNG" * 1000)
    yield Place(url_of(engine), tmp_path / "media")


@pytest.fixture
def empty(request: pytest.FixtureRequest, served: Place, tmp_path: Path) -> Iterator[Place]:
    """Another place of the same kind, with nothing in it."""
    if served.database_url.startswith("sqlite"):
        yield Place(f"sqlite:///{tmp_path / 'elsewhere' / 'bank.db'}", tmp_path / "other-media")
        return
    engine = open_engine(served.database_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE elsewhere"))
    url = engine.url.set(database="elsewhere").render_as_string(hide_password=False)
    yield Place(url, tmp_path / "other-media")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE elsewhere WITH (FORCE)"))
    engine.dispose()


def pairs_in(place: Place) -> int:
    engine = open_engine(place.database_url)
    with session_scope(engine, read_only=True) as session:
        assert verify(session) is None
        count = session.exec(select(func.count()).select_from(QAPair)).one()
    assert is_current(engine)
    engine.dispose()
    return count


class TestRoundTrip:
    def test_brings_everything_back(self, served: Place, empty: Place, tmp_path: Path) -> None:
        back_up(served, tmp_path / "backup", now=NOW, key_ids=[1, 2])
        assert read_backup(tmp_path / "backup")["key_ids"] == [1, 2]
        engine = open_engine(empty.database_url)
        restore(tmp_path / "backup", empty, engine)
        engine.dispose()
        assert pairs_in(empty) == pairs_in(served) > 0
        assert (empty.media / "ab" / "picture").read_bytes() == b"\x89PNG" * 1000

    def test_taken_while_others_write_is_of_one_moment(
        self, served: Place, empty: Place, tmp_path: Path
    ) -> None:
        engine, stop = open_engine(served.database_url), Event()

        def write() -> None:
            while not stop.is_set():
                with session_scope(engine) as session:
                    record(session, AuditAction.EDIT, actor=person("甲"), now=NOW)

        writer = Thread(target=write)
        writer.start()
        try:
            back_up(served, tmp_path / "backup", now=NOW, key_ids=[1])
        finally:
            stop.set()
            writer.join()
        engine.dispose()
        target = open_engine(empty.database_url)
        restore(tmp_path / "backup", empty, target)
        target.dispose()
        assert pairs_in(empty) > 0  # and its audit chain is whole


class TestRefusals:
    def test_a_damaged_or_unfinished_backup_is_not_restored(
        self, served: Place, empty: Place, tmp_path: Path
    ) -> None:
        folder = tmp_path / "backup"
        back_up(served, folder, now=NOW, key_ids=[1])
        victim = next(path for path in folder.iterdir() if path.suffix in {".db", ".dump"})
        content = victim.read_bytes()
        victim.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        engine = open_engine(empty.database_url)
        with pytest.raises(UnusableBackupError, match="已损坏"):
            restore(folder, empty, engine)
        (folder / "manifest.json").unlink()
        with pytest.raises(UnusableBackupError, match="不是完整的备份"):
            restore(folder, empty, engine)
        engine.dispose()

    def test_nothing_is_written_over(self, served: Place, tmp_path: Path) -> None:
        back_up(served, tmp_path / "backup", now=NOW, key_ids=[1])
        with pytest.raises(NotEmptyError):
            back_up(served, tmp_path / "backup", now=NOW, key_ids=[1])
        engine = open_engine(served.database_url)
        with pytest.raises(NotEmptyError):
            restore(tmp_path / "backup", served, engine)
        engine.dispose()

    def test_of_the_other_kind_of_database_is_told(
        self, served: Place, empty: Place, tmp_path: Path
    ) -> None:
        folder = tmp_path / "backup"
        back_up(served, folder, now=NOW, key_ids=[1])
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["database"] = "oracle"
        (folder / "manifest.json").write_text(json.dumps(manifest))
        engine = open_engine(empty.database_url)
        with pytest.raises(UnusableBackupError, match="另一种数据库"):
            restore(folder, empty, engine)
        engine.dispose()

    def test_a_database_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        place = Place(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "media")
        with pytest.raises(BackupFailedError):
            back_up(place, tmp_path / "backup", now=NOW, key_ids=[1])
