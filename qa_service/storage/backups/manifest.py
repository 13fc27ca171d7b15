"""Manifest of a backup: what the folder must hold, file by file, before any of it is used."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from qa_service.errors import InvalidInputError

MANIFEST = "manifest.json"
FORMAT = 1
SQLITE_FILE = "qa_service.db"
DUMP_FILE = "qa_service.dump"
MEDIA = "media"
LEARNT = "learnt"
"""Folder of what this machine learnt of its use: calibration, re-ranker and their records."""
LEARNT_FILES = (
    "calibration.json",
    "calibration-bank.json",
    "reranker.safetensors",
    "learning.json",
)
"""Names of those files, in the data folder as in the backup."""
DATABASE_FILES = {"sqlite": SQLITE_FILE, "postgresql": DUMP_FILE}


_LEARNT = frozenset(f"{LEARNT}/{name}" for name in LEARNT_FILES)


class UnusableBackupError(InvalidInputError):
    """The folder is not a complete backup, or its files were changed."""

    code = "unusable_backup"
    title = "备份不可用"


class Manifest(BaseModel):
    """The kind of database, the ids of its encryption keys, and the checksum of every file."""

    format: int
    created_at: str
    database: str
    key_ids: list[int]
    files: dict[str, Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]

    @property
    def database_file(self) -> str:
        """The name of the file that holds the database."""
        return DATABASE_FILES[self.database]

    @property
    def media_files(self) -> list[str]:
        """The names of the media files, relative to the media folder."""
        return self._below(MEDIA)

    @property
    def learnt_files(self) -> list[str]:
        """The names of the files of what was learnt."""
        return self._below(LEARNT)

    def _below(self, folder: str) -> list[str]:
        """Return the names of the files below a folder, relative to it."""
        return [name[len(folder) + 1 :] for name in self.files if name.startswith(f"{folder}/")]


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest once every file is the one it lists, and there is no other.

    Raises UnusableBackupError for a file that is missing, damaged, a link, or not listed.
    """
    manifest = _parsed(folder)
    if manifest.database not in DATABASE_FILES:
        raise UnusableBackupError(f"备份来自 {manifest.database[:20]}，不能恢复到另一种数据库")
    if manifest.database_file not in manifest.files:
        raise UnusableBackupError(f"{MANIFEST} 没有列出数据库文件，备份不完整或被改动过")
    for name in manifest.files:
        if name != manifest.database_file and not _is_media_name(name) and name not in _LEARNT:
            raise UnusableBackupError(f"{MANIFEST} 中的文件名 {name[:100]!r} 不属于备份")
    found = {str(path.relative_to(folder)) for path in entries(folder)} - {MANIFEST}
    unlisted = sorted(found - manifest.files.keys())
    if unlisted:
        raise UnusableBackupError(f"备份中有清单之外的文件 {unlisted[0][:100]!r}，请移走后再恢复")
    for name, checksum in manifest.files.items():
        path = folder / name
        if name not in found or path.is_symlink() or checksum_of(path) != checksum:
            raise UnusableBackupError(f"备份中的 {name} 缺失或已损坏")
    return manifest


def _parsed(folder: Path) -> Manifest:
    """Parse the manifest file; raises UnusableBackupError."""
    try:
        text = (folder / MANIFEST).read_text("utf-8")
        manifest = Manifest.model_validate_json(text)
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise UnusableBackupError(
            f"{folder} 不是完整的备份：没有可读的 {MANIFEST}，或其中缺少内容"
        ) from error
    if manifest.format != FORMAT:
        raise UnusableBackupError("备份由另一版本的程序写成，请用该版本恢复")
    return manifest


def _is_media_name(name: str) -> bool:
    """Return whether ``name`` is a plain path below the media folder."""
    path = PurePosixPath(name)
    return len(path.parts) > 1 and path.parts[0] == MEDIA and ".." not in path.parts


def entries(folder: Path) -> Iterator[Path]:
    """Yield files and links below ``folder``, following no link, in the order of their names."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        yield from (Path(place) / name for name in sorted([*names, *links]))


def checksum_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_durably(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` durably and in one step."""
    draft = path.with_suffix(".part")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
