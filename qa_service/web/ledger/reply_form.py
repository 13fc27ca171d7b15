"""The unit's reply as a form: kept as it was typed until it can be accepted."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.pairs.content import QUESTION_CHARACTERS
from qa_service.ledger.models import LedgerEntry, LedgerReply
from qa_service.ledger.reply_content import REPLY_FIELDS, ReplyContent, stored_content
from qa_service.ledger.workflow.replies import InvalidReplyError
from qa_service.web.bank.content_form import (
    ContentForm,
    first_form,
    read_values,
    stored_content_form,
    submitted_content_form,
)
from qa_service.web.kit.forms import SubmittedForm


def first_reply_form(entry: LedgerEntry, today: date) -> ContentForm:
    """Return a form with what the entry tells already, in force from ``today``."""
    return first_form(
        REPLY_FIELDS,
        area=entry.area or "",
        question=entry.question[:QUESTION_CHARACTERS],
        effective_from=today.isoformat(),
    )


def stored_reply_form(reply: LedgerReply, names: Mapping[str, str]) -> ContentForm:
    """Return the form with the reply that counts; ``names`` of documents are by key."""
    content = stored_content(reply)
    values = {field.name: content.value(field.name) for field in REPLY_FIELDS}
    return stored_content_form(values, REPLY_FIELDS, names)


def submitted_reply_form(form: SubmittedForm) -> ContentForm:
    """Return what the browser sent, each field as it was typed."""
    return submitted_content_form(form, REPLY_FIELDS)


def read_reply(session: Session, form: ContentForm) -> ReplyContent:
    """Return the reply typed; raises InvalidReplyError for what cannot be read at all."""
    problems: list[FieldProblem] = []
    values = read_values(session, form, REPLY_FIELDS, problems)
    if problems:
        raise InvalidReplyError("答复内容有误，请按各栏提示修改", problems=tuple(problems))
    return ReplyContent.of(values)
