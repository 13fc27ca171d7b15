"""Form fields of the policy basis (document and article) and of dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.policies.citing import Cited, find_cited
from qa_service.web.kit.forms import SubmittedForm

UNREAD = "no"
"""The choice of a citation whose document nobody has read (待核)."""

BLANK_ROWS = 2
"""Empty rows for citations beyond those filled in."""


@dataclass(frozen=True, slots=True)
class BasisRow:
    """A citation as typed: the document as the list names it, the article, whether it was read."""

    document: str = ""
    article: str = ""
    verified: str = ""

    @property
    def is_verified(self) -> bool:
        """Return whether the document is said to have been read (已核对原文)."""
        return self.verified != UNREAD


def with_blanks(rows: tuple[BasisRow, ...]) -> tuple[BasisRow, ...]:
    """Return the filled rows followed by ``BLANK_ROWS`` empty ones, of documents not read yet."""
    return rows + (BasisRow(verified=UNREAD),) * BLANK_ROWS


def submitted_rows(form: SubmittedForm) -> tuple[BasisRow, ...]:
    """Return the rows in which anything was typed, unchanged."""
    columns = (form.texts(f"basis_{part}") for part in ("document", "article", "verified"))
    rows = (BasisRow(*row) for row in zip_longest(*columns, fillvalue=""))
    return tuple(row for row in rows if row.document or row.article)


def read_basis(
    session: Session, rows: Sequence[BasisRow], problems: list[FieldProblem]
) -> tuple[Basis, ...]:
    """Return the citations of documents in the library; others are added to ``problems``.

    A document may be given as the list suggests it, or by its 文号.
    """
    basis: list[Basis] = []
    for row in rows:
        found = find_cited(session, row.document) if row.document else Cited(None, 0)
        if found.key is not None:
            basis.append(Basis(found.key, row.article or None, row.is_verified))
        else:
            problems.append(FieldProblem("basis", _why_unknown(row.document, found.count)))
    return tuple(basis)


def _why_unknown(name: str, count: int) -> str:
    if not name:
        return "请选择政策文件"
    if count:
        return f"“{name}”对应多份文件，请从列表中选择，或填写文件全名和文号"
    return f"政策库中没有“{name}”，请从列表中选择"


def read_day(name: str, text: str, problems: list[FieldProblem]) -> date | None:
    """Return the date typed into the field ``name``; None, and a problem, for an invalid one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(FieldProblem(name, "请按 2026-01-31 的格式填写日期"))
        return None
