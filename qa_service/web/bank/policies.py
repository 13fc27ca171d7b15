"""Pages of the policy library (政策库): search, document page, and form."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.knowledge.models import PolicyDocument, stored_id
from qa_service.knowledge.policies.citing import suggest_documents
from qa_service.knowledge.policies.full_text import (
    PolicyTextTooLongError,
    articles_of,
    search_policies,
)
from qa_service.knowledge.policies.service import (
    InvalidPolicyError,
    PolicyContent,
    PolicyKnownError,
    add_policy,
    get_policy,
    policy_content,
)
from qa_service.knowledge.policies.withdrawal import pairs_resting_on
from qa_service.ledger.bank_changes import change_policy
from qa_service.request_scope import ReadSession
from qa_service.text.normalise import display_clean
from qa_service.vocabulary import Validity
from qa_service.web.bank.basis_form import read_day
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import SubmittedForm, member_or_none, problems_by_field, search_words
from qa_service.web.kit.labels import badge
from qa_service.web.kit.parameters import After, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/policies", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_POLICIES = 30

REFUSALS = (InvalidPolicyError, PolicyKnownError, PolicyTextTooLongError)


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """Raw input of the form of a document."""

    key: str = ""
    title: str = ""
    document_number: str = ""
    issuer: str = ""
    validity: str = Validity.IN_FORCE.value
    issued_on: str = ""
    effective_from: str = ""
    invalid_since: str = ""
    replaced_by: str = ""
    link: str = ""
    is_public: str = ""
    text: str = ""


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def policies_page(
    visit: Page, session: ReadSession, q: str = "", validity: str = "", after: After = 0
) -> Response:
    """List documents whose name or text contains the search terms."""
    wanted = search_words(q)
    chosen = member_or_none(Validity, validity)
    found = search_policies(session, wanted, validity=chosen, after=after, limit=PAGE_POLICIES + 1)
    shown = found[:PAGE_POLICIES]
    context = {
        "found": shown,
        "next_after": shown[-1].document.id if len(found) > PAGE_POLICIES else None,
        "q": wanted,
        "validity": validity,
        "validities": list(Validity),
        "may_change": visit.user.may(Permission.KEEP_POLICIES),
    }
    return visit.show("bank/policies/list.html", context)


@router.get("/new", dependencies=[permits(Permission.KEEP_POLICIES)])
def new_policy_page(visit: Page) -> Response:
    """Show an empty form."""
    return _form_page(visit, PolicyForm(is_public="yes"))


@router.post("/new", dependencies=[permits(Permission.KEEP_POLICIES)])
def create_policy(visit: Page) -> Response:
    """Store a new document; invalid input is shown as typed."""
    form = _submitted(visit.form)
    try:
        content = _read(form)
        with visit.write() as session:
            document = add_policy(session, content, text=form.text, by=visit.actor, now=visit.now)
    except REFUSALS as error:
        return _form_page(visit, form, refusal=error)
    return RedirectResponse(f"/policies/{stored_id(document)}", status_code=303)


@router.get("/suggestions", dependencies=[permits(Permission.READ_BANK)])
def suggestions(session: ReadSession, q: str = "") -> list[str]:
    """Return the names of at most ten documents that match the words typed in a citation."""
    return suggest_documents(session, search_words(q))


@router.get("/{policy_id}", dependencies=[permits(Permission.READ_BANK)])
def policy_page(visit: Page, session: ReadSession, policy_id: RowId) -> Response:
    """Show a document with its text and the answers that cite it."""
    document = get_policy(session, policy_id)
    context = {
        "document": document,
        "validity": badge(document.validity),
        "articles": articles_of(session, document),
        "pairs": pairs_resting_on(session, policy_id),
        "may_change": visit.user.may(Permission.KEEP_POLICIES),
    }
    return visit.show("bank/policies/page.html", context)


@router.get("/{policy_id}/edit", dependencies=[permits(Permission.KEEP_POLICIES)])
def edit_policy_page(visit: Page, session: ReadSession, policy_id: RowId) -> Response:
    """Show the form with the stored values and the number of answers that cite the document."""
    document = get_policy(session, policy_id)
    return _form_page(visit, _stored(session, document), document=document, session=session)


@router.post("/{policy_id}/edit", dependencies=[permits(Permission.KEEP_POLICIES)])
def edit_policy(visit: Page, policy_id: RowId) -> Response:
    """Store the changes; answers that lose their basis are withdrawn in the same transaction."""
    form = _submitted(visit.form)
    try:
        with visit.write() as session:
            document = get_policy(session, policy_id)
            content = _read(form, document)
            change_policy(session, document, content, text=form.text, by=visit.actor, now=visit.now)
    except REFUSALS as error:
        with visit.read() as session:
            document = get_policy(session, policy_id)
            return _form_page(visit, form, document=document, session=session, refusal=error)
    return RedirectResponse(f"/policies/{policy_id}", status_code=303)


def _submitted(form: SubmittedForm) -> PolicyForm:
    return PolicyForm(**{field.name: form.text(field.name) for field in fields(PolicyForm)})


def _stored(session: Session, document: PolicyDocument) -> PolicyForm:
    content = policy_content(document)
    held = {
        field.name: str(getattr(content, field.name) or "")
        for field in fields(PolicyForm)
        if field.name not in {"text", "is_public"}
    }
    text = "\n".join(article.text for article in articles_of(session, document))
    return PolicyForm(**held, is_public="yes" if content.is_public else "", text=text)


def _read(form: PolicyForm, document: PolicyDocument | None = None) -> PolicyContent:
    problems: list[FieldProblem] = []
    days = {
        name: read_day(name, getattr(form, name), problems) if getattr(form, name) else None
        for name in ("issued_on", "effective_from", "invalid_since")
    }
    if problems:
        raise InvalidPolicyError("政策文件信息有误，请按提示修改", problems=tuple(problems))
    number = display_clean(form.document_number)
    return PolicyContent(
        key=document.key if document else display_clean(form.key) or number,
        title=display_clean(form.title),
        document_number=number,
        issuer=display_clean(form.issuer),
        validity=member_or_none(Validity, form.validity) or Validity.IN_FORCE,
        replaced_by=display_clean(form.replaced_by) or None,
        is_public=form.is_public == "yes",
        link=form.link or None,
        **days,
    )


def _form_page(
    visit: PageContext,
    form: PolicyForm,
    *,
    document: PolicyDocument | None = None,
    session: Session | None = None,
    refusal: QAServiceError | None = None,
) -> Response:
    context: Mapping[str, object] = {
        "form": form,
        "document": document,
        "resting": len(pairs_resting_on(session, stored_id(document)))
        if document and session
        else 0,
        "validities": list(Validity),
        "problems": problems_by_field(refusal),
        "refusal": refusal.message if refusal else None,
        "may_change": visit.user.may(Permission.KEEP_POLICIES),
    }
    return visit.show("bank/policies/form.html", context, status=422 if refusal else 200)
