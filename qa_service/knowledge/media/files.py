"""Media files: typed by their content, never by their name, and stored under their checksum."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.vocabulary import MediaKind

FILES = "media files"
"""Name of the lock held from storing or deleting a file until its rows are committed."""

HEAD = 64
CHUNK = 1 << 20
SPARE_BYTES = 500_000_000
"""Free space that uploads leave for everything else."""

PNG, JPEG, GIF = "image/png", "image/jpeg", "image/gif"
MP4, WEBM = "video/mp4", "video/webm"

TYPES = {
    MediaKind.INFOGRAPHIC: (PNG, JPEG),
    MediaKind.ANIMATION: (GIF, MP4, WEBM),
    MediaKind.VIDEO: (MP4, WEBM),
}
"""Allowed content types of each kind."""

_WORDS = {PNG: "PNG", JPEG: "JPEG", GIF: "GIF", MP4: "MP4", WEBM: "WebM"}
_SVG_SIGNS = (b"<svg", b"<?xml", b"<!doctype")


class UnusableMediaError(InvalidInputError):
    """The file is empty, too large, or of a type that is not allowed."""

    code = "unusable_media"
    title = "文件不能使用"


def content_type(head: bytes) -> str | None:
    """Return the content type detected from the first bytes of a file; None if unknown.

    SVG is not accepted from people, because it can contain scripts and links; see
    ``drawings.py`` for those of the corpus.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head[4:8] == b"ftyp" and head[8:12] != b"qt  ":
        return MP4
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head:
        return WEBM
    return None


def store_file(source: BinaryIO, folder: Path, kind: MediaKind, *, limit: int) -> tuple[str, str]:
    """Store a file in ``folder`` and return its checksum (SHA-256) and content type.

    Raises UnusableMediaError; nothing remains of a refused file.
    """
    head = source.read(HEAD)
    found = content_type(head)
    _check(head, found, kind)
    source.seek(0)
    return keep_file(source, folder, limit=limit), str(found)


def keep_file(source: BinaryIO, folder: Path, *, limit: int) -> str:
    """Store a file of a known type in ``folder``, whole or not at all; return its checksum.

    Raises UnusableMediaError for more than ``limit`` bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{uuid4().hex}.tmp"
    digest = hashlib.sha256()
    try:
        with draft.open("wb") as file:
            size = 0
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise _refusal(f"文件超过 {limit // 1_000_000} MB，请压缩后再传")
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        checksum = digest.hexdigest()
        target = file_of(folder, checksum)
        target.parent.mkdir(exist_ok=True)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return checksum


def require_room(folder: Path, *, limit: int, quota: int) -> None:
    """Raise UnusableMediaError unless a file of ``limit`` bytes still fits.

    All files together may take ``quota`` bytes, and ``SPARE_BYTES`` of the disk stay free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    used = sum(path.stat().st_size for path in folder.glob("??/*") if path.is_file())
    if used + limit > quota:
        raise _refusal(
            "图解和视频已占满规定的空间，请移除不用的，或请管理员调大 QA_MEDIA_TOTAL_BYTES"
        )
    if shutil.disk_usage(folder).free < limit + SPARE_BYTES:
        raise _refusal("服务器磁盘空间不足，暂时不能上传，请告知管理员")


def file_of(folder: Path, checksum: str) -> Path:
    """Return the path of the file with this checksum."""
    return folder / checksum[:2] / checksum


def _check(head: bytes, found: str | None, kind: MediaKind) -> None:
    if not head:
        raise _refusal("文件是空的，请重新选择")
    if found is None and head.lstrip().lower().startswith(_SVG_SIGNS):
        raise _refusal("SVG 可能带有脚本，请另存为 PNG 后上传")
    if found not in TYPES[kind]:
        allowed = "、".join(_WORDS[one] for one in TYPES[kind])
        raise _refusal(f"按内容识别，文件不是 {allowed}，请转换后上传")


def _refusal(message: str) -> UnusableMediaError:
    return UnusableMediaError(message, problems=(FieldProblem("file", message),))
