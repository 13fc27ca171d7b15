"""Routes of the ask page for the rules of a past day (按某日有效的规定检索)."""

from datetime import date

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.areas import UnknownAreaError
from qa_service.accounts.permissions import Permission
from qa_service.consultation.duplicates.received_again import search_again as renew_search
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.search.as_of import UnusableDayError
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.consultation.service import find_consultation, search_for
from qa_service.errors import FieldProblem
from qa_service.knowledge.coverage.topics import TopicNotFoundError
from qa_service.web.ask.answer_page import Held, answer
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import SubmittedForm
from qa_service.web.kit.visit import Page

router = APIRouter(
    prefix="/consultations", dependencies=[Depends(guard_page)], include_in_schema=False
)

REFUSALS = (UnusableDayError, TopicNotFoundError, UnknownAreaError)
"""What may be wrong with the day, or no longer be there of what the question was asked within."""


@router.post("/{consultation_id}/as-of", dependencies=[permits(Permission.CONSULT)])
def search_again(visit: Page, consultation_id: str) -> Response:
    """Search for the question again by the rules of the day chosen; of today if none is.

    It is asked within what it was asked within first.
    """
    with visit.read() as session:
        consultation = find_consultation(session, consultation_id)
    try:
        inquiry = Inquiry(
            question=consultation.question,
            channel=consultation.channel,
            actor=visit.actor,
            area=consultation.area,
            register=RegisterMode.NEVER,
            as_of=read_as_of(visit.form),
            narrowed=consultation.narrowed,
        )
        result = search_for(visit.services.consultation, inquiry, now=visit.now)
    except REFUSALS as error:
        return answer(visit, consultation, Held(refusal=error.message), status=422)
    with visit.write() as session:
        stored = find_consultation(session, consultation_id)
        renew_search(session, stored, inquiry, result, now=visit.now)
    return RedirectResponse(f"/consultations/{consultation_id}", status_code=303)


def read_narrowing(form: SubmittedForm) -> Narrowing:
    """Return what the form bounds the search to beside the area."""
    return Narrowing(form.text("topic"), form.text("audience"), form.text("region"))


def read_as_of(form: SubmittedForm) -> date | None:
    """Return the day typed, None for an empty field; raises UnusableDayError for no date."""
    typed = form.text("as_of")
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        message = "日期请写成 2025-06-01 的样子"
        raise UnusableDayError(message, problems=(FieldProblem("as_of", message),)) from None
