"""Typed access to the values of a row by column, collecting the faults."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar

from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.rows.cells import split_items, unguard_formula
from qa_service.knowledge.exchange.rows.source_row import FileFormat, SourceRow, UnreadableFileError

CELL_CHARACTERS = 32_767
"""Greatest length of a text in an Excel cell (Excel specifications and limits)."""

_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日)")
_NOTES = frozenset({"note", "备注"})

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: key in JSONL, heading in tables, and whether a file must have it.

    ``width`` is the width in a sheet in characters, ``guide`` the instruction for users.
    """

    name: str
    label: str
    required: bool = False
    width: int = 0
    guide: str = ""


@dataclass(slots=True)
class RowFields:
    """A row whose values are read by column; ``problems`` collects the faults.

    Raises UnreadableFileError for a table whose heading does not fit, because every row
    would be refused for the same reason.
    """

    row: SourceRow
    columns: tuple[Column, ...]
    problems: list[FieldProblem] = field(default_factory=list)

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

    def items(self, name: str, signs: str) -> tuple[str, ...]:
        """Return the items of a list, or of one cell in which ``signs`` separate them."""
        value = self.value(name)
        if not isinstance(value, list):
            return split_items(self.text(name), signs)
        texts = [self._as_text(item) for item in value]
        if None in texts:
            self.fault(name, "应是文字的列表")
        return tuple(text for text in texts if text)

    def day(self, name: str, *, required: bool = False) -> date | None:
        """Return the date in Beijing's calendar; None when there is none."""
        value = self.value(name)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = self.text(name)
        day = parse_day(text)
        if day is None and (text or required):
            found = f"“{text}”不是日期" if text else "不能为空"
            self.fault(name, f"{found}，请写成 2026-01-31 的样子")
        return day

    def choice(
        self, name: str, members: dict[str, Choice], *, required: bool = True
    ) -> Choice | None:
        """Return the member with this label or value; add a problem and return None if unknown."""
        text = self.text(name)
        if text in members:
            return members[text]
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

    def _check_columns(self) -> None:
        """Add a problem for each unknown and each missing column."""
        known = {name for column in self.columns for name in (column.name, column.label)} | _NOTES
        unknown = [name for name in self.row.values if name not in known]
        missing = [
            self.column(column.name)
            for column in self.columns
            if column.required and self.column(column.name) not in self.row.values
        ]
        if self.row.format is FileFormat.JSONL:
            self.problems += [FieldProblem(name, "不认识这个键，请改正或删去") for name in unknown]
            self.problems += [FieldProblem(name, "缺少这个键，请补上") for name in missing]
        elif missing or unknown:
            raise UnreadableFileError(self._heading_message(missing, unknown))

    def _heading_message(self, missing: list[str], unknown: list[str]) -> str:
        """Return the message about a table's heading that does not fit."""
        labels = "、".join(column.label for column in self.columns)
        faults = [f"缺少“{name}”列" for name in missing]
        faults += [f"不认识“{name}”列" for name in unknown]
        return f"表头{'，'.join(faults)}；可用的列是{labels}，自用的说明请放在“备注”列"


def parse_day(text: str) -> date | None:
    """Return the day of 2026-01-31, 2026/1/31 or 2026年1月31日; None for another text."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups() if part))
    except ValueError:
        return None


def column_name(row: SourceRow, columns: tuple[Column, ...], name: str) -> str:
    """Return the heading under which ``row`` has, or should have, the column ``name``."""
    if name in row.values or row.format is FileFormat.JSONL:
        return name
    return next((column.label for column in columns if column.name == name), name)


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
