"""The form of a pair: raw text as typed, and its conversion to a pair's content."""

from collections.abc import Mapping

from sqlmodel import Session

from qa_service.errors import FieldProblem
from qa_service.knowledge.pairs.record.citations import cite_by_key
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.rules import InvalidPairError, clean_content
from qa_service.web.bank.forms.content_form import (
    ContentForm,
    first_form,
    read_values,
    stored_content_form,
    submitted_content_form,
)
from qa_service.web.kit.forms import SubmittedForm

FAULTY = "内容有误，请按各栏提示修改"


def new_form(**texts: str) -> ContentForm:
    """Return the form of a new pair, empty but for ``texts``."""
    return first_form(PAIR_FIELDS, **texts)


def submitted_form(form: SubmittedForm) -> ContentForm:
    """Return the submitted form, each field as typed."""
    return submitted_content_form(form, PAIR_FIELDS)


def stored_form(content: PairContent, names: Mapping[str, str]) -> ContentForm:
    """Return the form filled with ``content``; ``names`` of cited documents by key."""
    values = {field.name: content.value(field.name) for field in PAIR_FIELDS}
    return stored_content_form(values, PAIR_FIELDS, names)


def read_content(session: Session, form: ContentForm) -> PairContent:
    """Return the content typed; raises InvalidPairError for fields that cannot be read."""
    content, unread = read_typed(session, form)
    if unread:
        raise InvalidPairError(FAULTY, problems=tuple(unread))
    return content


def read_typed(session: Session, form: ContentForm) -> tuple[PairContent, list[FieldProblem]]:
    """Return the content typed, with placeholders for fields that cannot be read, and these."""
    unread: list[FieldProblem] = []
    content = PairContent.of(read_values(session, form, PAIR_FIELDS, unread))
    return cite_by_key(session, clean_content(content)), unread
