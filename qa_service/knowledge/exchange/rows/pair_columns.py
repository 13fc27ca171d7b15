"""The columns of a file of pairs: reading a row as content, and writing a pair as a row."""

from dataclasses import dataclass

from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.rows.columns import Column, RowFields, column_name
from qa_service.knowledge.exchange.rows.content_cells import cell_of, read_value
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.pairs.queries import PairView
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.fields import FieldKind, to_json
from qa_service.knowledge.pairs.record.rules import (
    InvalidPairError,
    clean_content,
    content_problems,
)
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import REASON_CHARACTERS, PairStatus

KEY_CHARACTERS = 64
UNSIGNED_COLUMN = "审校情况"
UNSIGNED = "未经本单位审校"
"""Mark of an answer that was imported and not signed by the district."""

_ALIASES = {
    "field": ("政策领域", "所属领域", "业务领域", "类别", "分类"),
    "unit": ("承办部门", "责任单位", "责任部门", "牵头单位", "主管部门", "单位", "部门"),
    "question": ("问题", "标准问", "标准问法", "咨询问题", "问"),
    "variants": ("相似问题", "相似问法", "相似提问", "扩展问", "扩展问法", "其他问法"),
    "answer": ("标准答案", "答案内容", "答复", "答复内容", "书面答复", "回复", "答"),
    "phone_script": ("口播", "电话口播", "口播话术", "话术", "播报稿"),
    "effective_from": ("生效时间", "开始日期", "生效日"),
    "expires_on": ("失效时间", "截止日期", "有效期至", "失效日"),
    "keywords": ("关键字",),
    "basis": ("依据", "依据文件", "文件依据", "政策文件", "政策文号"),
    "audience": ("适用人群", "适用范围"),
    "region": ("适用区域", "适用地域"),
    "review_by": ("复核时间",),
}
"""Other headings of the columns in tables of offices, by the name of the field in JSONL."""

COLUMNS = (
    Column(
        "key",
        "编号",
        width=16,
        guide="选填。已有问答的编号；空着时按标准问题认定是哪一条。",
        aliases=("问答编号", "编码"),
    ),
    *(
        Column(
            field.wire_name,
            field.label,
            required=field.required,
            width=field.width,
            guide=field.guide,
            aliases=(field.page_label, *_ALIASES.get(field.wire_name, ())),
        )
        for field in PAIR_FIELDS
    ),
    Column("status", "状态", width=10, guide="选填。导出文件中原有的状态；导入为草稿时不起作用。"),
    Column("withdrawn_reason", "撤回原因", width=30, guide="选填。已撤回的原因。"),
    Column("unsigned", UNSIGNED_COLUMN, width=16, guide="不必填。导出时注明，导入时不起作用。"),
)

_WIRE_NAMES = {field.name: field.wire_name for field in PAIR_FIELDS}
_STATUSES = {text: status for status in PairStatus for text in (status.label, status.value)}


@dataclass(frozen=True, slots=True)
class PairRow:
    """A parsed row; unit and policies may still be given by name or 文号.

    ``status`` is None when the file does not state it. ``topic`` is the leaf of a
    category path (领域/事项), or empty. ``notes`` tell how doubtful cells were read.
    """

    content: PairContent
    key: str | None = None
    status: PairStatus | None = None
    withdrawn_reason: str = ""
    topic: str = ""
    notes: tuple[str, ...] = ()


def read_pair(row: SourceRow) -> PairRow:
    """Return the content of ``row``, cleaned and fit to be stored.

    Raises InvalidPairError with every problem, its field being the row's own column.
    """
    fields = RowFields(row, COLUMNS)
    key = _short_text(fields, "key", KEY_CHARACTERS)
    content = clean_content(_content(fields))
    status = fields.choice("status", _STATUSES, required=False)
    reason = _short_text(fields, "withdrawn_reason", REASON_CHARACTERS)
    fields.add(content_problems(content))
    if fields.problems:
        raise InvalidPairError("这一行有误，请按提示修改", problems=tuple(fields.problems))
    _, _, topic = fields.text("field").partition("/")
    return PairRow(content, key or None, status, reason, display_clean(topic), tuple(fields.notes))


def cited_names(row: SourceRow) -> tuple[str, list[str]]:
    """Return the unit and the policies that a row names, as far as they can be read."""
    content = _content(RowFields(row, COLUMNS))
    return content.unit, [cited.policy for cited in content.basis]


def area_of(row: SourceRow) -> str:
    """Return the key or name of the area of a row; "" if it has none that can be read."""
    return display_clean(RowFields(row, COLUMNS).text("field").partition("/")[0])


def column_of(row: SourceRow, problem: FieldProblem) -> FieldProblem:
    """Return the problem of a service with its field turned into the row's own column."""
    name = _WIRE_NAMES.get(problem.field, problem.field)
    return FieldProblem(column_name(row, COLUMNS, name), problem.message)


def to_line(view: PairView) -> dict[str, object]:
    """Return the pair as a line of JSONL, its keys in the order of COLUMNS."""
    content = {field.wire_name: to_json(view.content.value(field.name)) for field in PAIR_FIELDS}
    return {
        "key": view.key,
        **content,
        "status": view.status.value,
        "withdrawn_reason": view.withdrawn_reason,
        "unsigned": UNSIGNED if view.unsigned else "",
    }


def to_cells(view: PairView) -> list[str]:
    """Return the pair as the cells of a table, in the order of COLUMNS."""
    content = (
        view.unit_name
        if field.kind is FieldKind.UNIT
        else cell_of(field.kind, view.content.value(field.name))
        for field in PAIR_FIELDS
    )
    mark = UNSIGNED if view.unsigned else ""
    return [view.key, *content, view.status.label, view.withdrawn_reason or "", mark]


def _short_text(fields: RowFields, name: str, limit: int) -> str:
    """Return the cleaned text of a column; one that is too long is a problem."""
    text = display_clean(fields.optional_text(name))
    if len(text) > limit:
        fields.fault(name, f"超过 {limit} 个字，请精简")
    return text


def _content(fields: RowFields) -> PairContent:
    """Return the content of a row as it was written."""
    return PairContent.of(
        {
            field.name: read_value(fields, field.wire_name, field.kind, required=field.required)
            for field in PAIR_FIELDS
        }
    )
