"""The unit's reply as a form: what was typed, kept until it can be accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from qa_service.errors import FieldProblem
from qa_service.knowledge.content import QUESTION_CHARACTERS, Basis
from qa_service.knowledge.models import PolicyDocument
from qa_service.ledger.models import LedgerEntry, LedgerReply
from qa_service.ledger.replying import InvalidReplyError, ReplyContent
from qa_service.policy_field import PolicyField
from qa_service.web.forms import SubmittedForm, member_or_none
from qa_service.web.pair_form import document_name

BASIS_ROWS = 3


@dataclass(frozen=True, slots=True)
class ReplyBasisRow:
    """One line of the basis: a document's name or key, and the article."""

    document: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """The fields as text, exactly as they are shown."""

    field: str = ""
    question: str = ""
    answer: str = ""
    phone_script: str = ""
    effective_from: str = ""
    expires_on: str = ""
    no_basis_reason: str = ""
    is_public: bool = True
    private_reason: str = ""
    basis: tuple[ReplyBasisRow, ...] = ()

    @property
    def basis_rows(self) -> tuple[ReplyBasisRow, ...]:
        """The lines to show: those filled in, and empty ones to fill."""
        empty = (ReplyBasisRow(),) * max(1, BASIS_ROWS - len(self.basis))
        return (*self.basis, *empty)


def first_form(entry: LedgerEntry, today: date) -> ReplyForm:
    """A form with what the entry tells already."""
    return ReplyForm(
        field=entry.field or "",
        question=entry.question[:QUESTION_CHARACTERS],
        effective_from=today.isoformat(),
    )


def stored_reply_form(reply: LedgerReply, names: Mapping[str, str]) -> ReplyForm:
    """The form with the reply that counts, to be amended; ``names`` of documents by key."""
    return ReplyForm(
        field=reply.field,
        question=reply.question,
        answer=reply.answer,
        phone_script=reply.phone_script,
        effective_from=reply.effective_from.isoformat(),
        expires_on=reply.expires_on.isoformat() if reply.expires_on else "",
        no_basis_reason=reply.no_basis_reason or "",
        is_public=reply.is_public,
        private_reason=reply.private_reason or "",
        basis=tuple(
            ReplyBasisRow(names.get(one["policy"], one["policy"]), one["article"] or "")
            for one in reply.basis
        ),
    )


def submitted_reply_form(form: SubmittedForm) -> ReplyForm:
    """What the browser sent."""
    rows = zip(form.texts("basis_document"), form.texts("basis_article"), strict=False)
    return ReplyForm(
        field=form.text("field"),
        question=form.text("question"),
        answer=form.text("answer"),
        phone_script=form.text("phone_script"),
        effective_from=form.text("effective_from"),
        expires_on=form.text("expires_on"),
        no_basis_reason=form.text("no_basis_reason"),
        is_public=form.text("is_public") != "no",
        private_reason=form.text("private_reason"),
        basis=tuple(ReplyBasisRow(document, article) for document, article in rows if document),
    )


def read_reply(form: ReplyForm, library: Sequence[PolicyDocument]) -> ReplyContent:
    """The reply the form holds; raises InvalidReplyError for what cannot be read at all."""
    problems: list[FieldProblem] = []
    policy_field = member_or_none(PolicyField, form.field)
    if policy_field is None:
        problems.append(FieldProblem("field", "请选择领域"))
    start = _day("effective_from", form.effective_from, problems)
    end = _day("expires_on", form.expires_on, problems) if form.expires_on else None
    basis = _basis(form, library, problems)
    if problems or policy_field is None or start is None:
        raise InvalidReplyError("答复内容有误，请按各栏提示修改", problems=tuple(problems))
    return ReplyContent(
        field=policy_field,
        question=form.question,
        answer=form.answer,
        phone_script=form.phone_script,
        effective_from=start,
        expires_on=end,
        basis=basis,
        no_basis_reason=form.no_basis_reason,
        is_public=form.is_public,
        private_reason=form.private_reason,
    )


def _day(name: str, text: str, problems: list[FieldProblem]) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(FieldProblem(name, "请按 2026-01-31 的格式填写日期"))
        return None


def _basis(
    form: ReplyForm, library: Sequence[PolicyDocument], problems: list[FieldProblem]
) -> tuple[Basis, ...]:
    keys = {document_name(document): document.key for document in library}
    keys |= {document.key: document.key for document in library}
    unknown = [row.document for row in form.basis if row.document not in keys]
    problems += [
        FieldProblem("basis", f"政策库中没有“{name}”，请从列表中选择，或说明无依据的理由")
        for name in unknown
    ]
    known = (row for row in form.basis if row.document in keys)
    return tuple(Basis(keys[row.document], row.article or None) for row in known)
