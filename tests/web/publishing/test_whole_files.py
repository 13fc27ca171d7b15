"""Files that appear whole, or not at all."""

from pathlib import Path

import pytest

from qa_service.web.publishing.whole_files import write_whole


def test_a_file_that_cannot_take_its_place_leaves_nothing_and_is_named(tmp_path: Path) -> None:
    taken = tmp_path / "report.xlsx"
    taken.mkdir()
    with pytest.raises(OSError) as refused:  # noqa: PT011 - which one depends on the system
        write_whole(taken, b"PK")
    assert refused.value.filename == str(taken)
    assert [path.name for path in tmp_path.iterdir()] == ["report.xlsx"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_whole(path, "旧".encode())
    assert write_whole(path, "新".encode(), mode=0o644).read_text(encoding="utf-8") == "新"
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
