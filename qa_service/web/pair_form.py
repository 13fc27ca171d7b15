"""The form of a pair: kept as it was typed, read into a pair's content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qa_service.errors import FieldProblem
from qa_service.knowledge.content import InvalidPairError, PairContent, check_content
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.queries import PairView
from qa_service.policy_field import PolicyField
from qa_service.web.basis_form import (
    BasisRow,
    document_name,
    read_basis,
    read_day,
    submitted_rows,
    with_blanks,
)
from qa_service.web.forms import SubmittedForm, member_or_none

_SEPARATORS = str.maketrans("、，,；;", "     ")


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
        return with_blanks(self.basis)


def submitted_form(form: SubmittedForm) -> PairForm:
    """What was typed, each field as it was."""
    names = [name for name in PairForm.__dataclass_fields__ if name != "basis"]
    return PairForm(**{name: form.text(name) for name in names}, basis=submitted_rows(form))


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
        effective_from=read_day("effective_from", form.effective_from, problems) or date.min,
        expires_on=read_day("expires_on", form.expires_on, problems) if form.expires_on else None,
        keywords=tuple(form.keywords.translate(_SEPARATORS).split()),
        basis=read_basis(form.basis, library, problems),
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
