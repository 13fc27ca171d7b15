"""The columns of ``units.jsonl``, the file of the directory of units."""

import re
from pathlib import Path

from sqlmodel import Session

from qa_service.accounts.units import UnitContent, store_unit
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.exchange.rows.columns import Column, RowFields
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import PolicyArea

COLUMNS = (
    Column("key", "标识", required=True),
    Column("name", "名称", required=True),
    Column("fields", "牵头领域"),
    Column("default", "兜底单位"),
    Column("email", "邮箱"),
)

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", re.ASCII)
_LIMITS = {"key": 64, "name": 128}
_FIELDS = {member.value: member for member in PolicyArea}


class InvalidUnitsError(InvalidInputError):
    """The file of units, or a row of it, breaks the rules; ``problems`` name the places."""

    code = "invalid_units"
    title = "单位名录有误"


def load_units(session: Session, path: Path) -> int:
    """Store the units of a file; return how many were new or changed.

    Raises InvalidUnitsError and UnreadableFileError.
    """
    units: list[UnitContent] = []
    problems: list[FieldProblem] = []
    for row in read_rows(path):
        try:
            units.append(read_unit(row))
        except InvalidUnitsError as error:
            problems += [FieldProblem(row.cell(p.field), p.message) for p in error.problems]
    if problems:
        message = "；".join(f"{problem.field}：{problem.message}" for problem in problems)
        raise InvalidUnitsError(message, problems=tuple(problems))
    return sum(store_unit(session, unit) for unit in units)


def read_unit(row: SourceRow) -> UnitContent:
    """Return the unit of ``row``; raises InvalidUnitsError with every problem."""
    fields = RowFields(row, COLUMNS)
    unit = UnitContent(
        key=_name(fields, "key"),
        name=_name(fields, "name"),
        fields=tuple(_led_areas(fields)),
        is_default=_flag(fields, "default"),
        email=_email(fields),
    )
    if fields.problems:
        raise InvalidUnitsError("这一行有误，请按提示修改", problems=tuple(fields.problems))
    return unit


def _name(fields: RowFields, name: str) -> str:
    """Return the text of a column; an empty or too long one is a problem."""
    text = display_clean(fields.text(name))
    if not text:
        fields.fault(name, "不能为空")
    elif len(text) > _LIMITS[name]:
        fields.fault(name, f"超过 {_LIMITS[name]} 个字，请精简")
    return text


def _email(fields: RowFields) -> str | None:
    """Return the mail address, or None for an empty cell."""
    address = display_clean(fields.text("email"))
    if address and not _EMAIL.fullmatch(address):
        fields.fault("email", "不是电子邮箱地址")
    return address or None


def _led_areas(fields: RowFields) -> list[PolicyArea]:
    """Return the areas the unit leads."""
    names = fields.items("fields", "、，,|")
    for name in names:
        if name not in _FIELDS:
            fields.fault("fields", f"没有领域“{name}”，请从{'、'.join(_FIELDS)}中选择")
    return [_FIELDS[name] for name in names if name in _FIELDS]


def _flag(fields: RowFields, name: str) -> bool:
    """Return true or false; an empty value means false."""
    value = fields.value(name)
    if not isinstance(value, bool | None):
        fields.fault(name, "应是 true 或 false")
    return value is True
