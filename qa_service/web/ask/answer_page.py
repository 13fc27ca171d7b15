"""Builds and shows the ask page: the result of a question with what was recorded of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.clock import BEIJING
from qa_service.consultation import queries
from qa_service.consultation.callbacks.contacts import masked_contact
from qa_service.consultation.callbacks.reworking import Reworking, reworked_answers
from qa_service.consultation.calls.present import present_state
from qa_service.consultation.calls.saying import registered_sentence
from qa_service.consultation.choosing import can_take_back
from qa_service.consultation.duplicates.repeats import repeats_of
from qa_service.consultation.models import Consultation
from qa_service.consultation.service import find_consultation
from qa_service.ledger.deadlines.due_dates import proof_of
from qa_service.ledger.queries import entry_of_consultation, load_entry
from qa_service.ledger.similar_entries import EarlierEntry
from qa_service.ledger.workflow.undoing import UNDO_TIME
from qa_service.vocabulary import Channel, Verdict
from qa_service.web.ask.call_panels import (
    OpenCall,
    as_typed,
    bar_after,
    call_bar,
    caller_panel,
    panel_of,
    with_known_number,
)
from qa_service.web.ask.call_views import CallBar, CallerPanel
from qa_service.web.ask.refused_forms import AsideForm, ComplaintForm, QuestionForm
from qa_service.web.ask.register_form import Typed, register_form
from qa_service.web.ask.sending_views import SendForm, send_view
from qa_service.web.ask.views import (
    WAITING_SHOWN,
    AskPage,
    ResultView,
    handled_lines,
    result_view,
    waiting_lines,
)
from qa_service.web.kit.rendering import is_htmx
from qa_service.web.kit.visit import PageContext
from qa_service.web.ledger.views import EntryCard, entry_card

HANDLED_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Held:
    """The parts of the page that are not stored: a form held back, the answer chosen.

    ``earlier`` are the entries to be compared first, ``aside`` the form of 转接 or 无需处理 as it
    was refused, ``sending`` that of a link, ``complaint`` that of a fault in an answer, ``chosen``
    the place of the answer shown, ``correction`` the number of a correction just registered,
    ``refusal`` why an act was not recorded.
    """

    earlier: Sequence[EarlierEntry] | None = None
    typed: Typed | None = None
    aside: AsideForm | None = None
    chosen: int = 0
    correction: str = ""
    sending: SendForm | None = None
    complaint: ComplaintForm | None = None
    refusal: str = ""

    @property
    def is_form(self) -> bool:
        """Return whether a form is held back, to be shown as it was typed."""
        forms = (self.typed, self.aside, self.sending, self.complaint)
        return bool(self.refusal) or any(held is not None for held in forms)

    @property
    def is_refused(self) -> bool:
        """Return whether it is held back for what was typed."""
        refused = (self.aside, self.sending, self.complaint)
        return any(held is not None for held in refused) or (
            self.typed is not None and bool(self.typed.refusal)
        )


NOTHING_HELD = Held()


def show_call(visit: PageContext, session: Session, call: OpenCall) -> Response:
    """Show the page of a call before its next question, with its caller."""
    known = with_known_number(visit, session, call)
    bar, caller = call_bar(visit, session, known), caller_panel(visit, session, known)
    return _show(visit, _page(visit, session, bar, caller, result=None))


def show_refused(
    visit: PageContext, session: Session, call: OpenCall, typed: QuestionForm
) -> Response:
    """Show the page of a call with a question that could not be searched for, as typed."""
    bar = as_typed(call_bar(visit, session, call), visit.form)
    caller = caller_panel(visit, session, call)
    page = _page(visit, session, bar, caller, result=None)
    return _show(visit, replace(page, asked=typed), status=422)


def show_consultation(
    visit: PageContext, session: Session, consultation: Consultation, held: Held = NOTHING_HELD
) -> Response:
    """Show a recorded consultation with its result."""
    return _show(visit, _page_of(visit, session, consultation, held))


def answer(
    visit: PageContext,
    consultation: Consultation,
    held: Held = NOTHING_HELD,
    *,
    status: int | None = None,
) -> Response:
    """Show the result after the write transaction has ended.

    A form held back is shown as typed, with status 422 if it was refused, or ``status``.
    """
    path = f"/consultations/{consultation.id}"
    if not is_htmx(visit.request) and not held.is_form:
        return RedirectResponse(path, status_code=303)
    with visit.read() as session:
        stored = find_consultation(session, consultation.id)
        page = _page_of(visit, session, stored, held)
    if not is_htmx(visit.request):
        return _show(visit, page, status=status or (422 if held.is_refused else 409))
    response = visit.show("ask/answer.html", _context(page), status=409 if held.refusal else 200)
    response.headers["HX-Push-Url"] = path
    return response


def _page_of(
    visit: PageContext, session: Session, consultation: Consultation, held: Held
) -> AskPage:
    result = _load_result(visit, session, consultation, held)
    typed = (held.typed.asker.phone or "") if held.typed else ""
    bar = bar_after(visit, session, consultation, is_handled=result.is_handled, typed=typed)
    caller = panel_of(visit, session, consultation)
    return _page(visit, session, bar, caller, result=result, refusal=held.refusal)


def _load_result(
    visit: PageContext, session: Session, consultation: Consultation, held: Held
) -> ResultView:
    choice = queries.find_choice(session, consultation.id)
    number = entry_of_consultation(session, consultation.id)
    earlier = held.earlier
    if earlier is None:
        is_open = choice is None and number is None
        earlier = _offered_repeats(visit, session, consultation) if is_open else ()
    calendar = visit.services.calendar
    registered: EntryCard | None = None
    saying = ""
    if number is not None:
        entry, view = load_entry(session, number, today=visit.today, calendar=calendar)
        registered, saying = entry_card(view, proof_of(entry, calendar)), registered_sentence(view)
    return result_view(
        consultation,
        present_state(session, consultation.shown, day=visit.today, as_of=consultation.as_of),
        choice=choice,
        can_take_back=can_take_back(session, consultation, actor=visit.actor, now=visit.now),
        registered=registered,
        earlier=earlier,
        form=register_form(visit, session, consultation, held.typed),
        contact_masked=masked_contact(session, consultation),
        correction=held.correction,
        reworking=_reworking(visit, session, consultation),
        saying=saying,
        chosen=held.chosen,
        aside=held.aside,
        sending=send_view(visit, session, consultation, held.sending),
        complaint=held.complaint,
    )


def _reworking(
    visit: PageContext, session: Session, consultation: Consultation
) -> Sequence[Reworking]:
    if consultation.verdict == Verdict.ANSWERED:
        return ()
    return reworked_answers(session, visit.services.consultation, consultation.question)


def _offered_repeats(
    visit: PageContext, session: Session, consultation: Consultation
) -> Sequence[EarlierEntry]:
    # Answered questions are rarely registered, and registering one compares in any case.
    if consultation.verdict == Verdict.ANSWERED:
        return ()
    return repeats_of(session, visit.services.consultation, consultation, now=visit.now)


def _page(
    visit: PageContext,
    session: Session,
    bar: CallBar,
    caller: CallerPanel,
    *,
    result: ResultView | None,
    refusal: str = "",
) -> AskPage:
    midnight = datetime.combine(visit.today, time.min, tzinfo=BEIJING)
    shown, actor = result.id if result else None, visit.actor
    waiting = queries.unhandled_consultations(
        session, actor=actor, since=midnight, limit=WAITING_SHOWN + 1
    )
    count = queries.count_unhandled(session, actor=actor, since=midnight)
    handled = queries.just_handled(
        session, actor=actor, since=visit.now - UNDO_TIME, limit=HANDLED_SHOWN + 1
    )
    return AskPage(
        bar=bar,
        caller=caller,
        waiting=waiting_lines(waiting, shown),
        waiting_count=count - any(one.id == shown for one in waiting),
        handled=handled_lines(handled, shown)[:HANDLED_SHOWN],
        result=result,
        refusal=refusal,
    )


def _show(visit: PageContext, page: AskPage, *, status: int = 200) -> Response:
    return visit.show("ask/page.html", _context(page), status=status)


def _context(page: AskPage) -> dict[str, object]:
    return {"page": page, "result": page.result, "channels": list(Channel)}
