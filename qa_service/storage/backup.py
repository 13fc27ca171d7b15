"""Backs up a running service and restores a backup into an empty place.

SQLite is copied with its backup API, PostgreSQL with ``pg_dump``; both copy one consistent
snapshot. The manifest, with a checksum of every file, is written last, so a folder
without a manifest is an incomplete backup.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import URL, make_url

from qa_service.errors import ConflictError, InvalidInputError, UnavailableError

MANIFEST = "manifest.json"
FORMAT = 1
SQLITE_FILE = "qa_service.db"
DUMP_FILE = "qa_service.dump"
MEDIA = "media"


class BackupFailedError(UnavailableError):
    """The database could not be copied."""

    code = "backup_failed"
    title = "备份失败"


class UnusableBackupError(InvalidInputError):
    """The folder is not a complete backup, or its files were changed."""

    code = "unusable_backup"
    title = "备份不可用"


class NotEmptyError(ConflictError):
    """The target already holds data, which is not overwritten."""

    code = "not_empty"
    title = "目标不为空"


@dataclass(frozen=True, slots=True)
class Place:
    """Locations of the data that a backup contains."""

    database_url: str
    media: Path


def back_up(place: Place, folder: Path, *, now: datetime, key_ids: Sequence[int]) -> int:
    """Write database and media to ``folder``, which must be new or empty.

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
    url = make_url(place.database_url)
    if url.get_backend_name() == "sqlite":
        _copy_sqlite(Path(url.database or ""), folder / SQLITE_FILE)
    else:
        _run("pg_dump", url, "--format=custom", f"--file={folder / DUMP_FILE}")
    # Copied after the database, so that every file the database names is in the backup.
    if place.media.exists():
        shutil.copytree(place.media, folder / MEDIA)
    files = {str(path.relative_to(folder)): _checksum(path) for path in _files(folder)}
    manifest = {
        "format": FORMAT,
        "created_at": now.isoformat(),
        "database": url.get_backend_name(),
        "key_ids": list(key_ids),
        "files": files,
    }
    _write_last(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    return len(files)


def read_backup(folder: Path) -> dict[str, Any]:
    """Verify the checksum of every file and return the manifest; raises UnusableBackupError."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        files: dict[str, str] = manifest["files"]
    except (OSError, ValueError, KeyError) as error:
        raise UnusableBackupError(f"{folder} 不是完整的备份：没有可读的 {MANIFEST}") from error
    if manifest.get("format") != FORMAT:
        raise UnusableBackupError("备份由另一版本的程序写成，请用该版本恢复")
    for name, checksum in files.items():
        path = folder / name
        if not path.is_file() or _checksum(path) != checksum:
            raise UnusableBackupError(f"备份中的 {name} 缺失或已损坏")
    return manifest


def restore(folder: Path, place: Place, engine: Engine) -> None:
    """Restore a backup into an empty place, after verifying it.

    Raises:
        NotEmptyError: the target database or media folder holds data.
        UnusableBackupError: the backup is damaged or of the other kind of database.
        BackupFailedError: the database could not be written.

    """
    manifest = read_backup(folder)
    url = make_url(place.database_url)
    if manifest["database"] != url.get_backend_name():
        raise UnusableBackupError(f"备份来自 {manifest['database']}，不能恢复到另一种数据库")
    _refuse_full(place, url, engine)
    if url.get_backend_name() == "sqlite":
        _copy_sqlite(folder / SQLITE_FILE, Path(url.database or ""))
    else:
        options = ("--no-owner", "--exit-on-error", "--single-transaction")
        _run("pg_restore", url, *options, str(folder / DUMP_FILE))
    if (folder / MEDIA).exists():
        shutil.copytree(folder / MEDIA, place.media, dirs_exist_ok=True)


def _refuse_full(place: Place, url: URL, engine: Engine) -> None:
    """Raise NotEmptyError unless the target database and media folder are empty."""
    if url.get_backend_name() == "sqlite":
        is_empty = not Path(url.database or "").exists()
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


def _files(folder: Path) -> Iterator[Path]:
    """Return all files below ``folder`` in the order of their paths."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _checksum(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_last(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` durably and in one step."""
    draft = path.with_suffix(".part")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
