"""The form of a pair: kept as it was typed, read into a pair's content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.pairs.content import (
    Clarifying,
    InvalidPairError,
    PairContent,
    check_content,
)
from qa_service.vocabulary import PolicyArea
from qa_service.web.bank.basis_form import (
    BasisRow,
    read_basis,
    read_day,
    submitted_rows,
    with_blanks,
)
from qa_service.web.kit.forms import SubmittedForm, member_or_none

_SEPARATORS = str.maketrans("、，,；;", "     ")


@dataclass(frozen=True, slots=True)
class PairForm:
    """Everything typed into the form, unread."""

    area: str = ""
    unit: str = ""
    question: str = ""
    variants: str = ""
    answer: str = ""
    phone_script: str = ""
    effective_from: str = ""
    expires_on: str = ""
    keywords: str = ""
    audience: str = ""
    region: str = ""
    review_by: str = ""
    basis: tuple[BasisRow, ...] = ()
    clarifying: tuple[Clarifying, ...] = ()

    @property
    def clarifying_rows(self) -> tuple[Clarifying, ...]:
        """The filled rows and an empty one."""
        return (*self.clarifying, Clarifying("", "", ""))

    @property
    def basis_rows(self) -> tuple[BasisRow, ...]:
        """The filled rows and some empty ones."""
        return with_blanks(self.basis)


def submitted_form(form: SubmittedForm) -> PairForm:
    """What was typed, each field as it was."""
    names = [name for name in PairForm.__dataclass_fields__ if name not in {"basis", "clarifying"}]
    return PairForm(
        **{name: form.text(name) for name in names},
        basis=submitted_rows(form),
        clarifying=_submitted_clarifying(form),
    )


def stored_form(content: PairContent, names: Mapping[str, str]) -> PairForm:
    """Fill the form with what is being written; ``names`` of the cited documents by key."""
    return PairForm(
        area=content.area,
        unit=content.unit,
        question=content.question,
        variants="\n".join(content.variants),
        answer=content.answer,
        phone_script=content.phone_script,
        effective_from=content.effective_from.isoformat(),
        expires_on=content.expires_on.isoformat() if content.expires_on else "",
        keywords="、".join(content.keywords),
        audience=content.audience,
        region=content.region,
        review_by=content.review_by.isoformat() if content.review_by else "",
        basis=tuple(BasisRow(names[cited.policy], cited.article or "") for cited in content.basis),
        clarifying=content.clarifying,
    )


def _submitted_clarifying(form: SubmittedForm) -> tuple[Clarifying, ...]:
    columns = (form.texts(f"clarifying_{part}") for part in ("question", "yes", "no"))
    rows = zip_longest(*columns, fillvalue="")
    return tuple(Clarifying(*row) for row in rows if any(row))


def read_content(session: Session, form: PairForm) -> PairContent:
    """Read the content typed; raises InvalidPairError naming every faulty field at once."""
    problems: list[FieldProblem] = []
    content = PairContent(
        area=_field(form.area, problems),
        unit=form.unit,
        question=form.question,
        variants=tuple(filter(None, map(str.strip, form.variants.split("\n")))),
        answer=form.answer,
        phone_script=form.phone_script,
        effective_from=read_day("effective_from", form.effective_from, problems) or date.min,
        expires_on=read_day("expires_on", form.expires_on, problems) if form.expires_on else None,
        keywords=tuple(form.keywords.translate(_SEPARATORS).split()),
        basis=read_basis(session, form.basis, problems),
        audience=form.audience,
        region=form.region,
        clarifying=form.clarifying,
        review_by=read_day("review_by", form.review_by, problems) if form.review_by else None,
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


def _field(text: str, problems: list[FieldProblem]) -> PolicyArea:
    area = member_or_none(PolicyArea, text)
    if area is None:
        problems.append(FieldProblem("area", "请选择领域"))
    return area or PolicyArea.CHILDBIRTH
