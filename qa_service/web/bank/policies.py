"""Pages of the policy library (政策库): search, document page, and form."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.errors import ConflictError, QAServiceError
from qa_service.knowledge.models import PolicyDocument, stored_id
from qa_service.knowledge.policies.citation_changes import (
    CORRECTED_FIELDS,
    CorrectionPendingError,
    PolicyCitedError,
    answers_citing,
    open_correction,
)
from qa_service.knowledge.policies.citing import document_names, suggest_documents
from qa_service.knowledge.policies.endings.ending_record import open_ending
from qa_service.knowledge.policies.endings.taking_back import slip_until
from qa_service.knowledge.policies.fallen import last_ending
from qa_service.knowledge.policies.permissions import (
    KEEPERS,
    PolicyOwnerOnlyError,
    may_correct,
    may_keep,
    proposer_of,
    require_keeper,
    why_not_confirm,
)
from qa_service.knowledge.policies.record.content import InvalidPolicyError
from qa_service.knowledge.policies.record.copies import PolicyKnownError
from qa_service.knowledge.policies.record.full_text import (
    PolicyTextTooLongError,
    articles_of,
    search_policies,
)
from qa_service.knowledge.policies.resting import (
    RestingPair,
    described,
    pairs_resting_on,
    units_losing,
)
from qa_service.knowledge.policies.service import (
    PolicyEditConflictError,
    PolicyEndingNeededError,
    add_policy,
    change_policy,
    get_policy,
    owning_unit,
    shown_hash,
)
from qa_service.knowledge.policy_models import PolicyCorrection
from qa_service.knowledge.rules import ENDED
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import PublicKind, Validity
from qa_service.web.bank.forms.policy_form import (
    PolicyForm,
    differing,
    only_cited,
    read_policy_form,
    stored_policy_form,
    submitted_policy_form,
)
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import member_or_none, problems_by_field, search_words, status_of
from qa_service.web.kit.parameters import After, RowId
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.library.link_views import links_view

router = APIRouter(prefix="/policies", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_POLICIES = 30
LISTED = 50

CONSEQUENCES_CHANGED = "以它为依据的已发布问答有变化，请核对后再提交"


class ConsequencesChangedError(ConflictError):
    """Other answers rest on the document than when the page was shown."""

    code = "consequences_changed"
    title = "影响范围已变"


REFUSALS = (
    ConsequencesChangedError,
    CorrectionPendingError,
    InvalidPolicyError,
    PolicyCitedError,
    PolicyEditConflictError,
    PolicyEndingNeededError,
    PolicyKnownError,
    PolicyTextTooLongError,
)


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def policies_page(
    visit: Page, session: ReadSession, q: str = "", validity: str = "", after: After = 0
) -> Response:
    """List documents whose name or text contains the search terms."""
    wanted, chosen = search_words(q), member_or_none(Validity, validity)
    found = search_policies(
        session, wanted, validity=chosen, day=visit.today, after=after, limit=PAGE_POLICIES + 1
    )
    shown = found[:PAGE_POLICIES]
    context = {
        "found": shown,
        "owners": {unit.id: unit.name for unit in list_units(session)},
        "today": visit.today,
        "next_after": shown[-1].document.id if len(found) > PAGE_POLICIES else None,
        "q": wanted,
        "validity": validity,
        "validities": list(Validity),
        "may_change": visit.user.may(Permission.KEEP_POLICIES),
    }
    return visit.show("bank/policies/list.html", context)


@router.get("/new", dependencies=[permits(Permission.KEEP_POLICIES)])
def new_policy_page(visit: Page, session: ReadSession) -> Response:
    """Show an empty form, owned by the unit of the user."""
    owner = session.get(Unit, owning_unit(session, None, visit.actor) or 0)
    form = PolicyForm(is_public="yes", unit=owner.key if owner else "")
    return _form_page(visit, session, form)


@router.post("/new", dependencies=[permits(Permission.KEEP_POLICIES)])
def create_policy(visit: Page) -> Response:
    """Store a new document; invalid input is shown as typed."""
    form = submitted_policy_form(visit.form)
    try:
        with visit.write() as session:
            content = read_policy_form(session, form)
            document = add_policy(session, content, text=form.text, by=visit.actor, now=visit.now)
    except (*REFUSALS, PolicyOwnerOnlyError) as error:
        with visit.read() as session:
            return _form_page(visit, session, form, refusal=error)
    return visit.lead(f"/policies/{stored_id(document)}", Done.SAVED)


@router.get("/suggestions", dependencies=[permits(Permission.READ_BANK)])
def suggestions(session: ReadSession, q: str = "") -> list[str]:
    """Return the names of at most ten documents that match the words typed in a citation."""
    return suggest_documents(session, search_words(q))


@router.get("/{policy_id}", dependencies=[permits(Permission.READ_BANK)])
def policy_page(visit: Page, session: ReadSession, policy_id: RowId) -> Response:
    """Show a document with its text, its end or correction, and what rests on it."""
    return show_policy(visit, session, policy_id)


def show_policy(
    visit: PageContext,
    session: Session,
    policy_id: int,
    *,
    refusal: QAServiceError | None = None,
    link_refusal: QAServiceError | None = None,
) -> Response:
    """Return the page of a document.

    ``refusal`` says why a decision was not taken, ``link_refusal`` what is wrong with a link.
    """
    document = get_policy(session, policy_id)
    resting = _opened(visit, pairs_resting_on(session, policy_id))
    owner = session.get(Unit, document.unit_id) if document.unit_id else None
    successor = document.replaced_by or ""
    keeps = visit.user.may(Permission.KEEP_POLICIES) and may_keep(visit.actor, document)
    context = {
        "document": document,
        "owner": owner.name if owner else None,
        "successor": document_names(session, {successor}).get(successor, successor),
        "today": visit.today,
        "articles": articles_of(session, document),
        "resting": len(resting),
        "answers": described(session, shown_of(visit.request, resting)),
        "open_ending": open_ending(session, document),
        "has_ended": document.validity in ENDED,
        "answers_until": _slip(visit, session, document),
        "may_change": keeps,
        "may_correct": keeps or _may_correct(visit, session, document),
        **_correction(visit, session, document),
        "links": links_view(visit, session, document, may_link=keeps, refusal=link_refusal),
        "refusal": refusal.message if refusal else None,
        "reason": visit.form.text("reason"),
    }
    return visit.show("bank/policies/page.html", context, status=status_of(refusal or link_refusal))


def _correction(
    visit: PageContext, session: Session, document: PolicyDocument
) -> Mapping[str, object]:
    """Return the correction that waits, and what the user may do with it."""
    found = open_correction(session, document)
    if found is None:
        return {"correction": None}
    why_not = why_not_confirm(visit.actor, document, found)
    return {
        "correction": found,
        "changes": [(CORRECTED_FIELDS[one.name], one) for one in found.changes],
        "cited_by": answers_citing(session, document),
        "suspended_units": _units_suspended(session, document, found),
        "why_not_confirm": why_not,
        "may_confirm": visit.user.may(Permission.CONFIRM_ENDINGS) and why_not is None,
        "may_take_back": visit.user.may(Permission.CORRECT_POLICIES)
        and visit.actor.is_same_person_as(proposer_of(found)),
    }


def _units_suspended(
    session: Session, document: PolicyDocument, correction: PolicyCorrection
) -> list[tuple[str, int]]:
    """Return the units of the answers that the correction suspended, and how many of each."""
    held = {one.pair_id for one in correction.suspended}
    resting = pairs_resting_on(session, stored_id(document))
    told = described(session, [one for one in resting if one.pair_id in held])
    return Counter(one.unit_name for one in told).most_common()


@router.get("/{policy_id}/edit", dependencies=[permits(Permission.CORRECT_POLICIES)])
def edit_policy_page(visit: Page, session: ReadSession, policy_id: RowId) -> Response:
    """Show the form with the stored values; raises PolicyOwnerOnlyError."""
    document = get_policy(session, policy_id)
    if not _may_correct(visit, session, document):
        require_keeper(visit.actor, document)
    return _form_page(visit, session, stored_policy_form(session, document), document=document)


@router.post("/{policy_id}/edit", dependencies=[permits(Permission.CORRECT_POLICIES)])
def edit_policy(visit: Page, policy_id: RowId) -> Response:
    """Store the changes; a document ends on its own page, by two people.

    Of a reviewer who does not keep the document only what answers cite is read.
    """
    form = submitted_policy_form(visit.form)
    try:
        with visit.write() as session:
            document = get_policy(session, policy_id)
            content = read_policy_form(session, form, document)
            text: str | None = form.text
            if not may_keep(visit.actor, document):
                content, text = only_cited(content, document), None
            losing = _losing(session, document)
            correction = change_policy(
                session,
                document,
                content,
                text=text,
                by=visit.actor,
                now=visit.now,
                reason=visit.form.text("correction_reason"),
                seen=visit.form.text("seen") or None,
            )
            if correction is not None and correction.closes and losing != _shown_losing(visit):
                raise ConsequencesChangedError(CONSEQUENCES_CHANGED)
    except REFUSALS as error:
        with visit.read() as session:
            document = get_policy(session, policy_id)
            return _form_page(visit, session, form, document=document, refusal=error)
    return visit.lead(f"/policies/{policy_id}", Done.PROPOSED if correction else Done.SAVED)


def _may_correct(visit: PageContext, session: Session, document: PolicyDocument) -> bool:
    """Return whether the user may correct what answers cite of the document, if any do."""
    if not visit.user.may(Permission.CORRECT_POLICIES) or not may_correct(visit.actor, document):
        return False
    return answers_citing(session, document) > 0


def _losing(session: Session, document: PolicyDocument) -> list[int]:
    """Return the ids of the answers that lose their public basis if the document is closed."""
    resting = pairs_resting_on(session, stored_id(document))
    return [one.pair_id for one in resting if one.loses_basis]


def _shown_losing(visit: PageContext) -> list[int]:
    """Return those that the form said would."""
    return [int(one) for one in visit.form.text("losing").split() if one.isdecimal()]


def shown_of(request: Request, pairs: Sequence[RestingPair]) -> Sequence[RestingPair]:
    """Return the pairs that the page lists: the first, or all where its address says so."""
    return pairs if request.query_params.get("answers") == "all" else pairs[:LISTED]


def _opened(visit: PageContext, pairs: list[RestingPair]) -> list[RestingPair]:
    """Return the answers the user may see: published ones, and others of the user's units."""
    within = visit.user.bank_units
    return [one for one in pairs if one.falls or within is None or one.unit_id in within]


def _slip(visit: PageContext, session: Session, document: PolicyDocument) -> date | None:
    """Return the last day on which taking the end back puts its answers back; None afterwards."""
    ending = last_ending(session, stored_id(document))
    if ending is None or document.validity not in ENDED:
        return None
    until = slip_until(ending, visit.services.settings.policy_restore_days)
    return until.date() if visit.now <= until else None


def _offered_units(
    visit: PageContext, session: Session, document: PolicyDocument | None
) -> list[Unit]:
    """Return the units the user may file for, and the unit the document has."""
    kept = visit.user.authority.units(KEEPERS)
    owner = document.unit_id if document else None
    return [one for one in list_units(session) if kept is None or one.id in kept or one.id == owner]


def _form_page(
    visit: PageContext,
    session: Session,
    form: PolicyForm,
    *,
    document: PolicyDocument | None = None,
    refusal: QAServiceError | None = None,
) -> Response:
    has_ended = document is not None and document.validity in ENDED
    allowed = (one for one in Validity if document is None or one not in ENDED)
    context: Mapping[str, object] = {
        "form": form,
        "document": document,
        "has_ended": has_ended,
        "cited_by": answers_citing(session, document) if document else 0,
        "losing": _losing(session, document) if document else [],
        "losing_units": _units_losing(session, document) if document else [],
        "only_cited": document is not None and not may_keep(visit.actor, document),
        "today": visit.today,
        "validities": list(allowed),
        "kinds": list(PublicKind),
        "units": _offered_units(visit, session, document),
        "correction_reason": visit.form.text("correction_reason"),
        **_seen(visit, session, form, document, refusal),
        "problems": problems_by_field(refusal),
        "refusal": refusal.message if refusal else None,
        "known_id": refusal.policy_id if isinstance(refusal, PolicyKnownError) else None,
    }
    return visit.show("bank/policies/form.html", context, status=422 if refusal else 200)


def _units_losing(session: Session, document: PolicyDocument) -> list[tuple[str, int]]:
    return units_losing(session, pairs_resting_on(session, stored_id(document)))


def _seen(
    visit: PageContext,
    session: Session,
    form: PolicyForm,
    document: PolicyDocument | None,
    refusal: QAServiceError | None,
) -> Mapping[str, object]:
    """Return what the form says the user was shown, and what has changed since that.

    A form refused for another reason still was filled in over what was shown before.
    """
    if document is None:
        return {"seen": "", "differing": []}
    if refusal is not None and not isinstance(refusal, PolicyEditConflictError):
        return {"seen": visit.form.text("seen"), "differing": []}
    stored = stored_policy_form(session, document)
    cited_only = not may_keep(visit.actor, document)
    names = differing(form, stored, cited_only=cited_only) if refusal else []
    return {"seen": shown_hash(session, document), "differing": names}
