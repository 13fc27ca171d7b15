"""The public desk: a citizen leaves a question (留言), once the bank was searched for it."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.areas import list_areas, present_area
from qa_service.consultation.desk.following import find_left, state_of
from qa_service.consultation.desk.questions import (
    CONTACT_CHARACTERS,
    LEFT_CHARACTERS,
    DeskRegister,
    Receipt,
    leave_question,
    read_left_question,
    search_left,
)
from qa_service.consultation.search.candidates import Candidate
from qa_service.errors import InvalidInputError, QAServiceError, ThrottledError
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.storage.sealing import Sealer
from qa_service.vocabulary import AREA_CHARACTERS, Verdict
from qa_service.web.desk.answering import limit_rate, show_once
from qa_service.web.desk.writing import (
    check_form,
    limit_writes,
    new_form,
    require_writing,
    sealer_in,
)
from qa_service.web.kit.access import Submitted
from qa_service.web.kit.forms import SubmittedForm, plain_text, problems_by_field, with_wait

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_rate)])

PURPOSE = "ask"

REFUSALS = (InvalidInputError, ThrottledError)
"""Errors that a form tells above what was typed."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form as typed; ``is_asked_still`` after an answer was shown."""

    question: str = ""
    contact: str = ""
    area: str = ""
    is_asked_still: bool = False

    @classmethod
    def of(cls, form: SubmittedForm) -> "Typed":
        """Return the submitted fields."""
        return cls(
            form.text("question"),
            form.text("contact"),
            form.text("area")[:AREA_CHARACTERS],
            form.text("still") == "yes",
        )


@router.get("/desk/ask")
def ask_page(
    request: Request, services: ServicesDep, session: ReadSession, q: str = "", area: str = ""
) -> Response:
    """Show the form, with what was searched for."""
    require_writing(services)
    typed = Typed(plain_text(q)[:LEFT_CHARACTERS], "", plain_text(area)[:AREA_CHARACTERS])
    return _form_page(request, services, session, typed)


@router.post("/desk/ask")
def ask(request: Request, services: ServicesDep, form: Submitted) -> Response:
    """Register the question and show its number, code and due day; or an answer that is there."""
    require_writing(services)
    typed = Typed.of(form)
    with session_scope(services.database, read_only=True) as session:
        sealer = sealer_in(session)
        area = present_area(session, typed.area) if typed.area else None
    try:
        name = check_form(request, services, form, sealer, PURPOSE)
        left = read_left_question(typed.question, typed.contact, form=name)
        found = search_left(services.desk_searcher, left, area=area, now=services.clock.now())
        if found.verdict is Verdict.ANSWERED and not typed.is_asked_still:
            return _answer_page(request, services, sealer, typed, found.candidates[0])
        limit_writes(request, services)
        with session_scope(services.public_writes) as session:
            receipt = leave_question(
                session,
                left,
                found,
                register_of(services, sealer),
                area=area,
                now=services.clock.now(),
            )
    except REFUSALS as error:
        with session_scope(services.database, read_only=True) as session:
            return _form_page(request, services, session, typed, refusal=error)
    services.pending_tally.forget()
    return receipt_page(request, services, receipt)


def register_of(services: Services, sealer: Sealer) -> DeskRegister:
    """Return what registering at the desk needs."""
    return DeskRegister(services.consultation, sealer)


def receipt_page(request: Request, services: Services, receipt: Receipt) -> Response:
    """Show the number and code of what was left, its due day and how that is counted."""
    with session_scope(services.database, read_only=True) as session:
        left, entry = find_left(session, receipt.number, receipt.code)
        state = state_of(session, left, entry, calendar=services.calendar)
    context = {"receipt": receipt, "state": state, "days": services.settings.desk_question_days}
    return show_once(request, "desk/receipt.html", context)


def told(refusal: QAServiceError | None) -> dict[str, object]:
    """Return what a form shows of its refusal."""
    return {
        "refusal": refusal.message if refusal and not refusal.problems else None,
        "problems": problems_by_field(refusal),
    }


def status_of(refusal: QAServiceError | None) -> int:
    """Return the status of a page with a form."""
    if refusal is None:
        return 200
    return 429 if isinstance(refusal, ThrottledError) else 422


def _form_page(
    request: Request,
    services: Services,
    session: Session,
    typed: Typed,
    *,
    refusal: QAServiceError | None = None,
) -> Response:
    context = {
        "form": new_form(services, sealer_in(session), PURPOSE),
        "typed": typed,
        "areas": list_areas(session, active_only=True),
        "longest": LEFT_CHARACTERS,
        "longest_contact": CONTACT_CHARACTERS,
        "workdays": services.settings.answer_workdays,
        "purge_days": services.settings.purge_days,
        **told(refusal),
    }
    page = show_once(request, "desk/ask.html", context, status=status_of(refusal))
    return with_wait(page, refusal)


def _answer_page(
    request: Request, services: Services, sealer: Sealer, typed: Typed, answer: Candidate
) -> Response:
    """Show the answer that is there already; the question can be left all the same."""
    form = new_form(services, sealer, PURPOSE)
    context = {"form": form, "typed": typed, "answer": answer}
    return show_once(request, "desk/ask_found.html", context)
