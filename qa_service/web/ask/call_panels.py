"""Builds what the ask page shows of the call: its bar for the next question, and its caller."""

from dataclasses import dataclass, replace

from sqlmodel import Session

from qa_service.accounts.areas import list_areas, present_area
from qa_service.consultation.callbacks.contacts import contact_as_heard
from qa_service.consultation.calls.caller import look_up, questions_of_call
from qa_service.consultation.calls.contact import contact_of_call, is_hotline_call
from qa_service.consultation.inquiry import matchable_id
from qa_service.consultation.models import CALL_ID_CHARACTERS, Consultation
from qa_service.consultation.queries import last_asked
from qa_service.knowledge.coverage.topics import list_topics
from qa_service.ledger.askers.phone_numbers import contact_problem
from qa_service.vocabulary import Channel
from qa_service.web.ask.call_views import CallBar, CallerPanel
from qa_service.web.kit.forms import SubmittedForm, plain_text
from qa_service.web.kit.visit import PageContext

PHONE_CHARACTERS = 32


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call as it was opened: the hotline's id, or that of its first question, and its number."""

    call_id: str = ""
    phone: str = ""


NEW_CALL = OpenCall()


def opened_call(visit: PageContext, call_id: str, phone: str) -> OpenCall:
    """Return the call of this id and number, as the hotline or the form of the page names them."""
    plain = plain_text(call_id)[:CALL_ID_CHARACTERS]
    matchable = matchable_id(plain, visit.services.cipher) if plain else ""
    return OpenCall(matchable, plain_text(phone)[:PHONE_CHARACTERS])


def with_known_number(visit: PageContext, session: Session, call: OpenCall) -> OpenCall:
    """Return the call with the number that its earlier questions hold, if it came without one."""
    if call.phone or not call.call_id:
        return call
    known = contact_of_call(
        session, call.call_id, cipher=visit.services.cipher, actor=visit.actor, now=visit.now
    )
    return replace(call, phone=known.phone or "")


def call_bar(visit: PageContext, session: Session, call: OpenCall) -> CallBar:
    """Return the bar of a call before its next question: what narrows the search stands at 不限."""
    last, scopes = last_asked(session, visit.actor), visit.services.scopes.of(session)
    return CallBar(
        channel=last.channel if last else Channel.HOTLINE,
        areas=list_areas(session, active_only=True),
        today=visit.today,
        audiences=scopes.audiences,
        regions=scopes.regions,
        topics=list_topics(session),
        call_id=call.call_id,
        phone=call.phone,
    )


def as_typed(bar: CallBar, form: SubmittedForm) -> CallBar:
    """Return the bar with the choices of a question that was refused."""
    return replace(
        bar,
        channel=form.text("channel") or bar.channel,
        area=form.text("area"),
        audience=form.text("audience"),
        topic=form.text("topic"),
        region=form.text("region"),
        as_of=form.text("as_of"),
        present=form.text("present"),
    )


def bar_after(
    visit: PageContext,
    session: Session,
    consultation: Consultation,
    *,
    is_handled: bool,
    typed: str = "",
) -> CallBar:
    """Return the bar beside a question that was asked.

    While it is open the next words belong to its call, within its field. Once it is handled the
    next caller is another one, unless the hotline holds the call. A number ``typed`` in a form
    that was held back stays.
    """
    phone = typed or heard_number(visit, session, consultation)
    call = OpenCall(consultation.call_id, phone)
    if is_handled and not is_hotline_call(session, consultation.call_id):
        call = NEW_CALL
    bar = replace(call_bar(visit, session, call), channel=consultation.channel)
    if is_handled:
        return bar
    area = present_area(session, consultation.area) or ""
    return replace(bar, area=area, present=consultation.id)


def caller_panel(
    visit: PageContext,
    session: Session,
    call: OpenCall,
    *,
    present: str = "",
) -> CallerPanel:
    """Return what is known of the caller, and the call's questions beside the ``present`` one.

    ``present`` is the id of the consultation on the page.
    """
    caller = look_up(
        session,
        visit.services.consultation,
        call.phone,
        now=visit.now,
        today=visit.today,
        besides_call=call.call_id,
    )
    others = (
        questions_of_call(session, call.call_id, today=visit.today, besides=present)
        if call.call_id
        else ()
    )
    return CallerPanel(caller, others, present, contact_problem(call.phone) or "")


def panel_of(visit: PageContext, session: Session, consultation: Consultation) -> CallerPanel:
    """Return the panel of a question's caller to the person who takes the call, on that day."""
    call = OpenCall(consultation.call_id, heard_number(visit, session, consultation))
    return caller_panel(visit, session, call, present=consultation.id)


def heard_number(visit: PageContext, session: Session, consultation: Consultation) -> str:
    """Return the number held with a question in plain text to who took it, on that day."""
    heard = contact_as_heard(
        session, consultation, cipher=visit.services.cipher, actor=visit.actor, now=visit.now
    )
    return heard.phone or ""
