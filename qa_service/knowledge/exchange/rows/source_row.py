"""A row of an import file, independent of the file format."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
class SourceRow:
    """One row or line: its number in the file (from 1) and its values by column.

    ``faults`` are defects of single cells found while reading, with the column as
    the field ("" for the row as a whole); such a row is never to be stored.
    """

    format: FileFormat
    number: int
    values: Mapping[str, object]
    letters: Mapping[str, str]
    faults: tuple[FieldProblem, ...] = ()

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


def check_header(header: list[str]) -> None:
    """Raise UnreadableFileError if two columns of a table have the same name."""
    named = [name for name in header if name]
    for name in named:
        if named.count(name) > 1:
            raise UnreadableFileError(f"表头有两个“{name}”列，请删去一个")


def too_many_rows() -> UnreadableFileError:
    """Return the error of a file that is longer than ROW_LIMIT."""
    return UnreadableFileError(f"文件超过 {ROW_LIMIT} 行，请分成几个文件导入")
