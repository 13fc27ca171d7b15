"""Uploads leave room for everybody, and what is removed takes none."""

import io
from pathlib import Path

import pytest

from qa_service.knowledge.media.files import UnusableMediaError, file_of, require_room, store_file
from qa_service.vocabulary import MediaKind


def picture(number: int) -> io.BytesIO:
    return io.BytesIO(b"\xff\xd8\xff" + bytes([number]) * 997)


class TestQuota:
    def test_of_all_files_together_is_kept(self, tmp_path: Path) -> None:
        for number in range(3):
            require_room(tmp_path, limit=1_000, quota=3_500)
            store_file(picture(number), tmp_path, MediaKind.INFOGRAPHIC, limit=1_000)
        with pytest.raises(UnusableMediaError, match="QA_MEDIA_TOTAL_BYTES"):
            require_room(tmp_path, limit=1_000, quota=3_500)
        first = next(path for path in tmp_path.rglob("*") if path.is_file())
        assert file_of(tmp_path, first.name) == first
        first.unlink()
        require_room(tmp_path, limit=1_000, quota=3_500)

    def test_leaves_the_disk_some_space(self, tmp_path: Path) -> None:
        with pytest.raises(UnusableMediaError, match="磁盘"):
            require_room(tmp_path, limit=10**16, quota=10**17)
