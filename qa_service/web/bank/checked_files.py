"""Files that a trial run has checked, kept so that they need not be chosen again to be imported.

A file is kept for one browser session and found again by its checksum alone, so what is
imported is byte for byte what was checked, by the person who checked it.
"""

import hashlib
import os
import re
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.exchange.rows.source_row import SourceFile

FOLDER = "imports"
"""The folder of checked files within the data directory."""
KEPT = timedelta(hours=1)
"""Time for which a checked file is kept."""

_CHECKSUM = re.compile(r"[0-9a-f]{64}")


class CheckedFileGoneError(InvalidInputError):
    """The checked file is no longer kept, or was checked in another session."""

    code = "checked_file_gone"
    title = "检查过的文件已不在"


class CheckedFiles:
    """The checked files of one browser session, below ``folder``."""

    def __init__(self, folder: Path, session_secret: str) -> None:
        self._folder = folder
        self._own = folder / hashlib.sha256(session_secret.encode()).hexdigest()[:32]

    def keep(self, file: SourceFile, *, now: datetime) -> str:
        """Keep a copy of ``file`` in the place of an earlier one; return its checksum.

        Files of all sessions that were kept for longer than KEPT are deleted.
        """
        self.clear()
        delete_old_files(self._folder, now=now)
        self._own.mkdir(parents=True, mode=0o700, exist_ok=True)
        checksum = _checksum(file.path)
        shutil.copyfile(file.path, self._own / checksum)
        os.utime(self._own, (now.timestamp(), now.timestamp()))
        return checksum

    def find(self, checksum: str, name: str, *, now: datetime) -> SourceFile:
        """Return the kept file of this checksum under its name; raises CheckedFileGoneError."""
        delete_old_files(self._folder, now=now)
        path = self._own / checksum
        is_kept = _CHECKSUM.fullmatch(checksum) and path.is_file()
        if not is_kept or _checksum(path) != checksum:
            problem = FieldProblem("file", "检查过的文件已不在，请重新选择文件")
            raise CheckedFileGoneError(problem.message, problems=(problem,))
        return SourceFile(path, name)

    def clear(self) -> None:
        """Delete the session's file."""
        shutil.rmtree(self._own, ignore_errors=True)


def delete_old_files(folder: Path, *, now: datetime) -> int:
    """Delete what sessions keep below ``folder`` for longer than KEPT; return of how many.

    Such a file holds whatever its sender wrote into it.
    """
    if not folder.is_dir():
        return 0
    oldest, deleted = (now - KEPT).timestamp(), 0
    for own in folder.iterdir():
        with suppress(FileNotFoundError):  # another request may delete it too
            if own.stat().st_mtime < oldest:
                shutil.rmtree(own, ignore_errors=True)
                deleted += 1
    return deleted


def _checksum(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
