"""Takes complaints (纠错) about an answer, from each page that has the form."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.service import find_consultation
from qa_service.knowledge.pairs.permissions import find_open, find_readable
from qa_service.knowledge.review.unsigned import is_unsigned
from qa_service.ledger.corrections import InvalidCorrectionError, check_complaint, open_correction
from qa_service.ledger.workflow.steps import concerns
from qa_service.web.ask.answer_page import Held, answer
from qa_service.web.ask.refused_forms import ComplaintForm
from qa_service.web.bank.pairs.form_page import pair_page
from qa_service.web.bank.review.adoption import unsigned_page
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import problems_by_field
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)


@router.post("/pairs/{pair_id}/corrections", dependencies=[permits(Permission.COMPLAIN)])
def correct(visit: Page, pair_id: RowId) -> Response:
    """Register a correction (纠错) of a pair and redirect to the entry it opened.

    From the ask page the operator returns to the call, whose asker is the one to be told.
    """
    consultation_id = visit.form.text("consultation")
    try:
        complaint = check_complaint(visit.form.text("complaint"))
    except InvalidCorrectionError as error:
        return _asked_again(visit, pair_id, consultation_id, error)
    with visit.write() as session:
        asker_id = _asker_of(visit, session, consultation_id)
        entry = open_correction(
            session,
            find_readable(session, pair_id, visit.user.bank_units),
            complaint,
            calendar=visit.services.calendar,
            rules=visit.services.ledger_rules,
            actor=visit.actor,
            now=visit.now,
            asker_id=asker_id,
        )
    if consultation_id and visit.user.may(Permission.CONSULT):
        path = f"/consultations/{consultation_id}?correction={entry.number}"
        return RedirectResponse(path, status_code=303)
    with visit.read() as session:
        is_seen = concerns(session, entry, visit.user.ledger_units)
    may_read = visit.user.may(Permission.READ_LEDGER)
    path = f"/ledger/{entry.number}" if may_read and is_seen else f"/pairs/{pair_id}/edit"
    return visit.lead(path, Done.REPORTED)


def _asked_again(
    visit: PageContext, pair_id: int, consultation_id: str, error: InvalidCorrectionError
) -> Response:
    """Return the page that has the form, with the complaint as typed and what is wrong with it."""
    if consultation_id and visit.user.may(Permission.CONSULT):
        with visit.read() as session:
            consultation = find_consultation(session, consultation_id)
        typed = ComplaintForm(pair_id, visit.form.text("complaint"), problems_by_field(error))
        held = Held(complaint=typed, chosen=visit.form.number("shown"))
        return answer(visit, consultation, held)
    with visit.read() as session:
        pair = find_open(session, pair_id, visit.user.bank_units)
        if visit.form.text("from") == "adoption" and is_unsigned(pair):
            return unsigned_page(visit, session, pair, refusal=error)
        return pair_page(visit, session, pair, refusal=error)


def _asker_of(visit: PageContext, session: Session, consultation_id: str) -> int | None:
    if not consultation_id or not visit.user.may(Permission.CONSULT):
        return None
    return find_consultation(session, consultation_id).asker_id
