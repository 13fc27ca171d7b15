"""The public desk: a citizen says that an answer is wrong (找错), or whether it satisfies."""

from fastapi import APIRouter, Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from qa_service.clock import beijing_day
from qa_service.consultation.desk.answers import find_answer
from qa_service.consultation.desk.questions import (
    CONTACT_CHARACTERS,
    leave_correction,
    read_left_correction,
)
from qa_service.consultation.desk.ratings import OFFERED, rate_answer
from qa_service.errors import QAServiceError
from qa_service.knowledge.pairs.queries import PairView
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import REASON_CHARACTERS, EntryKind
from qa_service.web.desk.answering import limit_rate, show_once
from qa_service.web.desk.asking import (
    REFUSALS,
    receipt_page,
    register_of,
    status_of,
    told,
)
from qa_service.web.desk.following import chosen
from qa_service.web.desk.writing import (
    check_form,
    limit_ratings,
    limit_writes,
    new_form,
    require_writing,
    sealer_in,
)
from qa_service.web.kit.access import Submitted
from qa_service.web.kit.forms import with_wait

router = APIRouter(
    prefix="/desk/answers/{key}", include_in_schema=False, dependencies=[Depends(limit_rate)]
)


@router.get("/wrong")
def wrong_page(request: Request, services: ServicesDep, session: ReadSession, key: str) -> Response:
    """Show the form for what is wrong or out of date in an answer; PairNotFoundError: see there."""
    require_writing(services)
    view = _view(services, session, key)
    return _wrong_page(request, services, session, view)


@router.post("/wrong")
def report_wrong(request: Request, services: ServicesDep, form: Submitted, key: str) -> Response:
    """Register the correction, and show its number, code and due day."""
    require_writing(services)
    typed, contact = form.text("complaint"), form.text("contact")
    with session_scope(services.database, read_only=True) as session:
        view, sealer = _view(services, session, key), sealer_in(session)
    try:
        name = check_form(request, services, form, sealer, f"wrong:{view.key}")
        left = read_left_correction(typed, contact, form=name)
        limit_writes(request, services)
        with session_scope(services.public_writes) as session:
            desk, now = register_of(services, sealer), services.clock.now()
            receipt = leave_correction(session, left, view, desk, now=now)
    except REFUSALS as error:
        with session_scope(services.database, read_only=True) as session:
            return _wrong_page(
                request, services, session, view, typed=typed, contact=contact, refusal=error
            )
    services.pending_tally.forget()
    return receipt_page(request, services, receipt)


@router.get("/rating")
def rating_page(
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    key: str,
    satisfaction: str = "",
) -> Response:
    """Show the form that asks whether an answer satisfies, with what was pressed."""
    require_writing(services)
    view = _view(services, session, key)
    return _rating_page(request, services, session, view, satisfaction)


@router.post("/rating")
def rate(request: Request, services: ServicesDep, form: Submitted, key: str) -> Response:
    """Count whether the answer satisfies, once a day for each address."""
    require_writing(services)
    typed = form.text("satisfaction")
    with session_scope(services.database, read_only=True) as session:
        view, sealer = _view(services, session, key), sealer_in(session)
    try:
        name = check_form(request, services, form, sealer, f"rate:{view.key}")
        satisfaction = chosen(typed)
        limit_ratings(request, services, view.key, name)
        limit_writes(request, services)
        with session_scope(services.public_writes) as session:
            rate_answer(session, view, satisfaction, now=services.clock.now())
    except REFUSALS as error:
        with session_scope(services.database, read_only=True) as session:
            return _rating_page(request, services, session, view, typed, refusal=error)
    return show_once(request, "desk/rated.html", {"view": view})


def _view(services: Services, session: Session, key: str) -> PairView:
    return find_answer(session, key, day=beijing_day(services.clock.now()))


def _wrong_page(
    request: Request,
    services: Services,
    session: Session,
    view: PairView,
    *,
    typed: str = "",
    contact: str = "",
    refusal: QAServiceError | None = None,
) -> Response:
    context = {
        "view": view,
        "form": new_form(services, sealer_in(session), f"wrong:{view.key}"),
        "typed": typed,
        "contact": contact,
        "longest": REASON_CHARACTERS,
        "longest_contact": CONTACT_CHARACTERS,
        "purge_days": services.settings.purge_days,
        "workdays": services.ledger_rules.limit_of(EntryKind.CORRECTION),
        **told(refusal),
    }
    page = show_once(request, "desk/wrong.html", context, status=status_of(refusal))
    return with_wait(page, refusal)


def _rating_page(
    request: Request,
    services: Services,
    session: Session,
    view: PairView,
    typed: str,
    *,
    refusal: QAServiceError | None = None,
) -> Response:
    context = {
        "view": view,
        "form": new_form(services, sealer_in(session), f"rate:{view.key}"),
        "ratings": OFFERED,
        "typed": typed,
        **told(refusal),
    }
    page = show_once(request, "desk/rating.html", context, status=status_of(refusal))
    return with_wait(page, refusal)
