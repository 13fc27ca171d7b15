"""Routes of the ask page: ask, choose a candidate, register, record a repeat."""

from collections.abc import Sequence
from datetime import datetime, time

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.areas import list_areas, present_area
from qa_service.accounts.authentication.sessions import SignedIn
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import UnitNotFoundError
from qa_service.clock import BEIJING
from qa_service.consultation import queries
from qa_service.consultation.callbacks.contacts import keep_contact, masked_contact
from qa_service.consultation.callbacks.reworking import Reworking, reworked_answers
from qa_service.consultation.choosing import can_take_back, choose, take_back
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.models import Consultation
from qa_service.consultation.repeats import note_repeat, repeats_of
from qa_service.consultation.service import (
    choose_none,
    find_consultation,
    record,
    search_for,
)
from qa_service.consultation.telling import outdated_ids
from qa_service.errors import InvalidInputError
from qa_service.knowledge.media.service import shown_media
from qa_service.knowledge.pairs.listing import limited_audiences
from qa_service.ledger.askers.details import InvalidContactError, check_contact
from qa_service.ledger.deadlines.due_dates import proof_of
from qa_service.ledger.queries import entry_of_consultation, load_entry
from qa_service.ledger.similar_entries import EarlierEntry
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import AreaKey, Channel, Verdict
from qa_service.web.ask.as_of import read_as_of
from qa_service.web.ask.register_form import Typed, register_form
from qa_service.web.ask.views import (
    WAITING_SHOWN,
    AskPage,
    ResultView,
    result_view,
    waiting_lines,
)
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none, plain_text
from qa_service.web.kit.rendering import is_htmx
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.ledger.views import EntryCard, entry_card

NUMBER_CHARACTERS = 20

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)


@router.get("/", dependencies=[permits(Permission.READ_BANK)])
def ask_page(visit: Page, session: ReadSession) -> Response:
    """Show an empty form preset from the last question; redirect users who take no calls."""
    if not visit.user.may(Permission.CONSULT):
        return RedirectResponse(_first_page(visit.user), status_code=303)
    last = queries.last_asked(session, visit.actor)
    return _show(visit, _page(visit, session, like=last, result=None))


@router.post("/consultations", dependencies=[permits(Permission.CONSULT)])
def ask(visit: Page) -> Response:
    """Search and record the question; the ledger is not touched."""
    inquiry = _inquiry(visit)
    result = search_for(visit.services.consultation, inquiry, now=visit.now)
    with visit.write() as session:
        recorded = record(session, visit.services.consultation, inquiry, result, now=visit.now)
    return _answer(visit, recorded.consultation)


@router.get("/consultations/{consultation_id}", dependencies=[permits(Permission.CONSULT)])
def consultation_page(
    visit: Page, session: ReadSession, consultation_id: str, correction: str = ""
) -> Response:
    """Show a recorded consultation with its result."""
    consultation = find_consultation(session, consultation_id)
    noted = plain_text(correction)[:NUMBER_CHARACTERS]
    result = _load_result(visit, session, consultation, correction=noted)
    return _show(visit, _page(visit, session, like=consultation, result=result))


@router.post("/consultations/{consultation_id}/choice", dependencies=[permits(Permission.CONSULT)])
def tell(visit: Page, consultation_id: str) -> Response:
    """Record the candidate that the asker was told (已告知)."""
    with visit.write() as session:
        consultation = find_consultation(session, consultation_id)
        pair_id = visit.form.number("qa_id")
        choose(session, consultation, pair_id, actor=visit.actor, now=visit.now)
    return _answer(visit, consultation)


@router.post("/consultations/{consultation_id}/contact", dependencies=[permits(Permission.CONSULT)])
def contact(visit: Page, consultation_id: str) -> Response:
    """Keep the contact of an asker who was told an answer, for a later correction of it."""
    typed = Typed.of(visit.form)
    with visit.read() as session:
        consultation = find_consultation(session, consultation_id)
    try:
        with visit.write() as session:
            _keep(visit, session, find_consultation(session, consultation_id), typed)
    except InvalidContactError as error:
        typed = typed.refused(error)
    return _answer(visit, consultation, typed=typed if typed.refusal else None)


@router.post(
    "/consultations/{consultation_id}/choice/undo", dependencies=[permits(Permission.CONSULT)]
)
def untell(visit: Page, consultation_id: str) -> Response:
    """Undo what was recorded by mistake: an answer told, a registration, a repeat."""
    with visit.write() as session:
        consultation = find_consultation(session, consultation_id)
        take_back(session, consultation, actor=visit.actor, now=visit.now)
    return _answer(visit, consultation)


@router.post(
    "/consultations/{consultation_id}/registration", dependencies=[permits(Permission.CONSULT)]
)
def register(visit: Page, consultation_id: str) -> Response:
    """Register the question, with the asker if given; similar entries are shown first.

    The form's ``seen`` holds the numbers of entries the page already showed; only entries not
    among them hold the registration back, and so does a contact that looks wrong.
    """
    typed, deps = Typed.of(visit.form), visit.services.consultation
    with visit.read() as session:
        consultation = find_consultation(session, consultation_id)
        earlier = repeats_of(session, deps, consultation, now=visit.now, asker=typed.asker)
    try:
        check_contact(typed.asker)
        if {one.number for one in earlier} - typed.seen:
            return _answer(visit, consultation, earlier=earlier, typed=typed)
        with visit.write() as session:
            _register(visit, session, find_consultation(session, consultation_id), typed)
    except (InvalidInputError, UnitNotFoundError) as error:
        return _answer(visit, consultation, earlier=earlier, typed=typed.refused(error))
    return _answer(visit, consultation)


@router.post("/consultations/{consultation_id}/repeat", dependencies=[permits(Permission.CONSULT)])
def repeat(visit: Page, consultation_id: str) -> Response:
    """Record a repeated question as an event of the earlier entry instead of a new entry."""
    with visit.write() as session:
        consultation = find_consultation(session, consultation_id)
        number = visit.form.text("number")
        note_repeat(session, consultation, number, actor=visit.actor, now=visit.now)
    return _answer(visit, consultation)


def _inquiry(visit: PageContext) -> Inquiry:
    return Inquiry(
        question=visit.form.text("question"),
        channel=member_or_none(Channel, visit.form.text("channel")) or Channel.HOTLINE,
        actor=visit.actor,
        area=_chosen_area(visit),
        register=RegisterMode.NEVER,
        audience=visit.form.text("audience"),
        as_of=read_as_of(visit.form),
    )


def _register(
    visit: PageContext, session: Session, consultation: Consultation, typed: Typed
) -> None:
    # A repeated request finds the entry, whose contact is corrected in the ledger.
    if entry_of_consultation(session, consultation.id) is None:
        _keep(visit, session, consultation, typed)
    choose_none(
        session,
        visit.services.consultation,
        consultation,
        actor=visit.actor,
        now=visit.now,
        join_to=typed.join_to or None,
        unit=typed.unit or None,
        area=typed.area,
    )


def _keep(visit: PageContext, session: Session, consultation: Consultation, typed: Typed) -> None:
    """Store the contact typed; emptied boxes remove one that was heard in the question."""
    if typed.asker.is_empty and not visit.form.text("heard"):
        return
    keep_contact(
        session,
        consultation,
        typed.asker,
        cipher=visit.services.cipher,
        actor=visit.actor,
        now=visit.now,
    )


def _chosen_area(visit: PageContext) -> AreaKey | None:
    """Return the area chosen; None, to search in all, for one that is no longer in use."""
    chosen = visit.form.text("area")
    if not chosen:
        return None
    with visit.read() as session:
        return present_area(session, chosen)


def _answer(
    visit: PageContext,
    consultation: Consultation,
    *,
    earlier: Sequence[EarlierEntry] | None = None,
    typed: Typed | None = None,
) -> Response:
    """Show the result after the write transaction has ended.

    ``earlier`` and the form as ``typed`` are given when it was held back.
    """
    path = f"/consultations/{consultation.id}"
    if not is_htmx(visit.request) and typed is None:
        return RedirectResponse(path, status_code=303)
    with visit.read() as session:
        stored = find_consultation(session, consultation.id)
        result = _load_result(visit, session, stored, earlier=earlier, typed=typed)
        page = _page(visit, session, like=stored, result=result)
    if not is_htmx(visit.request):
        return _show(visit, page, status=422 if typed and typed.refusal else 409)
    response = visit.show("ask/answer.html", {"page": page, "result": page.result})
    response.headers["HX-Push-Url"] = path
    return response


def _load_result(
    visit: PageContext,
    session: Session,
    consultation: Consultation,
    *,
    earlier: Sequence[EarlierEntry] | None = None,
    typed: Typed | None = None,
    correction: str = "",
) -> ResultView:
    choice = queries.find_choice(session, consultation.id)
    number = entry_of_consultation(session, consultation.id)
    if earlier is None:
        is_open = choice is None and number is None
        earlier = _offered_repeats(visit, session, consultation) if is_open else ()
    return result_view(
        consultation,
        told=choice.pair_id if choice else None,
        can_take_back=can_take_back(session, consultation, actor=visit.actor, now=visit.now),
        registered=_registered(visit, session, number) if number else None,
        earlier=earlier,
        form=register_form(visit, session, consultation, typed),
        contact_masked=masked_contact(session, consultation),
        correction=correction,
        media=shown_media(session, [shown.qa_id for shown in consultation.candidates]),
        reworking=_reworking(visit, session, consultation),
        outdated=outdated_ids(
            session, consultation.candidates, day=visit.today, as_of=consultation.as_of
        ),
    )


def _reworking(
    visit: PageContext, session: Session, consultation: Consultation
) -> Sequence[Reworking]:
    if consultation.verdict == Verdict.ANSWERED:
        return ()
    return reworked_answers(session, visit.services.consultation, consultation.question)


def _registered(visit: PageContext, session: Session, number: str) -> EntryCard:
    calendar = visit.services.calendar
    entry, view = load_entry(session, number, today=visit.today, calendar=calendar)
    return entry_card(view, proof_of(entry, calendar))


def _offered_repeats(
    visit: PageContext, session: Session, consultation: Consultation
) -> Sequence[EarlierEntry]:
    # Answered questions are rarely registered, and registering one compares in any case.
    if consultation.verdict == Verdict.ANSWERED:
        return ()
    return repeats_of(session, visit.services.consultation, consultation, now=visit.now)


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
        areas=list_areas(session, active_only=True),
        waiting=waiting_lines(waiting, result.id if result else None),
        result=result,
        today=visit.today,
        audiences=limited_audiences(session),
    )


def _show(visit: PageContext, page: AskPage, *, status: int = 200) -> Response:
    context = {"page": page, "result": page.result, "channels": list(Channel)}
    return visit.show("ask/page.html", context, status=status)


def _first_page(user: SignedIn) -> str:
    """Return the start page of a user without the permission to ask."""
    doors = (
        (Permission.WORK_QUEUE, "/queue"),
        (Permission.SIGN_PAIRS, "/todo"),
        (Permission.WATCH_BOARD, "/ledger/board"),
    )
    return next((path for permission, path in doors if user.may(permission)), "/pairs")
