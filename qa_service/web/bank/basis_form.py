"""The policy basis in a form: rows of a document and an article, and dates beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from qa_service.errors import FieldProblem
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.pairs.queries import CitedPolicy
from qa_service.vocabulary import Validity
from qa_service.web.kit.forms import SubmittedForm

BLANK_ROWS = 2
"""Empty rows for citations beyond those filled in."""


@dataclass(frozen=True, slots=True)
class BasisRow:
    """A citation as typed: the document as the list names it, and the article."""

    document: str = ""
    article: str = ""


def with_blanks(rows: tuple[BasisRow, ...]) -> tuple[BasisRow, ...]:
    """The filled rows and some empty ones."""
    return rows + (BasisRow(),) * BLANK_ROWS


def submitted_rows(form: SubmittedForm) -> tuple[BasisRow, ...]:
    """The rows in which anything was typed, as it was."""
    rows = zip_longest(form.texts("basis_document"), form.texts("basis_article"), fillvalue="")
    return tuple(BasisRow(*row) for row in rows if any(row))


def document_name(document: PolicyDocument | CitedPolicy) -> str:
    """A document as the list of the form names it; one no longer in force is marked."""
    mark = "" if document.validity is Validity.IN_FORCE else f"〔{document.validity}〕"
    return f"{document.title}（{document.document_number}）{mark}"


def read_basis(
    rows: Sequence[BasisRow], library: Sequence[PolicyDocument], problems: list[FieldProblem]
) -> tuple[Basis, ...]:
    """The citations of documents in the library; others are added to ``problems``."""
    keys = {document_name(document): document.key for document in library}
    unknown = [row.document for row in rows if row.document not in keys]
    problems += [
        FieldProblem("basis", f"政策库中没有“{name}”，请从列表中选择" if name else "请选择政策文件")
        for name in unknown
    ]
    known = (row for row in rows if row.document in keys)
    return tuple(Basis(keys[row.document], row.article or None) for row in known)


def read_day(name: str, text: str, problems: list[FieldProblem]) -> date | None:
    """The date typed into the field ``name``; None, and a problem, if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(FieldProblem(name, "请按 2026-01-31 的格式填写日期"))
        return None
