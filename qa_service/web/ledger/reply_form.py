"""The unit's reply as a form: what was typed, kept until it can be accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.pairs.content import QUESTION_CHARACTERS
from qa_service.ledger.models import LedgerEntry, LedgerReply
from qa_service.ledger.workflow.replies import InvalidReplyError, ReplyContent
from qa_service.vocabulary import PolicyArea
from qa_service.web.bank.basis_form import (
    BasisRow,
    read_basis,
    read_day,
    submitted_rows,
    with_blanks,
)
from qa_service.web.kit.forms import SubmittedForm, member_or_none


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """The fields as text, exactly as they are shown."""

    area: str = ""
    question: str = ""
    answer: str = ""
    phone_script: str = ""
    effective_from: str = ""
    expires_on: str = ""
    no_basis_reason: str = ""
    is_public: bool = True
    private_reason: str = ""
    basis: tuple[BasisRow, ...] = ()

    @property
    def basis_rows(self) -> tuple[BasisRow, ...]:
        """The filled rows and some empty ones."""
        return with_blanks(self.basis)


def first_form(entry: LedgerEntry, today: date) -> ReplyForm:
    """A form with what the entry tells already."""
    return ReplyForm(
        area=entry.area or "",
        question=entry.question[:QUESTION_CHARACTERS],
        effective_from=today.isoformat(),
    )


def stored_reply_form(reply: LedgerReply, names: Mapping[str, str]) -> ReplyForm:
    """The form with the reply that counts, to be amended; ``names`` of documents by key."""
    return ReplyForm(
        area=reply.area,
        question=reply.question,
        answer=reply.answer,
        phone_script=reply.phone_script,
        effective_from=reply.effective_from.isoformat(),
        expires_on=reply.expires_on.isoformat() if reply.expires_on else "",
        no_basis_reason=reply.no_basis_reason or "",
        is_public=reply.is_public,
        private_reason=reply.private_reason or "",
        basis=tuple(
            BasisRow(names.get(one["policy"], one["policy"]), one["article"] or "")
            for one in reply.basis
        ),
    )


def submitted_reply_form(form: SubmittedForm) -> ReplyForm:
    """What the browser sent."""
    return ReplyForm(
        area=form.text("area"),
        question=form.text("question"),
        answer=form.text("answer"),
        phone_script=form.text("phone_script"),
        effective_from=form.text("effective_from"),
        expires_on=form.text("expires_on"),
        no_basis_reason=form.text("no_basis_reason"),
        is_public=form.text("is_public") != "no",
        private_reason=form.text("private_reason"),
        basis=submitted_rows(form),
    )


def read_reply(session: Session, form: ReplyForm) -> ReplyContent:
    """Read the reply typed; raises InvalidReplyError for what cannot be read at all."""
    problems: list[FieldProblem] = []
    area = member_or_none(PolicyArea, form.area)
    if area is None:
        problems.append(FieldProblem("area", "请选择领域"))
    start = read_day("effective_from", form.effective_from, problems)
    end = read_day("expires_on", form.expires_on, problems) if form.expires_on else None
    basis = read_basis(session, form.basis, problems)
    if problems or area is None or start is None:
        raise InvalidReplyError("答复内容有误，请按各栏提示修改", problems=tuple(problems))
    return ReplyContent(
        area=area,
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
