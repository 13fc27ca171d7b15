from pathlib import Path

import pytest

from qa_service.knowledge.exchange.rows import readers
from qa_service.knowledge.exchange.rows.readers import read_file, read_rows
from qa_service.knowledge.exchange.rows.source_row import (
    SourceFile,
    SourceRow,
    UnreadableFileError,
)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read(folder: Path, name: str, content: bytes) -> list[SourceRow]:
    return list(read_rows(write(folder, name, content)))


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_is_read_in_the_encodings_of_chinese_tables(
        self, tmp_path: Path, encoding: str
    ) -> None:
        content = "标准问题,答案\r\n㐂居怎么办？,可以办。\r\n".encode(encoding)
        (row,) = read(tmp_path, "a.csv", content)
        assert row.values == {"标准问题": "㐂居怎么办？", "答案": "可以办。"}

    def test_numbers_rows_as_a_table_does_and_skips_empty_ones(self, tmp_path: Path) -> None:
        content = '标准问题,答案\n"甲\n乙",一\n,\n\n丙,二\n'.encode()
        rows = read(tmp_path, "a.csv", content)
        assert [row.number for row in rows] == [2, 5]
        assert rows[1].cell("标准问题") == "第5行「标准问题」"

    @pytest.mark.parametrize("line", ["甲", "甲,一,多"])
    def test_a_row_of_another_width_is_faulty(self, tmp_path: Path, line: str) -> None:
        (row,) = read(tmp_path, "a.csv", f"标准问题,答案\n{line}\n".encode())
        assert "表头有 2 列" in row.faults[0].message

    def test_content_in_a_column_without_a_name_is_faulty(self, tmp_path: Path) -> None:
        (row,) = read(tmp_path, "a.csv", "标准问题,\n甲,一\n".encode())
        assert "没有列名" in row.faults[0].message

    def test_an_unpaired_quote_refuses_the_file(self, tmp_path: Path) -> None:
        content = '标准问题,答案\n甲,"一\n'.encode() + "乙,二\n".encode() * 20_000
        with pytest.raises(UnreadableFileError, match="引号没有成对"):
            read(tmp_path, "a.csv", content)

    def test_a_binary_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFileError, match="不是文本文件"):
            read(tmp_path, "a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\r")

    def test_two_columns_of_one_name_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFileError, match="两个“答案”列"):
            read(tmp_path, "a.csv", "答案,答案\n一,二\n".encode())


class TestJsonl:
    def test_keeps_the_line_number_and_the_values(self, tmp_path: Path) -> None:
        rows = read(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"key": "a"}\n\n{"key": "b", "n": 1}\n')
        assert [(row.number, row.values) for row in rows] == [
            (1, {"key": "a"}),
            (3, {"key": "b", "n": 1}),
        ]
        assert rows[1].cell("key") == "第3行 key"

    @pytest.mark.parametrize(
        "line", ['{"key": ', "[1]", '{"a": 1, "a": 2}', '{"a": NaN}', "[" * 100_000, '"a"']
    )
    def test_a_line_that_is_no_object_is_faulty(self, tmp_path: Path, line: str) -> None:
        good, bad = read(tmp_path, "a.jsonl", f'{{"key": "a"}}\n{line}\n'.encode())
        assert not good.faults
        assert bad.number == 2
        assert bad.faults

    def test_another_encoding_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFileError, match="UTF-8"):
            read(tmp_path, "a.jsonl", '{"key": "甲"}'.encode("gb18030"))

    def test_an_endless_line_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(readers, "LINE_CHARACTERS", 100)
        with pytest.raises(UnreadableFileError, match="过长"):
            read(tmp_path, "a.jsonl", b'{"key": "' + b"a" * 200 + b'"}')


class TestFiles:
    def test_another_suffix_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFileError, match=r"请用 \.jsonl、\.csv 或 \.xlsx"):
            read(tmp_path, "a.pdf", b"")

    @pytest.mark.parametrize("name", ["a.xls", "a.et"])
    def test_an_old_format_is_told_how_to_save_it(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(UnreadableFileError, match=r"旧版格式.*另存为 \.xlsx"):
            read(tmp_path, name, b"")

    @pytest.mark.parametrize(
        ("content", "name"),
        [(b"", "问答汇总.jsonl"), ("答案\n".encode(), "问答汇总.csv"), (b"x", "问答汇总.xlsx")],
    )
    def test_a_refusal_names_the_file_as_its_sender_does(
        self, tmp_path: Path, content: bytes, name: str
    ) -> None:
        path = write(tmp_path, "upload", content)
        with pytest.raises(UnreadableFileError, match="问答汇总"):
            list(read_file(SourceFile(path, name)))

    def test_a_missing_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFileError, match="没有文件"):
            list(read_rows(tmp_path / "none.csv"))

    @pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
    @pytest.mark.parametrize("content", [b"", b"\n\n"])
    def test_a_file_without_rows_is_refused(
        self, tmp_path: Path, name: str, content: bytes
    ) -> None:
        with pytest.raises(UnreadableFileError, match="没有数据行"):
            read(tmp_path, name, content)

    def test_more_rows_than_the_limit_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(readers, "ROW_LIMIT", 2)
        with pytest.raises(UnreadableFileError, match="请分成几个文件"):
            read(tmp_path, "a.csv", "答案\n一\n二\n三\n".encode())
