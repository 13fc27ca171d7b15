"""Routes of the ask page: the call, its questions, and their preview while they are typed."""

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.areas import present_area
from qa_service.accounts.audit import record as record_action
from qa_service.accounts.authentication.sessions import SignedIn
from qa_service.accounts.permissions import Permission
from qa_service.consultation.calls.present import present_state
from qa_service.consultation.inquiry import (
    Inquiry,
    RegisterMode,
    UnusableQuestionError,
    clean_question,
)
from qa_service.consultation.search.as_of import UnusableDayError
from qa_service.consultation.service import find_consultation, record, search_for
from qa_service.errors import QAServiceError
from qa_service.ledger.askers.details import NOBODY, AskerDetails, check_contact, mask_contact
from qa_service.ledger.askers.phone_numbers import plain_contact
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import AreaKey, AuditAction, Channel
from qa_service.web.ask.answer_page import (
    Held,
    answer,
    show_call,
    show_consultation,
    show_refused,
)
from qa_service.web.ask.as_of import read_as_of, read_narrowing
from qa_service.web.ask.call_panels import NEW_CALL, OpenCall, caller_panel, opened_call
from qa_service.web.ask.candidate_views import panes_of
from qa_service.web.ask.refused_forms import QuestionForm
from qa_service.web.ask.register_form import Typed
from qa_service.web.ask.views import verdict_badge
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none, plain_text, problems_by_field
from qa_service.web.kit.parameters import Number
from qa_service.web.kit.rendering import is_htmx
from qa_service.web.kit.visit import Page, PageContext

NUMBER_CHARACTERS = 20

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)


@router.get("/", dependencies=[permits(Permission.READ_BANK)])
def ask_page(visit: Page, session: ReadSession) -> Response:
    """Show the page of a new call; redirect users who take no calls."""
    if not visit.user.may(Permission.CONSULT):
        return RedirectResponse(_first_page(visit.user), status_code=303)
    return show_call(visit, session, NEW_CALL)


@router.get("/call", dependencies=[permits(Permission.CONSULT)])
def pop_call(
    visit: Page, session: ReadSession, phone: str = "", call_id: str = "", after: str = ""
) -> Response:
    """Show the page of a call the hotline puts through (来电弹屏), with its caller.

    ``after`` is the consultation whose caller asks another question.
    """
    if after:
        call_id = find_consultation(session, plain_text(after)).call_id
    call = opened_call(visit, call_id, phone)
    _note_look_up(visit, call)
    return show_call(visit, session, call)


@router.post("/call", dependencies=[permits(Permission.CONSULT)])
def open_call(visit: Page) -> Response:
    """Show the page with the caller of the number typed."""
    call = _call_typed(visit)
    _note_look_up(visit, call)
    with visit.read() as session:
        return show_call(visit, session, call)


@router.post("/call/caller", dependencies=[permits(Permission.CONSULT)])
def show_caller(visit: Page) -> Response:
    """Show what is known of the number typed, in the caller's place on the page."""
    call = _call_typed(visit)
    _note_look_up(visit, call)
    with visit.read() as session:
        panel = caller_panel(visit, session, call, present=visit.form.text("present"))
    return visit.show("ask/caller.html", {"caller": panel})


@router.post("/call/preview", dependencies=[permits(Permission.CONSULT)])
def preview(visit: Page) -> Response:
    """Show what would be found for the words typed so far; nothing is recorded or counted."""
    try:
        inquiry = _inquiry(visit, NOBODY)
        found = search_for(visit.services.consultation, inquiry, now=visit.now, is_preview=True)
    except (UnusableQuestionError, UnusableDayError):
        return visit.show("ask/welcome.html", {})
    with visit.read() as session:
        present = present_state(session, found.shown, day=visit.today, as_of=found.as_of)
    panes = panes_of(
        found.shown,
        present,
        question=inquiry.question,
        verdict=found.verdict,
        day=visit.today,
        as_of=found.as_of,
    )
    verdict = verdict_badge(found.verdict, found.as_of)
    return visit.show(
        "ask/preview.html", {"panes": panes, "verdict": verdict, "as_of": found.as_of}
    )


@router.post("/consultations", dependencies=[permits(Permission.CONSULT)])
def ask(visit: Page) -> Response:
    """Search and record the question; the ledger is not touched.

    A number that looks wrong does not hold the question back: it is asked for again.
    """
    typed = Typed.of(visit.form)
    refusal = _problem_of(typed.asker)
    try:
        inquiry = _inquiry(visit, NOBODY if refusal else typed.asker)
        result = search_for(visit.services.consultation, inquiry, now=visit.now)
    except (UnusableQuestionError, UnusableDayError) as error:
        if is_htmx(visit.request):
            # The form stays on the page as it is.
            raise
        return _asked_again(visit, error)
    with visit.write() as session:
        recorded = record(session, visit.services.consultation, inquiry, result, now=visit.now)
    if refusal is None:
        return answer(visit, recorded.consultation)
    held = Held(typed=typed.refused(refusal))
    return answer(visit, recorded.consultation, held, status=200)


@router.get("/consultations/{consultation_id}", dependencies=[permits(Permission.CONSULT)])
def consultation_page(
    visit: Page,
    session: ReadSession,
    consultation_id: str,
    correction: str = "",
    shown: Number = 0,
) -> Response:
    """Show a recorded consultation with its result; ``shown`` is the place of the answer shown."""
    number = plain_text(correction)[:NUMBER_CHARACTERS]
    held = Held(chosen=shown, correction=number)
    return show_consultation(visit, session, find_consultation(session, consultation_id), held)


def _call_typed(visit: PageContext) -> OpenCall:
    return opened_call(visit, visit.form.text("call_id"), visit.form.text("phone"))


def _inquiry(visit: PageContext, asker: AskerDetails) -> Inquiry:
    return Inquiry(
        question=visit.form.text("question"),
        channel=member_or_none(Channel, visit.form.text("channel")) or Channel.HOTLINE,
        actor=visit.actor,
        area=_chosen_area(visit),
        asker=asker,
        register=RegisterMode.NEVER,
        narrowed=read_narrowing(visit.form),
        as_of=read_as_of(visit.form),
        call_id=_call_typed(visit).call_id,
    )


def _asked_again(visit: PageContext, error: UnusableQuestionError | UnusableDayError) -> Response:
    """Return the page with the question as typed and all that is wrong with it."""
    question, problems = visit.form.text("question"), problems_by_field(error)
    try:
        clean_question(question)
    except UnusableQuestionError as unusable:
        problems |= problems_by_field(unusable)
    with visit.read() as session:
        return show_refused(visit, session, _call_typed(visit), QuestionForm(question, problems))


def _problem_of(asker: AskerDetails) -> QAServiceError | None:
    try:
        check_contact(asker)
    except QAServiceError as error:
        return error
    return None


def _chosen_area(visit: PageContext) -> AreaKey | None:
    """Return the area chosen; None, to search in all, for one that is no longer in use."""
    chosen = visit.form.text("area")
    if not chosen:
        return None
    with visit.read() as session:
        return present_area(session, chosen)


def _note_look_up(visit: PageContext, call: OpenCall) -> None:
    """Write to the audit trail who looked a number up; the number itself stays masked."""
    if not call.phone:
        return
    subject = f"来电 {mask_contact(plain_contact(call.phone))}"
    with visit.write() as trail:
        record_action(
            trail, AuditAction.VIEW_ASKER, actor=visit.actor, now=visit.now, subject=subject
        )


def _first_page(user: SignedIn) -> str:
    """Return the start page of a user without the permission to ask."""
    doors = (
        (Permission.WORK_QUEUE, "/queue"),
        (Permission.SIGN_PAIRS, "/todo"),
        (Permission.WATCH_BOARD, "/ledger/board"),
    )
    return next((path for permission, path in doors if user.may(permission)), "/pairs")
