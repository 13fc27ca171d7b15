"""Typed access to the values of a row by column, collecting the faults."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.rows.cells import (
    has_ditto,
    inline_list,
    is_placeholder,
    split_items,
    unguard_formula,
)
from qa_service.knowledge.exchange.rows.dates import MODEL, day_of_serial, parse_day
from qa_service.knowledge.exchange.rows.headings import IGNORED, Headings, match_headings
from qa_service.knowledge.exchange.rows.source_row import FileFormat, SourceRow, UnreadableFileError

CELL_CHARACTERS = 32_767
"""Greatest length of a text in an Excel cell (Excel specifications and limits)."""

_ENDLESS = frozenset({"长期", "长期有效", "永久", "永久有效", "无期限", "不限"})
"""What offices write where a document or an answer has no last day."""

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: key in JSONL, heading in tables, and whether a file must have it.

    ``width`` is the width in a sheet in characters, ``guide`` the instruction for users,
    ``aliases`` are other headings under which offices write the column.
    """

    name: str
    label: str
    required: bool = False
    width: int = 0
    guide: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(slots=True)
class RowFields:
    """A row whose values are read by column.

    ``problems`` collects the faults, ``notes`` what the user should know of a row without any.
    Raises UnreadableFileError for a table whose heading does not fit, because every row
    would be refused for the same reason.
    """

    row: SourceRow
    columns: tuple[Column, ...]
    problems: list[FieldProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.problems.extend(self.row.faults)
        if self.row.values:
            self._check_columns()

    def text(self, name: str) -> str:
        """Return the value as trimmed text; "" when there is none."""
        text = self._as_text(self.value(name))
        if text is None:
            self.fault(name, "应是文字")
            return ""
        if len(text) > CELL_CHARACTERS:
            self.fault(name, f"超过 {CELL_CHARACTERS} 个字，请精简")
            return ""
        return text

    def optional_text(self, name: str) -> str:
        """Return the value as trimmed text; "" when there is none or a placeholder such as 无."""
        text = self.text(name)
        return "" if is_placeholder(text) else text

    def items(self, name: str, signs: str) -> tuple[str, ...]:
        """Return the items of a list, or of one cell in which ``signs`` separate them.

        Placeholders such as 无 in a cell are left out, and 同上 is a fault; lists of JSONL and
        inline ones are taken as they are.
        """
        value = self.listed(name)
        if value is not None:
            texts = [self._as_text(item) for item in value]
            if None in texts:
                self.fault(name, "应是文字的列表")
            return tuple(text for text in texts if text)
        text = self.text(name)
        if has_ditto(text, signs):
            self.fault(name, "写的是“同上”，请写出内容")
        return split_items(text, signs)

    def listed(self, name: str) -> list[Any] | None:
        """Return the list of a JSONL value, or of a cell that is written as one; None for texts."""
        value = self.value(name)
        return inline_list(value) if isinstance(value, str) else _list_or_none(value)

    def day(self, name: str, *, required: bool = False) -> date | None:
        """Return the date in Beijing's calendar; None when there is none.

        A number is taken for the serial number under which Excel stores a date, except in JSONL.
        """
        value = self.value(name)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = self.optional_text(name)
        if not required and text in _ENDLESS:
            return None
        day = parse_day(text) or self._serial_day(name, text)
        if day is None and (text or required):
            found = f"“{text}”不是日期" if text else "不能为空"
            self.fault(name, f"{found}，{MODEL}")
        return day

    def choice(
        self, name: str, members: dict[str, Choice], *, required: bool = True
    ) -> Choice | None:
        """Return the member with this label or value; add a problem and return None if unknown."""
        text = self.text(name)
        if text in members:
            return members[text]
        if not required and is_placeholder(text):
            return None
        if text or required:
            found = f"“{text}”不在可选值之内" if text else "不能为空"
            self.fault(name, f"{found}，请从{'、'.join(members)}中选择")
        return None

    def value(self, name: str) -> object:
        """Return the value in the column; None when the column is already known to be faulty."""
        column = self.column(name)
        return None if self._is_faulty(column) else self.row.values.get(column)

    def fault(self, name: str, message: str) -> None:
        """Add a problem of the column ``name``, unless it has one."""
        column = self.column(name)
        if not self._is_faulty(column):
            self.problems.append(FieldProblem(column, message))

    def add(self, problems: Sequence[FieldProblem]) -> None:
        """Add the problems of a service, without those of columns already known to be faulty."""
        self.problems += [
            FieldProblem(self.column(problem.field), problem.message)
            for problem in problems
            if not self._is_faulty(self.column(problem.field))
        ]

    def column(self, name: str) -> str:
        """Return the heading under which the row has, or should have, the column ``name``."""
        return column_name(self.row, self.columns, name)

    def _is_faulty(self, column: str) -> bool:
        """Return whether a problem of the column is known."""
        return any(problem.field == column for problem in self.problems)

    def _as_text(self, value: object) -> str | None:
        """Return a value as text; None for one that is no text."""
        if isinstance(value, str):
            is_cell = self.row.format is not FileFormat.JSONL
            return (unguard_formula(value) if is_cell else value).strip()
        return _number_or_day(value)

    def _serial_day(self, name: str, text: str) -> date | None:
        """Return the day of an Excel serial number, with a note about it; None for other texts."""
        try:
            serial = float(text) if self.row.format is not FileFormat.JSONL else 0.0
        except ValueError:
            return None
        day = day_of_serial(serial, from_1904=self.row.dates_from_1904)
        if day is not None:
            self.notes.append(
                f"{self.row.cell(self.column(name))} 的 {text} 读作 {day.isoformat()}"
            )
        return day

    def _check_columns(self) -> None:
        """Add a problem for each unknown and each missing column."""
        headings = _headings(self.row, self.columns)
        missing = [
            column.name if self.row.format is FileFormat.JSONL else column.label
            for column in self.columns
            if column.required and column.name not in headings.found
        ]
        if self.row.format is FileFormat.JSONL:
            unknown = headings.unknown
            self.problems += [FieldProblem(name, "不认识这个键，请改正或删去") for name in unknown]
            self.problems += [FieldProblem(name, "缺少这个键，请补上") for name in missing]
        elif missing or headings.unknown or headings.repeated:
            raise UnreadableFileError(self._heading_message(missing, headings))

    def _heading_message(self, missing: list[str], headings: Headings) -> str:
        """Return the message about a table's heading that does not fit."""
        labels = "、".join(column.label for column in self.columns)
        faults = [f"缺少“{name}”列" for name in missing]
        faults += [f"不认识“{name}”列" for name in headings.unknown]
        faults += [f"“{one}”和“{other}”是同一列" for one, other in headings.repeated]
        return f"表头{'，'.join(faults)}；可用的列是{labels}，自用的说明请放在“备注”列"


def column_name(row: SourceRow, columns: tuple[Column, ...], name: str) -> str:
    """Return the heading under which ``row`` has, or should have, the column ``name``."""
    if row.format is FileFormat.JSONL:
        return name
    found = _headings(row, columns).found.get(name)
    return found or next((column.label for column in columns if column.name == name), name)


def _headings(row: SourceRow, columns: tuple[Column, ...]) -> Headings:
    """Return which column each heading of the row stands for; keys of JSONL are exact."""
    if row.format is not FileFormat.JSONL:
        return match_headings(tuple(row.values), _texts_of(columns))
    known = {column.name for column in columns} | {column.label for column in columns} | IGNORED
    found = {name: name for name in row.values if name in known}
    unknown = tuple(name for name in row.values if name not in known)
    return Headings(found, unknown, ())


def _number_or_day(value: object) -> str | None:
    """Return a number, date or empty cell as text; None for another value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else None


@lru_cache(maxsize=64)
def _texts_of(columns: tuple[Column, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the headings under which each column may stand, exact ones last."""
    aliases = tuple((column.name, column.aliases) for column in columns)
    return (*aliases, *((column.name, (column.name, column.label)) for column in columns))


def _list_or_none(value: object) -> list[Any] | None:
    return value if isinstance(value, list) else None
