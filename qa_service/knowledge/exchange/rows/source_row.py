"""An import file and a row of it, independent of the file format."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from qa_service.errors import FieldProblem, InvalidInputError

ROW_LIMIT = 100_000
"""Greatest number of rows of one file; larger banks are split."""


class FileFormat(StrEnum):
    """The formats of exchanged files; the value is the suffix."""

    JSONL = ".jsonl"
    CSV = ".csv"
    XLSX = ".xlsx"


class UnreadableFileError(InvalidInputError):
    """The file as a whole cannot be read; the message gives the remedy."""

    code = "unreadable_file"
    title = "文件无法读取"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to be read: its path, and the name under which its sender knows it.

    ``notes`` collects what the reader left out, for the report.
    """

    path: Path
    name: str
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row or line: its number in the file (from 1) and its values by column.

    ``faults`` are defects of single cells found while reading, with the column as
    the field ("" for the row as a whole); such a row is never to be stored.
    ``dates_from_1904`` tells how the numbers of days in the workbook are counted.
    """

    format: FileFormat
    number: int
    values: Mapping[str, object]
    letters: Mapping[str, str]
    faults: tuple[FieldProblem, ...] = ()
    dates_from_1904: bool = False

    def cell(self, column: str) -> str:
        """Return the position of ``column`` for users: "D7", "第7行「答案」" or "第7行 answer"."""
        if self.format is FileFormat.XLSX and column in self.letters:
            return f"{self.letters[column]}{self.number}"
        if not column:
            return f"第{self.number}行"
        if self.format is FileFormat.JSONL:
            return f"第{self.number}行 {column}"
        return f"第{self.number}行「{column}」"


def is_blank(value: object) -> bool:
    """Return whether a cell is empty or white space."""
    return value is None or (isinstance(value, str) and not value.strip())


def heading_text(value: object) -> str:
    """Return the text of a heading on one line; "" for an empty cell."""
    return "" if value is None else re.sub(r"\s+", "", str(value))


def check_header(header: list[str]) -> None:
    """Raise UnreadableFileError if two columns of a table have the same name."""
    named = [name for name in header if name]
    for name in named:
        if named.count(name) > 1:
            raise UnreadableFileError(f"表头有两个“{name}”列，请删去一个")


def too_many_rows() -> UnreadableFileError:
    """Return the error of a file that is longer than ROW_LIMIT."""
    return UnreadableFileError(f"文件超过 {ROW_LIMIT} 行，请分成几个文件导入")
