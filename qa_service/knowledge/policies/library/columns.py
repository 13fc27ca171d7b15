"""The columns of the city's library (全市政策文件库), and a document's row in them.

They are a table: headings in their order, each with the field it shows or a fixed text. A
district whose city asks for others names a JSONL file in ``QA_LIBRARY_COLUMNS``.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlmodel import Session, col, func, select

from qa_service.accounts.models import Unit
from qa_service.errors import ConfigurationError
from qa_service.knowledge.models import PairBasis, QAPair
from qa_service.knowledge.policy_models import LinkKind, PolicyDocument, ServiceLink
from qa_service.vocabulary import PairStatus, Validity

Value = str | date | int | None


@dataclass(frozen=True, slots=True)
class Filed:
    """A document with what its row shows besides its own columns."""

    document: PolicyDocument
    unit: str
    answers: int
    links: Mapping[LinkKind, str]


@dataclass(frozen=True, slots=True)
class LibraryColumn:
    """A column of the library: its heading, and a field of ``FIELDS`` or a fixed text."""

    heading: str
    field: str = ""
    text: str = ""


def _clean_up(one: Filed) -> str:
    """Return the result of the clean-up (清理结果) in the words of its documents."""
    document = one.document
    if document.validity not in (Validity.IN_FORCE, Validity.AMENDED):
        since = f"，自 {document.invalid_since}" if document.invalid_since else ""
        return f"{document.validity.label}{since}"
    if document.confirmed_on is None:
        return "尚未清理"
    return f"继续有效（{document.confirmed_on} 确认）"


FIELDS: Mapping[str, Callable[[Filed], Value]] = {
    "title": lambda one: one.document.title,
    "document_number": lambda one: one.document.document_number,
    "issuer": lambda one: one.document.issuer,
    "unit": lambda one: one.unit,
    "issued_on": lambda one: one.document.issued_on,
    "effective_from": lambda one: one.document.effective_from,
    "invalid_since": lambda one: one.document.invalid_since,
    "validity": lambda one: one.document.validity.label,
    "replaced_by": lambda one: one.document.replaced_by,
    "public_kind": lambda one: one.document.public_kind.label,
    "link": lambda one: one.document.link,
    "clean_up": _clean_up,
    "confirmed_on": lambda one: one.document.confirmed_on,
    "uploaded_on": lambda one: one.document.uploaded_on,
    "uploaded_address": lambda one: one.document.uploaded_address,
    "guides": lambda one: one.links.get(LinkKind.GUIDE, ""),
    "powers": lambda one: one.links.get(LinkKind.POWERS, ""),
    "interpretation": lambda one: one.links.get(LinkKind.INTERPRETATION, ""),
    "answers": lambda one: one.answers,
}
"""The fields a column may show, by the names the file uses."""

SHIPPED = (
    LibraryColumn("标题", "title"),
    LibraryColumn("发文字号", "document_number"),
    LibraryColumn("制定机关", "issuer"),
    LibraryColumn("起草单位", "unit"),
    LibraryColumn("成文日期", "issued_on"),
    LibraryColumn("施行日期", "effective_from"),
    LibraryColumn("效力状态", "validity"),
    LibraryColumn("失效日期", "invalid_since"),
    LibraryColumn("替代文件", "replaced_by"),
    LibraryColumn("公开属性", "public_kind"),
    LibraryColumn("原文网址", "link"),
    LibraryColumn("解读网址", "interpretation"),
    LibraryColumn("办事指南", "guides"),
    LibraryColumn("权责清单", "powers"),
    LibraryColumn("清理结果", "clean_up"),
    LibraryColumn("上传日期", "uploaded_on"),
    LibraryColumn("上传网址", "uploaded_address"),
    LibraryColumn("关联问答数", "answers"),
)
"""The columns without a file of the district: those of the record of a 规范性文件."""


def library_columns(path: str) -> Sequence[LibraryColumn]:
    """Return the columns of the file at ``path``, of the shipped table where it is empty.

    Raises ConfigurationError naming the line.
    """
    if not path:
        return SHIPPED
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"QA_LIBRARY_COLUMNS 的文件“{path}”读不出来") from error
    found = [_column(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise ConfigurationError(f"QA_LIBRARY_COLUMNS 的文件“{path}”没有栏目")
    return found


def library_rows(
    session: Session,
    documents: Iterable[tuple[PolicyDocument, Unit | None]],
    columns: Sequence[LibraryColumn],
) -> list[tuple[Value, ...]]:
    """Return the rows of ``documents`` in the library's ``columns``."""
    answers, links = _answers(session), _links(session)
    rows = []
    for document, unit in documents:
        ident = document.id or 0
        one = Filed(
            document, unit.name if unit else "", answers.get(ident, 0), links.get(ident, {})
        )
        rows.append(
            tuple(FIELDS[column.field](one) if column.field else column.text for column in columns)
        )
    return rows


def _column(number: int, line: str) -> LibraryColumn:
    try:
        stated = json.loads(line)
        heading, field = str(stated["heading"]), str(stated.get("field", ""))
        text = str(stated.get("text", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f'QA_LIBRARY_COLUMNS 第 {number} 行应为 {{"heading": "标题", "field": "title"}}'
        raise ConfigurationError(message) from error
    if field and field not in FIELDS:
        known = "、".join(FIELDS)
        raise ConfigurationError(
            f"QA_LIBRARY_COLUMNS 第 {number} 行的 field “{field}”不认识，可用：{known}"
        )
    return LibraryColumn(heading, field, text)


def _answers(session: Session) -> dict[int, int]:
    statement = (
        select(PairBasis.document_id, func.count(func.distinct(QAPair.id)))
        .join(QAPair, col(QAPair.current_version_id) == PairBasis.version_id)
        .where(QAPair.status == PairStatus.PUBLISHED)
        .group_by(col(PairBasis.document_id))
    )
    return dict(session.exec(statement).all())


def _links(session: Session) -> dict[int, dict[LinkKind, str]]:
    found: dict[int, dict[LinkKind, str]] = {}
    statement = select(ServiceLink).where(col(ServiceLink.document_id).is_not(None))
    for link in session.exec(statement.order_by(col(ServiceLink.id))).all():
        held = found.setdefault(link.document_id or 0, {})
        before = held.get(link.kind)
        held[link.kind] = f"{before} {link.address}" if before else link.address
    return found
