"""Pages of the callbacks (待回访): the list, and one screen that carries a call to its outcome."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.entry_undoing import undo_on_entry
from qa_service.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    QAServiceError,
)
from qa_service.knowledge.policies.citing import document_citations
from qa_service.ledger.callback_list import due_callbacks
from qa_service.ledger.models import LedgerEntry, LedgerReply
from qa_service.ledger.queries import load_entry
from qa_service.ledger.workflow import calling, closing
from qa_service.ledger.workflow.replies import last_reply
from qa_service.ledger.workflow.steps import Command, find_by_number
from qa_service.ledger.workflow.undoing import undoable_act
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import CallOutcome, EntryState, Satisfaction
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import member_or_none, plain_text, problems_by_field, status_of
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.ledger.views import listed_card

router = APIRouter(prefix="/callbacks", dependencies=[Depends(guard_page)], include_in_schema=False)

REASON = "按待回访名单拨打电话，答复咨询人"
"""The reason recorded for showing the number: the list states it for the operator."""

REFUSALS = (ConflictError, ForbiddenError, InvalidInputError)


@dataclass(frozen=True, slots=True)
class Result:
    """A result of a call as one choice: the outcome, and what an asker reached answered."""

    outcome: CallOutcome
    satisfaction: Satisfaction | None = None

    @property
    def value(self) -> str:
        """The value of the choice in the form."""
        return f"{self.outcome}:{self.satisfaction or ''}"

    @property
    def label(self) -> str:
        """The words of the choice."""
        if self.satisfaction is None:
            return self.outcome.label
        return f"{self.outcome.label}，{self.satisfaction.label}"


_REACHED = tuple(Result(CallOutcome.REACHED, one) for one in Satisfaction)


def results(*, has_contact: bool) -> tuple[Result, ...]:
    """Return what can become of a call: without a contact nobody can be unreachable."""
    other = CallOutcome.NOT_REACHED if has_contact else CallOutcome.NO_CONTACT
    return (*_REACHED, Result(other))


@router.get("", dependencies=[permits(Permission.CALL_BACK)])
def callbacks_page(visit: Page, session: ReadSession, done: str = "") -> Response:
    """List the askers to be told, the most urgent first; the first can be called by Enter."""
    within = visit.user.units_for(Permission.CALL_BACK)
    recorded = plain_text(done)
    undoable = None
    if recorded:
        entry = find_by_number(session, recorded, within=within)
        undoable = undoable_act(session, entry, actor=visit.actor, now=visit.now)
    context = {
        "callbacks": due_callbacks(session, today=visit.today, within=within),
        "done": recorded,
        "undoable": undoable,
        "today": visit.today,
    }
    return visit.show("ledger/callbacks.html", context)


@router.get("/{number}", dependencies=[permits(Permission.CALL_BACK)])
def callback_page(visit: Page, number: str) -> Response:
    """Show the screen of one call, the number still hidden."""
    return _screen(visit, plain_text(number))


@router.post("/{number}", dependencies=[permits(Permission.CALL_BACK)])
def call(visit: Page, number: str) -> Response:
    """Show the number with the script to read; the access and its reason are recorded."""
    number, cipher = plain_text(number), visit.services.cipher
    step = Command(visit.actor, visit.now, reason=REASON)
    try:
        with visit.write() as session:
            entry = _awaiting(visit, session, number)
            contact = calling.reveal_contact(session, entry, step, cipher=cipher)
    except REFUSALS as error:
        return _screen(visit, number, refusal=error)
    return _screen(visit, number, contact=contact)


@router.post("/{number}/outcome", dependencies=[permits(Permission.CALL_BACK)])
def record(visit: Page, number: str) -> Response:
    """Record what became of the call, then go on with the list."""
    number = plain_text(number)
    step = Command(visit.actor, visit.now, visit.form.number("version") or None)
    outcome, _, satisfaction = visit.form.text("result").partition(":")
    try:
        chosen = member_or_none(CallOutcome, outcome)
        if chosen is None:
            raise calling.InvalidCallbackError("请选择这次回访的结果")
        with visit.write() as session:
            calling.record_call(
                session,
                _awaiting(visit, session, number),
                step,
                outcome=chosen,
                note=visit.form.text("note"),
                satisfaction=member_or_none(Satisfaction, satisfaction),
            )
    except REFUSALS as error:
        return _screen(visit, number, refusal=error)
    return RedirectResponse(f"/callbacks?done={number}", status_code=303)


@router.post("/{number}/undo", dependencies=[permits(Permission.CALL_BACK)])
def take_back(visit: Page, number: str) -> Response:
    """Undo the user's own last record of a call and show its screen, to be recorded again."""
    number = plain_text(number)
    within = visit.user.units_for(Permission.CALL_BACK)
    try:
        with visit.write() as session:
            entry = find_by_number(session, number, within=within)
            undo_on_entry(session, entry, Command(visit.actor, visit.now))
    except REFUSALS as error:
        return _screen(visit, number, refusal=error)
    return visit.lead(f"/callbacks/{number}", Done.UNDONE)


class AlreadyToldError(ConflictError):
    """The asker needs no call: another person told them, or the reply was taken back."""

    code = "already_told"
    title = "不必回访"


def _awaiting(visit: PageContext, session: Session, number: str) -> LedgerEntry:
    """Return an entry whose asker waits for a call; raises AlreadyToldError for another."""
    within = visit.user.units_for(Permission.CALL_BACK)
    entry = find_by_number(session, number, within=within)
    if entry.state is not EntryState.APPROVED:
        raise AlreadyToldError(f"{number} {entry.state.label}，不必回访，请办理下一条")
    return entry


def _screen(
    visit: PageContext,
    number: str,
    *,
    contact: calling.Contact | None = None,
    refusal: QAServiceError | None = None,
) -> Response:
    within = visit.user.units_for(Permission.CALL_BACK)
    with visit.read() as session:
        entry, view = load_entry(
            session, number, today=visit.today, calendar=visit.services.calendar, within=within
        )
        reply = last_reply(session, entry)
        context = {
            "card": listed_card(view),
            "reply": reply,
            "basis": _cited(session, reply),
            "calls": closing.callbacks(session, entry),
            "contact": contact,
            "is_open": entry.state is EntryState.APPROVED and reply is not None,
            "results": results(has_contact=view.contact_masked is not None),
            "note": visit.form.text("note"),
            "chosen": visit.form.text("result"),
            "refusal": refusal.message if refusal else None,
            "problems": problems_by_field(refusal),
        }
    return visit.show("ledger/callback.html", context, status=status_of(refusal))


def _cited(session: Session, reply: LedgerReply | None) -> list[str]:
    basis = reply.basis if reply else ()
    names = document_citations(session, {one.policy for one in basis})
    return [f"{names.get(one.policy, one.policy)} {one.article or ''}".strip() for one in basis]
