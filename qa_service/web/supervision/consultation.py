"""The record of a consultation for supervisors: what was searched, shown and told (留痕)."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.calls.present import present_state
from qa_service.consultation.choosing import ChoiceStandsError, take_back
from qa_service.consultation.models import Consultation
from qa_service.consultation.queries import find_choice
from qa_service.consultation.service import ConsultationNotFoundError, find_consultation
from qa_service.ledger.queries import entry_of_consultation
from qa_service.ledger.workflow.steps import concerns, find_by_number
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import Role
from qa_service.web.ask.views import RegisterForm, result_view
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(
    prefix="/consultations", dependencies=[Depends(guard_page)], include_in_schema=False
)


@router.get("/{consultation_id}/record", dependencies=[permits(Permission.READ_CONSULTATIONS)])
def record_page(visit: Page, session: ReadSession, consultation_id: str) -> Response:
    """Show the question, the verdict and every candidate as the operator saw them."""
    return _page(visit, session, consultation_id)


@router.post("/{consultation_id}/record", dependencies=[permits(Permission.READ_CONSULTATIONS)])
def remove(visit: Page, consultation_id: str) -> Response:
    """Remove an answer or a repeat that was recorded by mistake, with a reason."""
    try:
        with visit.write() as session:
            consultation = _find(visit, session, consultation_id)
            reason = visit.form.text("reason")
            take_back(session, consultation, actor=visit.actor, now=visit.now, reason=reason)
    except ChoiceStandsError as error:
        with visit.read() as session:
            return _page(visit, session, consultation_id, refusal=error.message)
    return visit.lead(f"/consultations/{consultation_id}/record", Done.UNDONE)


def _page(
    visit: PageContext, session: Session, consultation_id: str, *, refusal: str | None = None
) -> Response:
    consultation = _find(visit, session, consultation_id)
    choice = find_choice(session, consultation.id)
    context = {
        "result": result_view(
            consultation,
            present_state(session, consultation.shown, day=visit.today, as_of=consultation.as_of),
            choice=choice,
            can_take_back=False,
            registered=None,
            form=RegisterForm(),
        ),
        "operator": consultation.operator,
        "entry": entry_of_consultation(session, consultation.id),
        "is_told": choice is not None and choice.pair_id is not None,
        "may_remove": visit.user.authority.units({Role.SUPERVISOR}) is None,
        "reason": visit.form.text("reason"),
        "refusal": refusal,
    }
    return visit.show("supervision/consultation.html", context, status=409 if refusal else 200)


def _find(visit: PageContext, session: Session, consultation_id: str) -> Consultation:
    """Return the consultation; one outside the user's units does not exist for the user."""
    consultation = find_consultation(session, consultation_id)
    within = visit.user.units_for(Permission.READ_CONSULTATIONS)
    if within is None:
        return consultation
    number = entry_of_consultation(session, consultation.id)
    if number is None or not concerns(session, find_by_number(session, number), within):
        raise ConsultationNotFoundError("没有这次咨询，请核对后重新查询")
    return consultation
