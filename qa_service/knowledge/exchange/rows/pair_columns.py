"""A row of a file to what a pair says, and back to the cells of a table."""

from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from datetime import date

from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.rows.cells import (
    ARTICLE_SIGNS,
    KEYWORD_SIGNS,
    LINE_SIGNS,
    escape,
    join_items,
    split,
    unescape,
)
from qa_service.knowledge.exchange.rows.columns import Column, RowFields, column_name
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.pairs.content import (
    Basis,
    Clarifying,
    InvalidPairError,
    PairContent,
    clean_content,
    content_problems,
)
from qa_service.knowledge.pairs.queries import PairView
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import REASON_CHARACTERS, PairStatus, PolicyArea

KEY_CHARACTERS = 64

COLUMNS = (
    Column("key", "编号"),
    Column("field", "领域", required=True),
    Column("unit", "承办单位", required=True),
    Column("question", "标准问题", required=True),
    Column("variants", "相似问"),
    Column("answer", "答案", required=True),
    Column("phone_script", "口播稿", required=True),
    Column("effective_from", "生效日期", required=True),
    Column("expires_on", "失效日期"),
    Column("keywords", "关键词"),
    Column("basis", "政策依据"),
    Column("audience", "适用对象"),
    Column("region", "适用地区"),
    Column("clarifying", "追问"),
    Column("review_by", "复核日期"),
    Column("status", "状态"),
    Column("withdrawn_reason", "撤回原因"),
)

_FIELDS = {member.value: member for member in PolicyArea}
_STATUSES = {text: status for status in PairStatus for text in (status.label, status.value)}
_ASKED = {"question", "if_yes", "if_no"}
_CITATION_SIGNS = LINE_SIGNS + ARTICLE_SIGNS


@dataclass(frozen=True, slots=True)
class PairRow:
    """What a row says; the unit and the policies may still be called by name or 文号.

    ``status`` is None when the file leaves it to the import. ``matter`` is the leaf of a
    category path (领域/事项), or empty.
    """

    content: PairContent
    key: str | None = None
    status: PairStatus | None = None
    withdrawn_reason: str = ""
    matter: str = ""


def read_pair(row: SourceRow) -> PairRow:
    """What ``row`` says, cleaned and fit to be stored.

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
    _, _, matter = fields.text("field").partition("/")
    return PairRow(content, key or None, status, reason, display_clean(matter))


def column_of(row: SourceRow, problem: FieldProblem) -> FieldProblem:
    """The problem of a service, its field turned into the row's own column."""
    return FieldProblem(column_name(row, COLUMNS, problem.field), problem.message)


def to_json(view: PairView) -> dict[str, object]:
    """The pair as a line of JSONL."""
    content = view.content
    return {
        "key": view.key,
        "field": content.area.value,
        "unit": content.unit,
        "question": content.question,
        "variants": list(content.variants),
        "answer": content.answer,
        "phone_script": content.phone_script,
        "effective_from": content.effective_from.isoformat(),
        "expires_on": content.expires_on.isoformat() if content.expires_on else None,
        "keywords": list(content.keywords),
        "basis": [{"policy": cited.policy, "article": cited.article} for cited in content.basis],
        "audience": content.audience,
        "region": content.region,
        "clarifying": [asdict(asked) for asked in content.clarifying],
        "review_by": content.review_by.isoformat() if content.review_by else None,
        "status": view.status.value,
        "withdrawn_reason": view.withdrawn_reason,
    }


def to_cells(view: PairView) -> list[str]:
    """The pair as the cells of a table, in the order of COLUMNS."""
    content = view.content
    return [
        view.key,
        content.area.value,
        view.unit_name,
        content.question,
        join_items(content.variants, "\n", LINE_SIGNS),
        content.answer,
        content.phone_script,
        content.effective_from.isoformat(),
        content.expires_on.isoformat() if content.expires_on else "",
        join_items(content.keywords, "、", KEYWORD_SIGNS),
        "\n".join(_citation(cited) for cited in content.basis),
        content.audience,
        content.region,
        "\n".join(_clarifying_cell(asked) for asked in content.clarifying),
        content.review_by.isoformat() if content.review_by else "",
        view.status.label,
        view.withdrawn_reason or "",
    ]


def _short_text(fields: RowFields, name: str, limit: int) -> str:
    text = display_clean(fields.text(name))
    if len(text) > limit:
        fields.fault(name, f"超过 {limit} 个字，请精简")
    return text


def _content(fields: RowFields) -> PairContent:
    # Stand-ins of faulty cells are never stored: the row is refused for its problems.
    unit = display_clean(fields.text("unit"))
    if not unit:
        fields.fault("unit", "不能为空，请写单位名录中的单位")
    return PairContent(
        area=_field(fields) or PolicyArea.TAXATION,
        unit=unit,
        question=fields.text("question"),
        variants=fields.items("variants", LINE_SIGNS),
        answer=fields.text("answer"),
        phone_script=fields.text("phone_script"),
        effective_from=fields.day("effective_from", required=True) or date.min,
        expires_on=fields.day("expires_on"),
        keywords=fields.items("keywords", KEYWORD_SIGNS),
        basis=tuple(_basis(fields)),
        audience=fields.text("audience"),
        region=fields.text("region"),
        clarifying=tuple(_clarifying(fields)),
        review_by=fields.day("review_by"),
    )


def _field(fields: RowFields) -> PolicyArea | None:
    """The field, alone or as the head of a category path (养老/高龄津贴)."""
    head, _, _ = fields.text("field").partition("/")
    return _FIELDS.get(head.strip()) or fields.choice("field", _FIELDS)


def _clarifying(fields: RowFields) -> Iterator[Clarifying]:
    value = fields.value("clarifying")
    items = (
        value
        if isinstance(value, list)
        else [part.strip() for part in split(fields.text("clarifying"), LINE_SIGNS)]
    )
    for item in items:
        if not item:
            continue
        asked = _asked(item) if isinstance(item, str) else _asked_object(item)
        if asked is None:
            fields.fault("clarifying", "应是“问题#答是时#答否时”，每行一条")
            return
        yield asked


def _clarifying_cell(asked: Clarifying) -> str:
    return "#".join(escape(part, _CITATION_SIGNS) for part in astuple(asked))


def _asked(text: str) -> Clarifying | None:
    parts = [unescape(part.strip(), _CITATION_SIGNS) for part in split(text, ARTICLE_SIGNS)]
    return Clarifying(*parts) if len(parts) == len(_ASKED) else None


def _asked_object(item: object) -> Clarifying | None:
    if not isinstance(item, dict) or item.keys() != _ASKED:
        return None
    texts = {name: text for name, text in item.items() if isinstance(text, str)}
    return Clarifying(**texts) if texts.keys() == _ASKED else None


def _basis(fields: RowFields) -> Iterator[Basis]:
    value = fields.value("basis")
    for item in value if isinstance(value, list) else split(fields.text("basis"), LINE_SIGNS):
        basis = _cited(item) if isinstance(item, str) else _cited_object(item)
        if basis is None:
            fields.fault("basis", "应是“文号或标识#条款”，或 {policy, article} 的列表")
            return
        if basis.policy:
            yield basis
        elif basis.article:
            fields.fault("basis", "“#”之前缺少文号或标识")


def _citation(cited: Basis) -> str:
    policy = escape(cited.policy, _CITATION_SIGNS)
    return f"{policy}#{escape(cited.article, _CITATION_SIGNS)}" if cited.article else policy


def _cited(text: str) -> Basis | None:
    parts = [unescape(part.strip(), _CITATION_SIGNS) for part in split(text, ARTICLE_SIGNS)]
    return Basis(parts[0], parts[1] if len(parts) > 1 else None) if len(parts) <= 2 else None


def _cited_object(item: object) -> Basis | None:
    if not isinstance(item, dict) or not item.keys() <= {"policy", "article"}:
        return None
    policy, article = item.get("policy"), item.get("article")
    if not isinstance(policy, str) or not isinstance(article, str | None):
        return None
    return Basis(policy, article)
