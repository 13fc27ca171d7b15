"""A backup is what was there at one moment, restored only whole and only into an empty place."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from actors import person
from postgres_server import fresh_database
from scratch_service import lay_test_corpus
from sqlalchemy import Engine, func, text
from sqlmodel import select

from qa_service.accounts.actor import STARTER_BANK
from qa_service.accounts.audit import record, verify
from qa_service.consultation.learning.record import RECORD
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.knowledge.indexing.calibration_files import own_calibration_file
from qa_service.knowledge.indexing.recalibration import CHECKED_BANK
from qa_service.knowledge.models import QAPair
from qa_service.retrieval.reranking.reranker import OWN_ADAPTER
from qa_service.settings import DATABASE_FILE
from qa_service.storage.backups.backup import (
    BackupFailedError,
    HalfRestoredError,
    NotEmptyError,
    Place,
    back_up,
    finish_restore,
    refuse_half_restored,
    restore,
)
from qa_service.storage.backups.manifest import UnusableBackupError, read_manifest
from qa_service.storage.engine import open_engine, session_scope
from qa_service.storage.migrate import is_current
from qa_service.vocabulary import AuditAction

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def fill(engine: Engine, folder: Path) -> None:
    """Put a bank and an audit trail in; nobody is connected afterwards."""
    lay_test_corpus(folder)
    with session_scope(engine) as session:
        load_corpus(session, folder, by=STARTER_BANK, now=NOW)
        record(session, AuditAction.EDIT, actor=person("甲"), now=NOW)
    engine.dispose()


@pytest.fixture(scope="module")
def sqlite_bank(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled database file, to be copied by each test."""
    folder = tmp_path_factory.mktemp("bank")
    shutil.copy(migrated, folder / DATABASE_FILE)
    fill(open_engine(f"sqlite:///{folder / DATABASE_FILE}"), folder / "corpus")
    return folder / DATABASE_FILE


@pytest.fixture(scope="module")
def postgres_bank(
    postgres_url: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a filled database, to be copied by each test."""
    with fresh_database(postgres_url, postgres_template) as engine:
        fill(engine, tmp_path_factory.mktemp("bank"))
        yield str(engine.url.database)


@pytest.fixture
def database_of_sqlite(sqlite_bank: Path, tmp_path: Path) -> str:
    (tmp_path / "data").mkdir()
    shutil.copy(sqlite_bank, tmp_path / "data")
    return f"sqlite:///{tmp_path / 'data' / DATABASE_FILE}"


@pytest.fixture
def database_of_postgres(postgres_url: str, postgres_bank: str) -> Iterator[str]:
    with fresh_database(postgres_url, postgres_bank) as engine:
        yield url_of(engine)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The place of a service with a bank, some media and an audit trail."""
    database: str = request.getfixturevalue(f"database_of_{request.param}")
    media = tmp_path / "media" / "ab"
    media.mkdir(parents=True)
    (media / "picture").write_bytes(b"\x89PNG" * 1000)
    return Place(database, tmp_path / "media", tmp_path / "data")


@pytest.fixture
def empty(request: pytest.FixtureRequest, served: Place, tmp_path: Path) -> Iterator[Place]:
    """Another place of the same kind, with nothing in it."""
    if served.database_url.startswith("sqlite"):
        yield Place(
            f"sqlite:///{tmp_path / 'elsewhere' / 'bank.db'}",
            tmp_path / "other-media",
            tmp_path / "elsewhere",
        )
        return
    engine = open_engine(served.database_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE elsewhere"))
    url = engine.url.set(database="elsewhere").render_as_string(hide_password=False)
    yield Place(url, tmp_path / "other-media", tmp_path / "elsewhere")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE elsewhere WITH (FORCE)"))
    engine.dispose()


def interrupted(*_given: object, **_more: object) -> None:
    """Stop between database and media, as a killed process does."""
    raise KeyboardInterrupt


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
        assert read_manifest(tmp_path / "backup").key_ids == [1, 2]
        engine = open_engine(empty.database_url)
        restore(tmp_path / "backup", empty, engine)
        engine.dispose()
        assert pairs_in(empty) == pairs_in(served) > 0
        assert (empty.media / "ab" / "picture").read_bytes() == b"\x89PNG" * 1000

    def test_brings_back_what_the_machine_learnt(
        self, served: Place, empty: Place, tmp_path: Path
    ) -> None:
        served.data_dir.mkdir(exist_ok=True)
        learnt = {own_calibration_file(served.data_dir).name}
        learnt |= {OWN_ADAPTER, RECORD, CHECKED_BANK}
        for name in learnt:
            (served.data_dir / name).write_text(name)
        back_up(served, tmp_path / "backup", now=NOW, key_ids=[])
        engine = open_engine(empty.database_url)
        restore(tmp_path / "backup", empty, engine)
        engine.dispose()
        assert {name: (empty.data_dir / name).read_text() for name in learnt} == {
            name: name for name in learnt
        }

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


class TestMedia:
    def test_drafts_of_uploads_and_links_are_left_out(self, served: Place, tmp_path: Path) -> None:
        (served.media / ".3f2a.tmp").write_bytes(b"half a picture")
        (served.media / "ab" / "link").symlink_to("/etc/hostname")
        back_up(served, tmp_path / "backup", now=NOW, key_ids=[1])
        assert read_manifest(tmp_path / "backup").media_files == ["ab/picture"]

    def test_uploaded_while_it_runs_do_not_disturb(self, served: Place, tmp_path: Path) -> None:
        stop = Event()

        def upload(who: str) -> None:
            number = 0
            while not stop.is_set():
                draft = served.media / f".{who}{number}.tmp"
                draft.write_bytes(b"x" * 100)
                draft.replace(served.media / "ab" / f"file{number % 50}")
                number += 1

        writers = [Thread(target=upload, args=(who,)) for who in "ab"]
        for writer in writers:
            writer.start()
        try:
            for number in range(5):
                back_up(served, tmp_path / f"backup{number}", now=NOW, key_ids=[1])
        finally:
            stop.set()
            for writer in writers:
                writer.join()


class TestInterrupted:
    def test_is_completed_by_the_same_command_and_not_used_before(
        self, served: Place, empty: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        back_up(served, tmp_path / "backup", now=NOW, key_ids=[1])
        engine = open_engine(empty.database_url)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(shutil, "copyfile", interrupted)
            restore(tmp_path / "backup", empty, engine)
        with pytest.raises(HalfRestoredError, match="再次运行"):
            refuse_half_restored(empty.data_dir)
        back_up(served, tmp_path / "another", now=NOW, key_ids=[1, 2])
        with pytest.raises(HalfRestoredError, match="另一个备份"):
            restore(tmp_path / "another", empty, engine)
        restore(tmp_path / "backup", empty, engine)
        engine.dispose()
        finish_restore(empty.data_dir)
        refuse_half_restored(empty.data_dir)
        assert pairs_in(empty) == pairs_in(served)
        assert (empty.media / "ab" / "picture").exists()


@pytest.fixture(scope="module")
def sound_backup(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup to be copied and tampered with by each test."""
    home = tmp_path_factory.mktemp("home")
    (home / "media" / "cd").mkdir(parents=True)
    (home / "media" / "cd" / "film").write_bytes(b"film")
    place = Place(f"sqlite:///{migrated}", home / "media", home)
    back_up(place, home / "backup", now=NOW, key_ids=[1])
    return home / "backup"


class TestTamperedBackup:
    """What only looks like a backup is refused with a sentence."""

    @pytest.fixture
    def folder(self, sound_backup: Path, tmp_path: Path) -> Path:
        return shutil.copytree(sound_backup, tmp_path / "backup")

    def change(self, folder: Path, **values: object) -> None:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        (folder / "manifest.json").write_text(json.dumps(manifest | values), "utf-8")

    def test_no_list_of_files(self, folder: Path) -> None:
        self.change(folder, files={})
        with pytest.raises(UnusableBackupError, match="没有列出数据库"):
            read_manifest(folder)

    @pytest.mark.parametrize("name", ["key_ids", "database", "files", "format", "created_at"])
    def test_a_key_is_missing(self, folder: Path, name: str) -> None:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        del manifest[name]
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        with pytest.raises(UnusableBackupError):
            read_manifest(folder)

    @pytest.mark.parametrize("text", ["[]", "null", "3", "{", "", "\ud800", '{"files": []}'])
    def test_not_a_manifest(self, folder: Path, text: str) -> None:
        (folder / "manifest.json").write_bytes(text.encode("utf-8", "surrogatepass"))
        with pytest.raises(UnusableBackupError):
            read_manifest(folder)

    @pytest.mark.parametrize("name", ["../outside", "media/../../outside", "/etc/passwd", "x.sh"])
    def test_a_name_that_leads_elsewhere(self, folder: Path, name: str) -> None:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        self.change(folder, files=manifest["files"] | {name: "0" * 64})
        with pytest.raises(UnusableBackupError, match="不属于备份"):
            read_manifest(folder)

    def test_a_file_that_is_not_listed(self, folder: Path) -> None:
        (folder / "media" / "cd" / "stranger").write_bytes(b"x")
        with pytest.raises(UnusableBackupError, match="清单之外"):
            read_manifest(folder)

    @pytest.mark.parametrize("linked", ["media/cd/film", "qa_service.db", "media/cd"])
    def test_a_link_even_to_the_same_content(self, folder: Path, linked: str) -> None:
        moved = folder.with_name("moved")
        (folder / linked).rename(moved)
        (folder / linked).symlink_to(moved)
        with pytest.raises(UnusableBackupError):
            read_manifest(folder)


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
        place = Place(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "media", tmp_path)
        with pytest.raises(BackupFailedError):
            back_up(place, tmp_path / "backup", now=NOW, key_ids=[1])
