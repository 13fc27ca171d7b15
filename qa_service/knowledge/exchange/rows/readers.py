"""Readers of JSONL, CSV and XLSX files, which yield rows."""

import codecs
import csv
import json
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import NoReturn

from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.rows.source_row import (
    ROW_LIMIT,
    FileFormat,
    SourceFile,
    SourceRow,
    UnreadableFileError,
    check_header,
    heading_text,
    is_blank,
    too_many_rows,
)
from qa_service.knowledge.exchange.rows.xlsx_reader import read_xlsx

LINE_CHARACTERS = 10_000_000
"""Greatest length of a line of a JSONL file or of a cell of a CSV file."""

_CHUNK = 1 << 20
_OLD_SUFFIXES = frozenset({".xls", ".et", ".xlsb", ".ods"})


def read_rows(path: Path) -> Iterator[SourceRow]:
    """Yield the rows of the file at ``path``; see ``read_file``."""
    yield from read_file(SourceFile(path, path.name))


def read_file(file: SourceFile) -> Iterator[SourceRow]:
    """Yield the rows of ``file`` in order, without empty ones.

    Defects of a single row are its ``faults``; raises UnreadableFileError when the file as a
    whole cannot be read.
    """
    readers = {
        FileFormat.JSONL: _read_jsonl,
        FileFormat.CSV: _read_csv,
        FileFormat.XLSX: read_xlsx,
    }
    if not file.path.is_file():
        raise UnreadableFileError(f"没有文件 {file.name}，请检查路径")
    found = False
    for count, row in enumerate(readers[format_of(Path(file.name))](file), start=1):
        found = True
        if count > ROW_LIMIT:
            raise too_many_rows()
        yield row
    if not found:
        raise UnreadableFileError("；".join([f"{file.name} 里没有数据行", *file.notes]))


def format_of(path: Path) -> FileFormat:
    """Return the format of a file by its suffix; raises UnreadableFileError for another one."""
    suffix = path.suffix.lower()
    if suffix in _OLD_SUFFIXES:
        message = f"{path.name} 是旧版格式（{suffix}），请用 Excel 或 WPS 另存为 .xlsx 再试"
        raise UnreadableFileError(message)
    try:
        return FileFormat(suffix)
    except ValueError:
        message = f"不认识 {path.name} 的格式，请用 .jsonl、.csv 或 .xlsx 文件"
        raise UnreadableFileError(message) from None


def _read_jsonl(source: SourceFile) -> Iterator[SourceRow]:
    """Yield the lines of a JSONL file."""
    try:
        with source.path.open(encoding="utf-8-sig") as file:
            number = 0
            while line := file.readline(LINE_CHARACTERS + 1):
                number += 1
                if len(line) > LINE_CHARACTERS:
                    raise UnreadableFileError(f"{source.name} 第{number}行过长，请检查文件是否损坏")
                if line.strip():
                    yield _jsonl_row(number, line)
    except UnicodeDecodeError:
        raise UnreadableFileError(f"{source.name} 不是 UTF-8 文本，请另存为 UTF-8") from None


def _jsonl_row(number: int, line: str) -> SourceRow:
    """Return the row of a line; one that is no JSON object is a row with a fault."""
    try:
        value = json.loads(line, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        return _faulty_line(number, f"不是正确的 JSON（{reason}），请检查引号和逗号")
    if not isinstance(value, dict):
        return _faulty_line(number, "每行应是一个 JSON 对象，形如 {…}")
    return SourceRow(FileFormat.JSONL, number, value, {})


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a JSON object; raises ValueError for a key that stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("同一个键出现两次")
    return found


def _refuse_constant(name: str) -> NoReturn:
    """Raise ValueError for NaN and Infinity, which JSON does not have."""
    raise ValueError(f"不能写 {name}")


def _faulty_line(number: int, message: str) -> SourceRow:
    """Return a row that has a fault and no values."""
    return SourceRow(FileFormat.JSONL, number, {}, {}, (FieldProblem("", message),))


def _read_csv(source: SourceFile) -> Iterator[SourceRow]:
    """Yield the records of a CSV file."""
    with source.path.open(encoding=_encoding(source), newline="") as file:
        # The default limit of the csv module would reject the whole file for one long cell.
        csv.field_size_limit(LINE_CHARACTERS)
        records = csv.reader(file, strict=True)
        header: list[str] | None = None
        number = 0
        try:
            for number, record in enumerate(records, start=1):
                if all(is_blank(cell) for cell in record):
                    continue
                if header is None:
                    header = [heading_text(name) for name in record]
                    check_header(header)
                else:
                    yield _csv_row(number, header, record)
        except csv.Error as error:
            message = f"{source.name} 第{number + 1}行之后读不下去，多半是引号没有成对（{error}）"
            raise UnreadableFileError(message) from None


def _csv_row(number: int, header: list[str], record: list[str]) -> SourceRow:
    """Return the row of a record; one of another length than the heading has a fault."""
    values: dict[str, object] = {}
    faults: list[FieldProblem] = []
    if len(record) != len(header):
        message = f"有 {len(record)} 格，表头有 {len(header)} 列，请检查逗号和引号"
        faults.append(FieldProblem("", message))
    for name, cell in zip_longest(header, record):
        if name:
            values[name] = cell
        elif name == "" and not is_blank(cell):
            faults.append(FieldProblem("", "没有列名的列里有内容，请补上列名或清空"))
    return SourceRow(FileFormat.CSV, number, values, {}, tuple(faults))


def _encoding(source: SourceFile) -> str:
    """Return the encoding of a text file; raises UnreadableFileError for another file."""
    # UTF-8 is tried first: other Chinese text is practically never valid UTF-8,
    # while nearly any bytes are some GB18030 text.
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(source.path, encoding):
            return encoding
    raise UnreadableFileError(f"{source.name} 不是文本文件，请在表格软件中另存为“CSV UTF-8”")


def _decodes(path: Path, encoding: str) -> bool:
    """Return whether the whole file is text in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if "\0" in decoder.decode(chunk):
                    return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
