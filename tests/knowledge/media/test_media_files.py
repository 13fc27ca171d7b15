from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.knowledge.media.files import (
    GIF,
    JPEG,
    MP4,
    PNG,
    WEBM,
    UnusableMediaError,
    content_type,
    file_of,
    store_file,
)
from qa_service.vocabulary import MediaKind

HEADS = {
    PNG: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    JPEG: b"\xff\xd8\xff\xe0",
    GIF: b"GIF89a",
    MP4: b"\x00\x00\x00\x18ftypmp42",
    WEBM: b"\x1aE\xdf\xa3\x01\x00\x00\x00webm",
}
LIMIT = 1_000


def keep(folder: Path, content: bytes, kind: MediaKind = MediaKind.INFOGRAPHIC) -> tuple[str, str]:
    return store_file(BytesIO(content), folder, kind, limit=LIMIT)


@pytest.mark.parametrize("expected", HEADS)
def test_the_content_tells_the_type(expected: str) -> None:
    assert content_type(HEADS[expected] + b"\x00" * 40) == expected


@given(st.binary(max_size=64))
def test_anything_else_is_no_type(head: bytes) -> None:
    if not any(head.startswith(known[:3]) for known in HEADS.values()) and head[4:8] != b"ftyp":
        assert content_type(head) is None


def test_a_file_is_kept_once_by_its_checksum(tmp_path: Path) -> None:
    content = HEADS[PNG] + b"picture"
    checksum, found = keep(tmp_path, content)
    assert found == PNG
    assert keep(tmp_path, content)[0] == checksum
    assert file_of(tmp_path, checksum).read_bytes() == content
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        (b"", MediaKind.INFOGRAPHIC, "空的"),
        (b"<svg onload=alert(1)>", MediaKind.INFOGRAPHIC, "SVG"),
        (b'<?xml version="1.0"?><svg/>', MediaKind.INFOGRAPHIC, "SVG"),
        (b"<html>", MediaKind.INFOGRAPHIC, "PNG、JPEG"),
        (HEADS[PNG], MediaKind.VIDEO, "MP4、WebM"),
        (HEADS[MP4], MediaKind.INFOGRAPHIC, "PNG、JPEG"),
        (HEADS[PNG] + b"x" * LIMIT, MediaKind.INFOGRAPHIC, "超过"),
    ],
)
def test_what_it_may_not_be_is_refused_and_leaves_nothing(
    tmp_path: Path, content: bytes, kind: MediaKind, told: str
) -> None:
    with pytest.raises(UnusableMediaError, match=told):
        keep(tmp_path, content, kind)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
