"""The columns of a file of policy documents."""

from collections.abc import Callable
from dataclasses import replace

from qa_service.knowledge.exchange.rows.columns import Column, RowFields
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.policies.record.content import (
    InvalidPolicyError,
    PolicyContent,
    policy_problems,
)
from qa_service.knowledge.rules import ENDED
from qa_service.text.document_number import normal_document_number
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import PublicKind, Validity

COLUMNS = (
    Column("key", "标识", required=True),
    Column("title", "标题", required=True, aliases=("文件标题", "文件名称", "政策名称")),
    Column("document_number", "文号", required=True, aliases=("发文字号", "文件编号")),
    Column("issuer", "制定机关", required=True, aliases=("发文机关", "发文单位", "印发机关")),
    Column("validity", "效力", required=True, aliases=("效力状态", "有效性")),
    Column("issued_on", "发布日期", aliases=("发文日期", "成文日期", "印发日期")),
    Column("effective_from", "施行日期", aliases=("施行时间", "生效日期")),
    Column("invalid_since", "失效日期", aliases=("失效时间", "废止日期")),
    Column("replaced_by", "替代文件"),
    Column("unit", "起草单位"),
    Column("public_kind", "公开属性"),
    Column("public_reason", "公开属性的理由"),
    Column("is_public", "是否公开"),
    Column("link", "链接"),
    Column("interpretation_title", "解读标题"),
    Column("interpretation_link", "解读链接", aliases=("政策解读", "解读网址")),
)

StoredOf = Callable[[str], PolicyContent | None]
"""Gives the stored content of a key or 文号, None for a document the library does not have."""

_PUBLIC = {"": True, "是": True, "true": True, "否": False, "false": False}
_KINDS = {member.value: member for member in PublicKind}
_VALIDITIES = {member.value: member for member in Validity}


def read_policy(row: SourceRow, stored_of: StoredOf = lambda key: None) -> PolicyContent:
    """Return the policy of ``row``, cleaned and fit to be stored.

    What the row does not state stays as ``stored_of`` gives it. Raises InvalidPolicyError with
    every problem, its field being the row's own column.
    """
    fields = RowFields(row, COLUMNS)
    content = _content(fields)
    stored = stored_of(content.key)
    if stored is not None:
        kept = {name: getattr(stored, name) for name in _unstated(fields, content, stored)}
        content = replace(content, **kept)
    fields.add(policy_problems(content))
    if fields.problems:
        raise InvalidPolicyError("这一行有误，请按提示修改", problems=tuple(fields.problems))
    return content


def _content(fields: RowFields) -> PolicyContent:
    """Return what the row states; a new document is public unless the row says otherwise."""
    return PolicyContent(
        key=normal_document_number(fields.text("key")),
        title=display_clean(fields.text("title")),
        document_number=normal_document_number(fields.text("document_number")),
        issuer=display_clean(fields.text("issuer")),
        validity=fields.choice("validity", _VALIDITIES) or Validity.IN_FORCE,
        issued_on=fields.day("issued_on"),
        effective_from=fields.day("effective_from"),
        invalid_since=fields.day("invalid_since"),
        replaced_by=display_clean(fields.optional_text("replaced_by")) or None,
        unit=display_clean(fields.optional_text("unit")) or None,
        public_kind=fields.choice("public_kind", _KINDS, required=False) or PublicKind.ACTIVE,
        public_reason=display_clean(fields.optional_text("public_reason")) or None,
        is_public=_is_public(fields),
        link=display_clean(fields.optional_text("link")) or None,
        interpretation_title=display_clean(fields.optional_text("interpretation_title")) or None,
        interpretation_link=display_clean(fields.optional_text("interpretation_link")) or None,
    )


def _unstated(fields: RowFields, content: PolicyContent, stored: PolicyContent) -> set[str]:
    """Return the fields in which a stored document stays as it is: columns the file lacks.

    Whether it is public an empty cell leaves as it is, too. A reason belongs to the kind it was
    given for, and the day of an end to a document that has ended.
    """
    names = {one.name for one in COLUMNS if fields.column(one.name) not in fields.row.values}
    names |= {name for name in ("public_kind", "is_public") if not _states(fields, name)}
    if "public_kind" in names:
        names |= set() if content.public_reason else {"public_reason"}
    elif content.public_kind is not stored.public_kind:
        names.discard("public_reason")
    return names if content.validity in ENDED else names - {"invalid_since"}


def _states(fields: RowFields, name: str) -> bool:
    """Return whether the cell says something: it is neither empty nor a placeholder such as 无."""
    return isinstance(fields.value(name), bool) or bool(fields.optional_text(name))


def _is_public(fields: RowFields) -> bool:
    """Return whether the policy is public; an empty cell means yes for a new one."""
    value = fields.value("is_public")
    if isinstance(value, bool):
        return value
    text = fields.text("is_public")
    if text.lower() not in _PUBLIC:
        fields.fault("is_public", "请写“是”或“否”；空为“是”，已有的文件不变")
    return _PUBLIC.get(text.lower(), True)
