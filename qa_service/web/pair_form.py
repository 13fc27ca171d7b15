"""The form of a pair: kept as it was typed, read into a pair's content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from qa_service.errors import FieldProblem
from qa_service.knowledge.content import Basis, InvalidPairError, PairContent, check_content
from qa_service.knowledge.models import PolicyDocument, Validity
from qa_service.knowledge.queries import CitedPolicy, PairView
from qa_service.policy_field import PolicyField
from qa_service.web.forms import SubmittedForm, member_or_none

BLANK_ROWS = 2
"""Empty rows for citations beyond those filled in."""

_SEPARATORS = str.maketrans("、，,；;", "     ")


@dataclass(frozen=True, slots=True)
class BasisRow:
    """A citation as typed: the document as the list names it, and the article."""

    document: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class PairForm:
    """Everything typed into the form, unread."""

    field: str = ""
    unit: str = ""
    question: str = ""
    variants: str = ""
    answer: str = ""
    phone_script: str = ""
    effective_from: str = ""
    expires_on: str = ""
    keywords: str = ""
    basis: tuple[BasisRow, ...] = ()

    @property
    def basis_rows(self) -> tuple[BasisRow, ...]:
        """The filled rows and some empty ones."""
        return self.basis + (BasisRow(),) * BLANK_ROWS


def submitted_form(form: SubmittedForm) -> PairForm:
    """What was typed, each field as it was."""
    rows = zip_longest(form.texts("basis_document"), form.texts("basis_article"), fillvalue="")
    names = [name for name in PairForm.__dataclass_fields__ if name != "basis"]
    basis = tuple(BasisRow(*row) for row in rows if any(row))
    return PairForm(**{name: form.text(name) for name in names}, basis=basis)


def stored_form(view: PairView) -> PairForm:
    """The form filled with what is stored."""
    return PairForm(
        field=view.field,
        unit=view.unit_key,
        question=view.question,
        variants="\n".join(view.variants),
        answer=view.answer,
        phone_script=view.phone_script,
        effective_from=view.effective_from.isoformat(),
        expires_on=view.expires_on.isoformat() if view.expires_on else "",
        keywords="、".join(view.keywords),
        basis=tuple(BasisRow(document_name(cited), cited.article or "") for cited in view.basis),
    )


def document_name(document: PolicyDocument | CitedPolicy) -> str:
    """A document as the list of the form names it; one no longer in force is marked."""
    mark = "" if document.validity is Validity.IN_FORCE else f"〔{document.validity}〕"
    return f"{document.title}（{document.document_number}）{mark}"


def read_content(form: PairForm, library: Sequence[PolicyDocument]) -> PairContent:
    """The content typed; raises InvalidPairError naming every faulty field at once."""
    problems: list[FieldProblem] = []
    content = PairContent(
        field=_field(form.field, problems),
        unit=form.unit,
        question=form.question,
        variants=tuple(filter(None, map(str.strip, form.variants.split("\n")))),
        answer=form.answer,
        phone_script=form.phone_script,
        effective_from=_day("effective_from", form.effective_from, problems) or date.min,
        expires_on=_day("expires_on", form.expires_on, problems) if form.expires_on else None,
        keywords=tuple(form.keywords.translate(_SEPARATORS).split()),
        basis=_basis(form.basis, library, problems),
    )
    if not form.unit:
        problems.append(FieldProblem("unit", "请选择承办单位"))
    try:
        check_content(content)
    except InvalidPairError as error:
        problems += error.problems
    if problems:
        raise InvalidPairError("内容有误，请按各栏提示修改", problems=tuple(problems))
    return content


def _field(text: str, problems: list[FieldProblem]) -> PolicyField:
    field = member_or_none(PolicyField, text)
    if field is None:
        problems.append(FieldProblem("field", "请选择领域"))
    return field or PolicyField.CHILDBIRTH


def _day(name: str, text: str, problems: list[FieldProblem]) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(FieldProblem(name, "请按 2026-01-31 的格式填写日期"))
        return None


def _basis(
    rows: Sequence[BasisRow], library: Sequence[PolicyDocument], problems: list[FieldProblem]
) -> tuple[Basis, ...]:
    keys = {document_name(document): document.key for document in library}
    unknown = [row.document for row in rows if row.document not in keys]
    problems += [
        FieldProblem("basis", f"政策库中没有“{name}”，请从列表中选择" if name else "请选择政策文件")
        for name in unknown
    ]
    known = (row for row in rows if row.document in keys)
    return tuple(Basis(keys[row.document], row.article or None) for row in known)
