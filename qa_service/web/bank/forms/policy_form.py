"""The form of a policy document: raw text as typed, and its conversion to content."""

from dataclasses import dataclass, fields, replace
from typing import NoReturn

from sqlmodel import Session

from qa_service.accounts.models import Unit
from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.rows.policy_columns import COLUMNS
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.citation_changes import CITED_FIELDS
from qa_service.knowledge.policies.citing import document_names, find_cited
from qa_service.knowledge.policies.record.content import (
    InvalidPolicyError,
    PolicyContent,
    policy_problems,
)
from qa_service.knowledge.policies.record.full_text import split_articles, text_of
from qa_service.knowledge.policies.service import policy_content
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import PublicKind, Validity
from qa_service.web.bank.forms.basis_form import read_day
from qa_service.web.kit.forms import SubmittedForm, member_or_none

_LABELS = {column.name: column.label for column in COLUMNS} | {"text": "全文"}
_NOT_EDITED = {"key", "invalid_since"}
_KEPT_IF_EMPTY = {"unit", "validity"}
_NOT_PLAIN = {"text", "is_public", "unit", "replaced_by"}


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """Raw input of the form of a document."""

    key: str = ""
    title: str = ""
    document_number: str = ""
    issuer: str = ""
    unit: str = ""
    validity: str = Validity.IN_FORCE.value
    issued_on: str = ""
    effective_from: str = ""
    invalid_since: str = ""
    replaced_by: str = ""
    link: str = ""
    interpretation_title: str = ""
    interpretation_link: str = ""
    public_kind: str = PublicKind.ACTIVE.value
    public_reason: str = ""
    is_public: str = ""
    text: str = ""


def submitted_policy_form(form: SubmittedForm) -> PolicyForm:
    """Return the submitted form, each field as typed."""
    return PolicyForm(**{field.name: form.text(field.name) for field in fields(PolicyForm)})


def stored_policy_form(session: Session, document: PolicyDocument) -> PolicyForm:
    """Return the form filled with the stored document; units and documents are named."""
    content = policy_content(document)
    held = {
        field.name: str(getattr(content, field.name) or "")
        for field in fields(PolicyForm)
        if field.name not in _NOT_PLAIN
    }
    owner = session.get(Unit, document.unit_id) if document.unit_id else None
    successor = document.replaced_by or ""
    return PolicyForm(
        **held,
        unit=owner.key if owner else "",
        replaced_by=document_names(session, {successor}).get(successor, successor),
        is_public="yes" if content.is_public else "",
        text=text_of(session, document),
    )


def read_policy_form(
    session: Session, form: PolicyForm, document: PolicyDocument | None = None
) -> PolicyContent:
    """Return the content typed; raises InvalidPolicyError for fields that cannot be read.

    The mark and the day of an ended document are those stored.
    """
    problems: list[FieldProblem] = []
    days = {
        name: read_day(name, getattr(form, name), problems) if getattr(form, name) else None
        for name in ("issued_on", "effective_from", "invalid_since")
    }
    replaced_by = _successor(session, form.replaced_by, problems)
    validity = member_or_none(Validity, form.validity) or Validity.IN_FORCE
    if document is not None and not form.validity:
        validity, days["invalid_since"] = document.validity, document.invalid_since
    number = display_clean(form.document_number)
    content = PolicyContent(
        key=document.key if document else display_clean(form.key) or number,
        title=display_clean(form.title),
        document_number=number,
        issuer=display_clean(form.issuer),
        validity=validity,
        replaced_by=replaced_by,
        is_public=form.is_public == "yes",
        link=form.link or None,
        unit=form.unit or None,
        public_kind=member_or_none(PublicKind, form.public_kind) or PublicKind.ACTIVE,
        public_reason=display_clean(form.public_reason) or None,
        interpretation_title=display_clean(form.interpretation_title) or None,
        interpretation_link=form.interpretation_link or None,
        **days,
    )
    if problems:
        _refuse(content, problems)
    return content


def _refuse(content: PolicyContent, unread: list[FieldProblem]) -> NoReturn:
    """Raise InvalidPolicyError naming the fields that cannot be read and every other fault."""
    names = {one.field for one in unread}
    others = [one for one in policy_problems(content.normal()) if one.field not in names]
    raise InvalidPolicyError("政策文件信息有误，请按提示修改", problems=(*unread, *others))


def only_cited(content: PolicyContent, document: PolicyDocument) -> PolicyContent:
    """Return the stored content of ``document`` with what answers cite as in ``content``.

    The day of an end is never on the form.
    """
    names = CITED_FIELDS.keys() - {"invalid_since"}
    return replace(policy_content(document), **{name: getattr(content, name) for name in names})


def differing(form: PolicyForm, stored: PolicyForm, *, cited_only: bool) -> list[str]:
    """Return the labels of the fields in which the form of a document differs from the stored.

    ``cited_only`` where the form holds only what answers cite.
    """
    shown = [one.name for one in fields(PolicyForm) if one.name not in _NOT_EDITED]
    names = [name for name in shown if name in CITED_FIELDS] if cited_only else shown
    return [_LABELS[name] for name in names if not _is_same(name, form, stored)]


def _is_same(name: str, form: PolicyForm, stored: PolicyForm) -> bool:
    typed, held = getattr(form, name), getattr(stored, name)
    if name == "text":
        return list(split_articles(typed)) == list(split_articles(held))
    return display_clean(typed) == held or (name in _KEPT_IF_EMPTY and not typed)


def _successor(session: Session, typed: str, problems: list[FieldProblem]) -> str | None:
    """Return the key of the document typed as successor, named by 文号, title or key."""
    if not typed:
        return None
    found = find_cited(session, display_clean(typed))
    if found.key is None:
        message = f"政策库中没有“{typed}”，请先录入替代文件，或填写它的文号、标题"
        problems.append(FieldProblem("replaced_by", message))
    return found.key
