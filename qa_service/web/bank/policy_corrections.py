"""Routes that decide on the correction of what answers cite of a document (更正)."""

from collections.abc import Callable

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.policies.corrections import (
    CorrectionOutdatedError,
    NoCorrectionError,
    refuse_correction,
    take_back_correction,
)
from qa_service.knowledge.policies.endings.ending_record import InvalidEndingError
from qa_service.knowledge.policies.permissions import NotYourDecisionError
from qa_service.knowledge.policies.record.content import InvalidPolicyError
from qa_service.knowledge.policies.record.copies import PolicyKnownError
from qa_service.knowledge.policies.service import get_policy
from qa_service.ledger.bank_changes import confirm_correction
from qa_service.web.bank.policies import show_policy
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/policies", dependencies=[Depends(guard_page)], include_in_schema=False)

REFUSALS = (
    CorrectionOutdatedError,
    InvalidEndingError,
    InvalidPolicyError,
    NoCorrectionError,
    NotYourDecisionError,
    PolicyKnownError,
)

Decide = Callable[[Session, PolicyDocument], object]


@router.post("/{policy_id}/correction/confirm", dependencies=[permits(Permission.CONFIRM_ENDINGS)])
def confirm(visit: Page, policy_id: RowId) -> Response:
    """Store the proposed correction as the second person."""
    by, now, seen = visit.actor, visit.now, visit.form.number("correction")
    return _decided(
        visit,
        policy_id,
        lambda session, held: confirm_correction(session, held, by=by, now=now, seen=seen),
    )


@router.post("/{policy_id}/correction/refuse", dependencies=[permits(Permission.CONFIRM_ENDINGS)])
def refuse(visit: Page, policy_id: RowId) -> Response:
    """Refuse the proposed correction as the second person."""
    reason, seen = visit.form.text("reason"), visit.form.number("correction")
    by, now = visit.actor, visit.now
    return _decided(
        visit,
        policy_id,
        lambda session, held: refuse_correction(session, held, reason, by=by, now=now, seen=seen),
    )


@router.post(
    "/{policy_id}/correction/take-back", dependencies=[permits(Permission.CORRECT_POLICIES)]
)
def take_back(visit: Page, policy_id: RowId) -> Response:
    """Take one's own proposed correction back."""
    by, now, reason = visit.actor, visit.now, visit.form.text("reason")
    return _decided(
        visit,
        policy_id,
        lambda session, held: take_back_correction(session, held, reason, by=by, now=now),
    )


def _decided(visit: PageContext, policy_id: int, decide: Decide) -> Response:
    """Return to the document after the decision, or show why it was not taken."""
    try:
        with visit.write() as session:
            decide(session, get_policy(session, policy_id))
    except REFUSALS as error:
        with visit.read() as session:
            return show_policy(visit, session, policy_id, refusal=error)
    return visit.lead(f"/policies/{policy_id}", Done.DECIDED)
