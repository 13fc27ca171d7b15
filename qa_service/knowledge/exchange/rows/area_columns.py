"""The columns of a file of policy areas, such as ``areas.jsonl``."""

from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from qa_service.accounts.areas import AreaContent, InvalidAreaError, store_area
from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.directory.standing import COLUMNS as STANDING_COLUMNS
from qa_service.knowledge.exchange.directory.standing import Standing, read_standing
from qa_service.knowledge.exchange.rows.columns import Column, RowFields, column_name
from qa_service.knowledge.exchange.rows.readers import read_rows
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.text.normalise import display_clean

COLUMNS = (
    Column("key", "标识", width=16, guide="选填，空为名称。接口和文件中的值，存后不变。"),
    Column("name", "名称", required=True, width=16, guide="必填。页面上显示的名称。"),
    Column("position", "顺序", width=8, guide="选填。整数，小的排在前面。"),
    *STANDING_COLUMNS,
)


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area of a file, and whether it is in use."""

    content: AreaContent
    standing: Standing


def load_areas(session: Session, path: Path) -> int:
    """Store the areas of a file; return how many were new or changed, 0 for an absent file.

    Raises UnreadableFileError or InvalidAreaError.
    """
    if not path.exists():
        return 0
    return sum(store_area(session, read_area(row)) for row in read_rows(path))


def read_area(row: SourceRow) -> AreaContent:
    """Return the area in use of ``row``; raises InvalidAreaError with every problem."""
    found = read_area_row(row)
    if found.standing.is_ended:
        problem = FieldProblem(column_name(row, COLUMNS, "state"), "只列在用的领域")
        raise InvalidAreaError(problem.message, problems=(problem,))
    return found.content


def read_area_row(row: SourceRow) -> AreaRow:
    """Return the area of ``row``; raises InvalidAreaError with every problem."""
    fields = RowFields(row, COLUMNS)
    name = display_clean(fields.text("name"))
    if not name:
        fields.fault("name", "不能为空")
    position = fields.text("position")
    if position and not (position.isascii() and position.isdecimal() and len(position) <= 4):
        fields.fault("position", "应是 0 至 9999 的整数")
    standing = read_standing(fields)
    if fields.problems:
        raise InvalidAreaError("这一行有误，请按提示修改", problems=tuple(fields.problems))
    key = display_clean(fields.text("key")) or name
    return AreaRow(AreaContent(key, name, int(position) if position else None), standing)
