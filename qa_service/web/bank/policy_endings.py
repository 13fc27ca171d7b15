"""Pages on the end of a document (失效、废止): what falls, proposal, decision, taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.callbacks.policy_consequences import Consequences, consequences_of
from qa_service.errors import ConflictError, FieldProblem, QAServiceError
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.citing import document_names
from qa_service.knowledge.policies.endings.ending import (
    AlreadyEndedError,
    EndingContent,
    propose_ending,
)
from qa_service.knowledge.policies.endings.ending_record import (
    InvalidEndingError,
    NoEndingError,
    open_ending,
)
from qa_service.knowledge.policies.endings.taking_back import refuse_ending, restore
from qa_service.knowledge.policies.permissions import may_keep, require_keeper, why_not_decide
from qa_service.knowledge.policies.resting import RestingPair, described
from qa_service.knowledge.policies.service import get_policy
from qa_service.knowledge.rules import ENDED
from qa_service.ledger.bank_changes import confirm_ending
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import Validity
from qa_service.web.bank.forms.basis_form import read_day
from qa_service.web.bank.policies import (
    CONSEQUENCES_CHANGED,
    ConsequencesChangedError,
    show_policy,
    shown_of,
)
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import SubmittedForm, member_or_none, problems_by_field
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/policies", dependencies=[Depends(guard_page)], include_in_schema=False)

REFUSALS = (AlreadyEndedError, InvalidEndingError, NoEndingError)


@dataclass(frozen=True, slots=True)
class EndingForm:
    """Raw input of the forms of this page; ``seen`` are the ids of the answers shown to fall."""

    validity: str = ""
    invalid_since: str = ""
    replaced_by: str = ""
    reason: str = ""
    seen: str = ""


@router.get("/{policy_id}/ending", dependencies=[permits(Permission.READ_BANK)])
def ending_page(visit: Page, session: ReadSession, policy_id: RowId) -> Response:
    """Show what falls with the document, and the form or the decision."""
    document = get_policy(session, policy_id)
    form = EndingForm(validity=Validity.REPEALED.value, invalid_since=visit.today.isoformat())
    return _page(visit, session, document, form)


@router.post("/{policy_id}/ending", dependencies=[permits(Permission.KEEP_POLICIES)])
def propose(visit: Page, policy_id: RowId) -> Response:
    """Propose the end, which suspends the answers; refused if others rest on it than shown."""
    form = _submitted(visit.form)
    with visit.read() as session:
        document = get_policy(session, policy_id)
        require_keeper(visit.actor, document)
        falls = _ids(_consequences(visit, session, document).falling())
    try:
        if form.seen != falls:
            raise ConsequencesChangedError(CONSEQUENCES_CHANGED)
        with visit.write() as session:
            document = get_policy(session, policy_id)
            propose_ending(session, document, _read(form), by=visit.actor, now=visit.now)
    except (*REFUSALS, ConsequencesChangedError) as error:
        return _refused(visit, policy_id, form, error)
    return visit.lead(f"/policies/{policy_id}/ending", Done.PROPOSED)


@router.post("/{policy_id}/ending/confirm", dependencies=[permits(Permission.CONFIRM_ENDINGS)])
def confirm(visit: Page, policy_id: RowId) -> Response:
    """Confirm the end as the second person, which withdraws the answers."""
    try:
        with visit.write() as session:
            document = get_policy(session, policy_id)
            seen = visit.form.number("ending")
            confirm_ending(session, document, by=visit.actor, now=visit.now, seen=seen)
    except REFUSALS as error:
        return _refused(visit, policy_id, EndingForm(), error)
    return visit.lead(f"/policies/{policy_id}", Done.DECIDED)


@router.post("/{policy_id}/ending/refuse", dependencies=[permits(Permission.CONFIRM_ENDINGS)])
def refuse(visit: Page, policy_id: RowId) -> Response:
    """Refuse the end as the second person, which puts the answers back."""
    form, seen = _submitted(visit.form), visit.form.number("ending")
    by, now = visit.actor, visit.now
    try:
        with visit.write() as session:
            document = get_policy(session, policy_id)
            refuse_ending(session, document, form.reason, by=by, now=now, seen=seen)
    except REFUSALS as error:
        return _refused(visit, policy_id, form, error)
    return visit.lead(f"/policies/{policy_id}", Done.DECIDED)


@router.post("/{policy_id}/restore", dependencies=[permits(Permission.KEEP_POLICIES)])
def take_back(visit: Page, policy_id: RowId) -> Response:
    """Take the end back; answers that did not change are told again."""
    form = _submitted(visit.form)
    days = visit.services.settings.policy_restore_days
    try:
        with visit.write() as session:
            document = get_policy(session, policy_id)
            restore(session, document, form.reason, by=visit.actor, now=visit.now, days=days)
    except REFUSALS as error:
        with visit.read() as session:
            if open_ending(session, get_policy(session, policy_id)) is None:
                return show_policy(visit, session, policy_id, refusal=error)
        return _refused(visit, policy_id, form, error)
    return visit.lead(f"/policies/{policy_id}", Done.DECIDED)


def _submitted(form: SubmittedForm) -> EndingForm:
    return EndingForm(**{field.name: form.text(field.name) for field in fields(EndingForm)})


def _read(form: EndingForm) -> EndingContent:
    problems: list[FieldProblem] = []
    since = read_day("invalid_since", form.invalid_since, problems) if form.invalid_since else None
    if problems:
        raise InvalidEndingError(problems[0].message, problems=tuple(problems))
    validity = member_or_none(Validity, form.validity) or Validity.IN_FORCE
    return EndingContent(validity, since, form.reason, form.replaced_by or None)


def _consequences(visit: PageContext, session: Session, document: PolicyDocument) -> Consequences:
    days = visit.services.settings.correction_callback_days
    return consequences_of(session, document, now=visit.now, days=days)


def _ids(pairs: Sequence[RestingPair]) -> str:
    return " ".join(str(one.pair_id) for one in pairs)


def _refused(
    visit: PageContext, policy_id: int, form: EndingForm, error: QAServiceError
) -> Response:
    with visit.read() as session:
        return _page(visit, session, get_policy(session, policy_id), form, refusal=error)


def _page(
    visit: PageContext,
    session: Session,
    document: PolicyDocument,
    form: EndingForm,
    *,
    refusal: QAServiceError | None = None,
) -> Response:
    ending = open_ending(session, document)
    found = _consequences(visit, session, document)
    falling = found.falling()
    within = visit.user.ledger_units
    seen = [one for one in found.entries if within is None or one.unit_id in within]
    successor = (ending.replaced_by if ending else None) or ""
    decides = visit.user.may(Permission.CONFIRM_ENDINGS) and ending is not None
    context = {
        "document": document,
        "ending": ending,
        "form": form,
        "found": found,
        "answers": described(session, shown_of(visit.request, found.pairs)),
        "falling": falling,
        "suspended": found.suspended(),
        "falls": _ids(falling),
        "entries": seen,
        "today": visit.today,
        "has_ended": document.validity in ENDED,
        "successor": document_names(session, {successor}).get(successor, successor),
        "marks": list(ENDED),
        "callback_days": visit.services.settings.correction_callback_days,
        "may_change": visit.user.may(Permission.KEEP_POLICIES) and may_keep(visit.actor, document),
        "may_decide": decides,
        "why_not": why_not_decide(visit.actor, document, ending) if decides and ending else None,
        "problems": problems_by_field(refusal),
        "refusal": refusal.message if refusal else None,
    }
    status = 200
    if refusal is not None:
        status = 409 if isinstance(refusal, ConflictError) else 422
    return visit.show("bank/policies/ending.html", context, status=status)
