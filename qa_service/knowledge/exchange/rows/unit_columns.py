"""The columns of a file of the directory of units, such as ``units.jsonl``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from qa_service.accounts.areas import area_message, list_areas
from qa_service.accounts.unit_keeping import EMAIL
from qa_service.accounts.units import UnitContent, store_unit
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.knowledge.exchange.directory.standing import COLUMNS as STANDING_COLUMNS
from qa_service.knowledge.exchange.directory.standing import Standing, read_standing
from qa_service.knowledge.exchange.rows.columns import Column, RowFields, column_name
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import AreaKey, UnitLevel

COLUMNS = (
    Column("key", "标识", width=16, guide="选填。英文或拼音，接口和账号用它；已有单位可只写名称。"),
    Column("name", "名称", required=True, width=24, guide="必填。单位全称，名录中不得重复。"),
    Column("level", "层级", width=10, guide="选填。区级部门、镇街或村社，空为区级部门。"),
    Column("parent", "上级单位", width=24, guide="选填。上级单位的名称或标识。"),
    Column("fields", "牵头领域", width=20, guide="选填。牵头的领域，用顿号分开。"),
    Column("default", "兜底单位", width=10, guide="选填。是或否；名录中只有一个。"),
    Column("person", "责任人", width=12, guide="选填。"),
    Column("phone", "电话", width=16, guide="选填。"),
    Column("email", "邮箱", width=24, guide="选填。交办和提醒发到这里。"),
    *STANDING_COLUMNS,
)

_LIMITS = {"key": 64, "name": 128}
_LEVELS = {text: level for level in UnitLevel for text in (level.label, level.value)}
_FLAGS = {"是": True, "true": True, "否": False, "false": False, "": False}


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of a file, and whether it is in use."""

    content: UnitContent
    standing: Standing


class InvalidUnitsError(InvalidInputError):
    """The file of units, or a row of it, breaks the rules; ``problems`` name the places."""

    code = "invalid_units"
    title = "单位名录有误"


def load_units(session: Session, path: Path) -> int:
    """Store the units of a file; return how many were new or changed.

    Raises InvalidUnitsError and UnreadableFileError.
    """
    areas = [area.key for area in list_areas(session, active_only=True)]
    units: list[UnitContent] = []
    problems: list[FieldProblem] = []
    for row in read_rows(path):
        try:
            units.append(_known(read_unit(row), row, areas))
        except InvalidUnitsError as error:
            problems += [FieldProblem(row.cell(p.field), p.message) for p in error.problems]
    if problems:
        message = "；".join(f"{problem.field}：{problem.message}" for problem in problems)
        raise InvalidUnitsError(message, problems=tuple(problems))
    return sum(store_unit(session, unit) for unit in units)


def _known(unit: UnitContent, row: SourceRow, areas: Sequence[AreaKey]) -> UnitContent:
    """Return the unit; raises InvalidUnitsError if it leads an area that is not in use."""
    column = column_name(row, COLUMNS, "fields")
    unknown = [area for area in unit.fields if area not in areas]
    if unknown:
        problem = FieldProblem(column, area_message(unknown[0], "、".join(areas)))
        raise InvalidUnitsError(problem.message, problems=(problem,))
    return unit


def read_unit(row: SourceRow) -> UnitContent:
    """Return the unit in use of ``row`` with its key.

    Raises InvalidUnitsError with every problem.
    """
    found = read_named_unit(row)
    problems = []
    if not found.content.key:
        problems.append(FieldProblem(column_name(row, COLUMNS, "key"), "不能为空"))
    if found.standing.is_ended:
        problems.append(FieldProblem(column_name(row, COLUMNS, "state"), "只列在用的单位"))
    if problems:
        raise InvalidUnitsError("这一行有误，请按提示修改", problems=tuple(problems))
    return found.content


def read_named_unit(row: SourceRow) -> UnitRow:
    """Return the unit of ``row``; the key may be empty, areas and parent may be names.

    Raises InvalidUnitsError with every problem.
    """
    fields = RowFields(row, COLUMNS)
    unit = UnitContent(
        key=_text(fields, "key"),
        name=_name(fields),
        fields=fields.items("fields", "、，,|"),
        is_default=_flag(fields, "default"),
        email=_email(fields),
        level=_level(fields),
        parent=display_clean(fields.text("parent")) or None,
        person_in_charge=display_clean(fields.text("person")) or None,
        phone=display_clean(fields.text("phone")) or None,
    )
    standing = read_standing(fields)
    if fields.problems:
        raise InvalidUnitsError("这一行有误，请按提示修改", problems=tuple(fields.problems))
    return UnitRow(unit, standing)


def _name(fields: RowFields) -> str:
    name = _text(fields, "name")
    if not name:
        fields.fault("name", "不能为空")
    return name


def _text(fields: RowFields, name: str) -> str:
    """Return the text of a column; one that is too long is a problem."""
    text = display_clean(fields.text(name))
    if len(text) > _LIMITS[name]:
        fields.fault(name, f"超过 {_LIMITS[name]} 个字，请精简")
    return text


def _email(fields: RowFields) -> str | None:
    """Return the mail address, or None for an empty cell."""
    address = display_clean(fields.text("email"))
    if address and not EMAIL.fullmatch(address):
        fields.fault("email", "不是电子邮箱地址")
    return address or None


def _level(fields: RowFields) -> UnitLevel:
    """Return the level; an empty cell means 区级部门."""
    return fields.choice("level", _LEVELS, required=False) or UnitLevel.DISTRICT


def _flag(fields: RowFields, name: str) -> bool:
    """Return true or false; an empty value means false."""
    value = fields.value(name)
    if isinstance(value, bool):
        return value
    text = fields.text(name).lower()
    if text not in _FLAGS:
        fields.fault(name, "应是 是 或 否")
    return _FLAGS.get(text, False)
