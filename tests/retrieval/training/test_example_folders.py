from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_service.retrieval.training.contrasts import UnusableContrastsError
from qa_service.retrieval.training.example_folders import (
    FAULTS_TOLD,
    Line,
    UnusableLineError,
    read_folder,
)


def numbers(_file: str, line: Line) -> Iterator[int]:
    if line["number"] < 0:
        raise UnusableLineError("：不能小于 0")
    yield line["number"]


def read(folder: Path) -> list[int]:
    return read_folder(folder, numbers, form="{number}", unusable=UnusableContrastsError, what="数")


def test_every_line_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"number": 1}\n\n{"number": -1}\n{}\nx\n', encoding="utf-8")
    with pytest.raises(UnusableContrastsError) as told:
        read(tmp_path)
    assert told.value.message == (
        "数有误：a.jsonl 第 3 行：不能小于 0；"
        "a.jsonl 第 4 行不是 {number}；a.jsonl 第 5 行不是 {number}"
    )


def test_of_many_such_lines_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n" * (FAULTS_TOLD + 7), encoding="utf-8")
    with pytest.raises(UnusableContrastsError) as told:
        read(tmp_path)
    assert told.value.message.count("第") == FAULTS_TOLD
    assert told.value.message.endswith("；另有 7 行有误")


def test_lines_of_all_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"number": 2}\n', encoding="utf-8")
    (tmp_path / "a.jsonl").write_text('{"number": 1}\n', encoding="utf-8")
    assert read(tmp_path) == [1, 2]
