"""The form of the unit's reply (答复): raw text as typed, and its conversion to a reply."""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.pairs.record.content import QUESTION_CHARACTERS
from qa_service.ledger.models import LedgerEntry, LedgerReply
from qa_service.ledger.replies.reply_content import REPLY_FIELDS, ReplyContent, stored_content
from qa_service.web.bank.forms.content_form import (
    ContentForm,
    first_form,
    read_values,
    stored_content_form,
    submitted_content_form,
)
from qa_service.web.kit.forms import SubmittedForm


def first_reply_form(entry: LedgerEntry, today: date) -> ContentForm:
    """Return a form prefilled from the entry, valid from ``today``."""
    return first_form(
        REPLY_FIELDS,
        area=entry.area or "",
        question=entry.question[:QUESTION_CHARACTERS],
        effective_from=today.isoformat(),
    )


def stored_reply_form(reply: LedgerReply, names: Mapping[str, str]) -> ContentForm:
    """Return the form filled with the current reply; ``names`` of documents by key."""
    content = stored_content(reply)
    values = {field.name: content.value(field.name) for field in REPLY_FIELDS}
    return stored_content_form(values, REPLY_FIELDS, names)


def submitted_reply_form(form: SubmittedForm) -> ContentForm:
    """Return the submitted form, each field as typed."""
    return submitted_content_form(form, REPLY_FIELDS)


def read_reply(session: Session, form: ContentForm) -> tuple[ReplyContent, list[FieldProblem]]:
    """Return the reply typed, with placeholders for fields that cannot be read, and these."""
    problems: list[FieldProblem] = []
    values = read_values(session, form, REPLY_FIELDS, problems)
    return ReplyContent.of(values), problems
