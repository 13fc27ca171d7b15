"""The ask page: a question, its result, and what is done about it."""

from datetime import datetime, time

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.authentication.sessions import SignedIn
from qa_service.accounts.permissions import Permission
from qa_service.clock import BEIJING
from qa_service.consultation import queries
from qa_service.consultation.choosing import choose, may_be_taken_back, take_back
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.models import Consultation
from qa_service.consultation.service import (
    choose_none,
    find_consultation,
    find_repeats,
    note_repeat,
    record,
    search_for,
)
from qa_service.knowledge.media.service import shown_media
from qa_service.ledger.askers import NOBODY, AskerDetails
from qa_service.ledger.queries import entry_of_consultation
from qa_service.request_scope import ReadSession, WriteSession
from qa_service.vocabulary import Channel, PolicyArea
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none
from qa_service.web.kit.rendering import is_htmx
from qa_service.web.kit.viewmodels import (
    WAITING_SHOWN,
    AskPage,
    ResultView,
    result_view,
    waiting_lines,
)
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.ledger.entries import load_entry

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)


@router.get("/", dependencies=[permits(Permission.READ_BANK)])
def ask_page(visit: Page, session: ReadSession) -> Response:
    """The empty box, with the choices of the operator's last question; others' own first page."""
    if not visit.user.may(Permission.CONSULT):
        return RedirectResponse(_first_page(visit.user), status_code=303)
    last = queries.last_asked(session, visit.actor)
    return _show(visit, _page(visit, session, like=last, result=None))


@router.post("/consultations", dependencies=[permits(Permission.CONSULT)])
def ask(visit: Page, session: WriteSession) -> Response:
    """The result of the question; nothing is registered until the operator says so."""
    inquiry = _inquiry(visit)
    result = search_for(visit.services.consultation, inquiry, now=visit.now)
    recorded = record(session, visit.services.consultation, inquiry, result, now=visit.now)
    return _answer(visit, session, recorded.consultation)


@router.get("/consultations/{consultation_id}", dependencies=[permits(Permission.CONSULT)])
def consultation_page(visit: Page, session: ReadSession, consultation_id: str) -> Response:
    """A stored result as a page of its own."""
    return _show(visit, _page_of(visit, session, find_consultation(session, consultation_id)))


@router.post("/consultations/{consultation_id}/choice", dependencies=[permits(Permission.CONSULT)])
def tell(visit: Page, session: WriteSession, consultation_id: str) -> Response:
    """Record which candidate the asker was told."""
    consultation = find_consultation(session, consultation_id)
    pair_id = visit.form.number("qa_id")
    choose(session, consultation, pair_id, actor=visit.actor, now=visit.now)
    return _answer(visit, session, consultation)


@router.post(
    "/consultations/{consultation_id}/choice/undo", dependencies=[permits(Permission.CONSULT)]
)
def untell(visit: Page, session: WriteSession, consultation_id: str) -> Response:
    """Take back what was recorded as told: the wrong key was pressed."""
    consultation = find_consultation(session, consultation_id)
    take_back(session, consultation, actor=visit.actor, now=visit.now)
    return _answer(visit, session, consultation)


@router.post(
    "/consultations/{consultation_id}/registration", dependencies=[permits(Permission.CONSULT)]
)
def register(visit: Page, session: WriteSession, consultation_id: str) -> Response:
    """Register the question with the asker if given; earlier entries like it are shown first.

    Those that were on the page already are in ``seen``: the operator knows them.
    """
    consultation = find_consultation(session, consultation_id)
    asker = AskerDetails(name=visit.form.text("name"), phone=visit.form.text("phone"))
    deps, actor = visit.services.consultation, visit.actor
    earlier = find_repeats(session, deps, consultation, now=visit.now, asker=asker)
    if {one.number for one in earlier} - set(visit.form.text("seen").split()):
        return _answer(visit, session, consultation, asker=asker)
    join_to = visit.form.text("join_to") or None
    choose_none(
        session, deps, consultation, actor=actor, now=visit.now, asker=asker, join_to=join_to
    )
    return _answer(visit, session, consultation)


@router.post("/consultations/{consultation_id}/repeat", dependencies=[permits(Permission.CONSULT)])
def repeat(visit: Page, session: WriteSession, consultation_id: str) -> Response:
    """The same caller asks again: told on the earlier entry, and no second one is made."""
    consultation = find_consultation(session, consultation_id)
    number = visit.form.text("number")
    note_repeat(session, consultation, number, actor=visit.actor, now=visit.now)
    return _answer(visit, session, consultation)


def _inquiry(visit: PageContext) -> Inquiry:
    return Inquiry(
        question=visit.form.text("question"),
        channel=member_or_none(Channel, visit.form.text("channel")) or Channel.HOTLINE,
        actor=visit.actor,
        area=member_or_none(PolicyArea, visit.form.text("area")),
        register=RegisterMode.NEVER,
    )


def _answer(
    visit: PageContext,
    session: Session,
    consultation: Consultation,
    *,
    asker: AskerDetails | None = None,
) -> Response:
    path = f"/consultations/{consultation.id}"
    if not is_htmx(visit.request):
        if asker is not None:
            return _show(visit, _page_of(visit, session, consultation, asker), status=409)
        return RedirectResponse(path, status_code=303)
    page = _page_of(visit, session, consultation, asker)
    response = visit.show("ask/answer.html", {"page": page, "result": page.result})
    response.headers["HX-Push-Url"] = path
    return response


def _page_of(
    visit: PageContext,
    session: Session,
    consultation: Consultation,
    asker: AskerDetails | None = None,
) -> AskPage:
    result = _load_result(visit, session, consultation, asker)
    return _page(visit, session, like=consultation, result=result)


def _load_result(
    visit: PageContext, session: Session, consultation: Consultation, asker: AskerDetails | None
) -> ResultView:
    choice = queries.find_choice(session, consultation.id)
    number = entry_of_consultation(session, consultation.id)
    registered = load_entry(session, visit.services, number, today=visit.today) if number else None
    earlier = (
        find_repeats(
            session, visit.services.consultation, consultation, now=visit.now, asker=asker or NOBODY
        )
        if choice is None and number is None
        else ()
    )
    return result_view(
        consultation,
        told=choice.pair_id if choice else None,
        can_take_back=choice is not None and may_be_taken_back(choice, visit.now),
        registered=registered,
        earlier=earlier,
        asker=asker or NOBODY,
        media=shown_media(session, [shown["qa_id"] for shown in consultation.candidates]),
    )


def _page(
    visit: PageContext, session: Session, *, like: Consultation | None, result: ResultView | None
) -> AskPage:
    midnight = datetime.combine(visit.today, time.min, tzinfo=BEIJING)
    waiting = queries.unhandled_consultations(
        session, actor=visit.actor, since=midnight, limit=WAITING_SHOWN + 1
    )
    return AskPage(
        channel=like.channel if like else Channel.HOTLINE,
        area=like.area or "" if like else "",
        waiting=waiting_lines(waiting, result.id if result else None),
        result=result,
    )


def _show(visit: PageContext, page: AskPage, *, status: int = 200) -> Response:
    context = {"page": page, "result": page.result, "channels": list(Channel)}
    return visit.show("ask/page.html", {**context, "areas": list(PolicyArea)}, status=status)


def _first_page(user: SignedIn) -> str:
    """Where somebody who does not answer callers begins the day."""
    doors = (
        (Permission.WORK_QUEUE, "/queue"),
        (Permission.SIGN_PAIRS, "/reviews"),
        (Permission.WATCH_BOARD, "/ledger/board"),
    )
    return next((path for permission, path in doors if user.may(permission)), "/pairs")
