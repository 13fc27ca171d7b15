"""The public desk: a citizen reads with number and code what became of a question, and rates it.

Both stand in the body of a request alone: no address, log or cache holds them.
"""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from qa_service.consultation.desk.following import (
    RatingRefusedError,
    UnknownQuestionError,
    find_left,
    rate_reply,
    state_of,
)
from qa_service.consultation.desk.ratings import OFFERED
from qa_service.errors import InvalidInputError, QAServiceError, ThrottledError
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Satisfaction
from qa_service.web.desk.answering import limit_rate, show_once
from qa_service.web.desk.asking import REFUSALS, status_of, told
from qa_service.web.desk.writing import (
    check_form,
    limit_tries,
    limit_writes,
    new_form,
    require_writing,
    sealer_in,
)
from qa_service.web.kit.access import Submitted
from qa_service.web.kit.forms import member_or_none, with_wait

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_rate)])

SHOWN_CHARACTERS = 40
"""Of a number or code that was typed, so much is shown again."""


class NoRatingError(InvalidInputError):
    """The form holds no rating."""

    code = "no_rating"
    title = "请选择评价"


@router.get("/desk/question")
def question_page(request: Request, services: ServicesDep) -> Response:
    """Show the form that asks for number and code."""
    require_writing(services)
    return _search_page(request)


@router.post("/desk/question")
def question(request: Request, services: ServicesDep, form: Submitted) -> Response:
    """Show what became of a question; a wrong number is answered as a wrong code is."""
    require_writing(services)
    number, code = form.text("number"), form.text("code")
    try:
        limit_tries(request, services)
        return _state_page(request, services, number, code)
    except (UnknownQuestionError, ThrottledError) as error:
        return _search_page(request, number=number, refusal=error)


@router.post("/desk/question/rating")
def rate(request: Request, services: ServicesDep, form: Submitted) -> Response:
    """Record whether the reply satisfies, and show the question again."""
    require_writing(services)
    number, code = form.text("number"), form.text("code")
    with session_scope(services.database, read_only=True) as session:
        sealer = sealer_in(session)
    try:
        limit_tries(request, services)
    except ThrottledError as error:
        # The page of the question would tell whether number and code are right.
        return _search_page(request, number=number, refusal=error)
    try:
        check_form(request, services, form, sealer, _purpose(number))
        satisfaction = chosen(form.text("satisfaction"))
        limit_writes(request, services)
        with session_scope(services.public_writes) as session:
            left, entry = find_left(session, number, code)
            rate_reply(session, left, entry, satisfaction, now=services.clock.now())
    except UnknownQuestionError as error:
        return _search_page(request, number=number, refusal=error)
    except (*REFUSALS, RatingRefusedError) as error:
        return _refused_rating(request, services, number, code, error)
    services.pending_tally.forget()
    return _state_page(request, services, number, code)


def chosen(typed: str) -> Satisfaction:
    """Return the rating chosen; raises NoRatingError."""
    satisfaction = member_or_none(Satisfaction, typed)
    if satisfaction not in OFFERED:
        raise NoRatingError("请在满意、基本满意、不满意中选择一项")
    return satisfaction


def _refused_rating(
    request: Request, services: Services, number: str, code: str, error: QAServiceError
) -> Response:
    """Show the question with what is wrong, if number and code are right."""
    try:
        return _state_page(request, services, number, code, refusal=error)
    except UnknownQuestionError as unknown:
        return _search_page(request, number=number, refusal=unknown)


def _purpose(number: str) -> str:
    return f"rate-reply:{number}"


def _search_page(
    request: Request, *, number: str = "", refusal: QAServiceError | None = None
) -> Response:
    context = {"number": number[:SHOWN_CHARACTERS], **told(refusal)}
    status = 404 if isinstance(refusal, UnknownQuestionError) else status_of(refusal)
    return with_wait(show_once(request, "desk/question.html", context, status=status), refusal)


def _state_page(
    request: Request,
    services: Services,
    number: str,
    code: str,
    *,
    refusal: QAServiceError | None = None,
) -> Response:
    """Show the question; raises UnknownQuestionError."""
    with session_scope(services.database, read_only=True) as session:
        left, entry = find_left(session, number, code)
        state = state_of(session, left, entry, calendar=services.calendar)
        form = new_form(services, sealer_in(session), _purpose(state.number))
    context = {"state": state, "code": code, "form": form, "ratings": OFFERED, **told(refusal)}
    page = show_once(request, "desk/state.html", context, status=status_of(refusal))
    return with_wait(page, refusal)
