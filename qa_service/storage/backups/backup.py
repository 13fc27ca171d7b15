"""Backs up a running service and restores a backup into an empty place.

SQLite is copied with its backup API, PostgreSQL with ``pg_dump``; both copy one consistent
snapshot. The manifest, with a checksum of every file, is written last, so a folder
without a manifest is an incomplete backup. A restore leaves a marker until it is complete.
"""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import URL, make_url

from qa_service.errors import ConflictError, UnavailableError
from qa_service.storage.backups.manifest import (
    DUMP_FILE,
    FORMAT,
    LEARNT,
    LEARNT_FILES,
    MANIFEST,
    MEDIA,
    SQLITE_FILE,
    Manifest,
    UnusableBackupError,
    checksum_of,
    entries,
    read_manifest,
    write_durably,
)

MARKER = "restoring.json"
"""File in the data folder while a restore is not complete."""


class BackupFailedError(UnavailableError):
    """The database could not be copied."""

    code = "backup_failed"
    title = "备份失败"


class NotEmptyError(ConflictError):
    """The target already holds data, which is not overwritten."""

    code = "not_empty"
    title = "目标不为空"


class HalfRestoredError(UnavailableError):
    """A restore was interrupted; the data must not be used until it is complete."""

    code = "half_restored"
    title = "恢复没有完成"


@dataclass(frozen=True, slots=True)
class Place:
    """Locations of the data that a backup contains, and the folder of the restore's marker."""

    database_url: str
    media: Path
    data_dir: Path

    @property
    def url(self) -> URL:
        """The database's address."""
        return make_url(self.database_url)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite."""
        return self.url.get_backend_name() == "sqlite"


def back_up(place: Place, folder: Path, *, now: datetime, key_ids: Sequence[int]) -> int:
    """Write database, media and what was learnt to ``folder``, which must be new or empty.

    The manifest lists the ids of the encryption keys but not the keys, so a stolen backup alone
    does not reveal who asked.

    Returns:
        The number of files written.

    Raises:
        NotEmptyError: ``folder`` holds files.
        BackupFailedError: the database could not be copied.

    """
    if folder.exists() and any(folder.iterdir()):
        raise NotEmptyError(f"目录 {folder} 不为空，请指定一个新目录")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    if place.is_sqlite:
        _copy_sqlite(Path(place.url.database or ""), folder / SQLITE_FILE)
    else:
        _run("pg_dump", place.url, "--format=custom", f"--file={folder / DUMP_FILE}")
    # Copied after the database, so that every file the database names is in the backup.
    _copy_media(place.media, folder / MEDIA)
    _copy_learnt(place.data_dir, folder / LEARNT, LEARNT_FILES)
    files = {str(path.relative_to(folder)): checksum_of(path) for path in entries(folder)}
    manifest = Manifest(
        format=FORMAT,
        created_at=now.isoformat(),
        database="sqlite" if place.is_sqlite else "postgresql",
        key_ids=list(key_ids),
        files=files,
    )
    write_durably(folder / MANIFEST, manifest.model_dump_json(indent=1))
    return len(files)


def restore(folder: Path, place: Place, engine: Engine) -> Manifest:
    """Restore a backup into an empty place, after verifying it; return its manifest.

    An interrupted restore of the same backup is completed. The marker stays: the caller removes
    it with ``finish_restore`` once the restored database is ready for use.

    Raises:
        NotEmptyError: the target database or media folder holds data.
        UnusableBackupError: the backup is damaged or of the other kind of database.
        BackupFailedError: the database could not be written.

    """
    manifest = read_manifest(folder)
    if manifest.database != place.url.get_backend_name():
        raise UnusableBackupError(f"备份来自 {manifest.database}，不能恢复到另一种数据库")
    mark = json.dumps({"backup": checksum_of(folder / MANIFEST)})
    if not _is_marked(place.data_dir, mark):
        _refuse_full(place, engine)
        place.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(place.data_dir / MARKER, mark)
    if place.is_sqlite:
        database = Path(place.url.database or "")
        for suffix in ("-wal", "-shm"):  # of the interrupted run, of no use to a new copy
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        _copy_sqlite(folder / SQLITE_FILE, database)
    elif not inspect(engine).get_table_names():  # restored in one transaction, so all or nothing
        options = ("--no-owner", "--exit-on-error", "--single-transaction")
        _run("pg_restore", place.url, *options, str(folder / DUMP_FILE))
    for name in manifest.media_files:
        target = place.media / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / MEDIA / name, target, follow_symlinks=False)
    _copy_learnt(folder / LEARNT, place.data_dir, manifest.learnt_files)
    return manifest


def finish_restore(data_dir: Path) -> None:
    """Remove the marker: what was restored is complete."""
    (data_dir / MARKER).unlink(missing_ok=True)


def refuse_half_restored(data_dir: Path) -> None:
    """Raise HalfRestoredError while a restore into ``data_dir`` is not complete."""
    if (data_dir / MARKER).exists():
        raise HalfRestoredError(
            "上一次恢复中途停止，数据还不完整：请再次运行 qa-service restore，"
            "指定同一个备份，完成后再启动"
        )


def _is_marked(data_dir: Path, mark: str) -> bool:
    """Return whether a restore of this backup was begun here; raises HalfRestoredError."""
    marker = data_dir / MARKER
    if not marker.exists():
        return False
    if marker.read_text("utf-8") != mark:
        raise HalfRestoredError("上一次恢复没有完成，且来自另一个备份：请指定原来的备份")
    return True


def _copy_media(source: Path, target: Path) -> None:
    """Copy the media files of a running service: drafts of uploads come and go meanwhile."""
    for path in entries(source):
        if path.is_symlink() or path.name.startswith("."):
            continue
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, copy, follow_symlinks=False)
        except FileNotFoundError:
            copy.unlink(missing_ok=True)  # removed since the folder was listed


def _copy_learnt(source: Path, target: Path, names: Sequence[str]) -> None:
    """Copy the files that are there; a running service replaces each of them in one step."""
    for name in names:
        if (source / name).is_file():
            target.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(source / name, target / name, follow_symlinks=False)


def _refuse_full(place: Place, engine: Engine) -> None:
    """Raise NotEmptyError unless the target database and media folder are empty."""
    if place.is_sqlite:
        is_empty = not Path(place.url.database or "").exists()
    else:
        is_empty = not inspect(engine).get_table_names()
    if not is_empty:
        raise NotEmptyError("目标数据库不为空，恢复只能写入空的位置")
    if place.media.exists() and any(place.media.iterdir()):
        raise NotEmptyError(f"目录 {place.media} 不为空，恢复只能写入空的位置")


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite database that may be in use; raises BackupFailedError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as opened,
            closing(sqlite3.connect(draft)) as copied,
        ):
            opened.backup(copied)
            copied.execute("PRAGMA journal_mode = DELETE")
        draft.replace(target)
    except (sqlite3.Error, OSError) as error:
        draft.unlink(missing_ok=True)
        raise BackupFailedError(f"无法复制数据库：{type(error).__name__}") from error


def _run(program: str, url: URL, *arguments: str) -> None:
    """Run a PostgreSQL client program on the database of ``url``; raises BackupFailedError."""
    # The password is passed in the environment: arguments are visible to every user.
    target = {
        "PGHOST": str(url.query.get("host") or url.host or ""),
        "PGPORT": str(url.query.get("port") or url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
        # Of several hosts, the one that takes writes: a restore needs it.
        "PGTARGETSESSIONATTRS": str(url.query.get("target_session_attrs") or ""),
    }
    environment = {**os.environ, **{name: value for name, value in target.items() if value}}
    named = ("--dbname", url.database or "") if program == "pg_restore" else ()
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            [program, *named, *arguments], env=environment, capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise BackupFailedError(f"没有 {program}，请安装 postgresql-client") from error
    if done.returncode:
        raise BackupFailedError(f"{program} 失败：{done.stderr.strip()[:300]}")
