"""What is done with an entry from its page; refused input comes back as it was typed."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.policies.service import find_policies
from qa_service.ledger import deadlines, reminders
from qa_service.ledger.corrections import open_correction
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow import assignment, closing, replies
from qa_service.ledger.workflow.steps import Command, concerns, find_by_number
from qa_service.request_scope import WriteSession
from qa_service.vocabulary import Action, CallOutcome
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none, plain_text
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.ledger.entry_page import show_entry
from qa_service.web.ledger.reply_form import read_reply, submitted_reply_form

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

REFUSALS = (ConflictError, ForbiddenError, InvalidInputError)
"""What the visitor can put right, or must know: shown on the entry's page."""

Act = Callable[[PageContext, Session, LedgerEntry, Command], object]


class UnknownActionError(NotFoundError):
    """No such thing can be done with an entry."""

    code = "unknown_move"
    title = "没有这个办理事项"


@router.post("/ledger/{number}/reveal", dependencies=[permits(Permission.MOVE_ENTRIES)])
def reveal(visit: Page, session: WriteSession, number: str) -> Response:
    """Show whom to call; the look is kept in the history."""
    entry = find_by_number(session, plain_text(number), within=visit.user.ledger_units)
    try:
        contact = closing.reveal_contact(session, entry, _step(visit), cipher=visit.services.cipher)
    except REFUSALS as error:
        return show_entry(visit, session, entry.number, refusal=error)
    return show_entry(visit, session, entry.number, contact=contact)


@router.post("/ledger/{number}/{verb}", dependencies=[permits(Permission.MOVE_ENTRIES)])
def move(visit: Page, session: WriteSession, number: str, verb: str) -> Response:
    """Make the move the form asks for."""
    known = member_or_none(Action, verb)
    if known is None or known not in ACTS:
        raise UnknownActionError("没有这个办理事项，请刷新页面后重试")
    entry = find_by_number(session, plain_text(number), within=visit.user.ledger_units)
    try:
        # A refusal undoes the whole move.
        with session.begin_nested():
            ACTS[known](visit, session, entry, _step(visit))
    except REFUSALS as error:
        form = submitted_reply_form(visit.form) if known is Action.DRAFT else None
        session.refresh(entry)
        return show_entry(visit, session, entry.number, refusal=error, form=form)
    return RedirectResponse(f"/ledger/{entry.number}", status_code=303)


@router.post("/pairs/{pair_id}/corrections", dependencies=[permits(Permission.COMPLAIN)])
def correct(visit: Page, session: WriteSession, pair_id: int) -> Response:
    """Say that an answer is wrong or outdated; leads to the task it opened."""
    entry = open_correction(
        session,
        find_pair(session, pair_id),
        visit.form.text("complaint"),
        calendar=visit.services.calendar,
        rules=visit.services.ledger_rules,
        actor=visit.actor,
        now=visit.now,
    )
    limit = visit.user.ledger_units
    is_seen = visit.user.may(Permission.READ_LEDGER) and concerns(session, entry, limit)
    path = f"/ledger/{entry.number}" if is_seen else f"/pairs/{pair_id}/edit"
    return RedirectResponse(path, status_code=303)


def _step(visit: PageContext) -> Command:
    version = visit.form.number("version") or None
    return Command(visit.actor, visit.now, version, visit.form.text("reason"))


def _lead(visit: PageContext, session: Session) -> LedgerEntry:
    within = visit.user.ledger_units
    return find_by_number(session, visit.form.text("lead"), within=within)


def _assign(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    helpers = [key for key in visit.form.texts("helpers") if key]
    assignment.assign(session, entry, step, unit=visit.form.text("unit"), helpers=helpers)


def _give_back(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    assignment.return_entry(
        session,
        entry,
        step,
        calendar=visit.services.calendar,
        return_workdays=visit.services.ledger_rules.return_workdays,
    )


def _draft(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    content = read_reply(submitted_reply_form(visit.form), find_policies(session))
    replies.draft_reply(session, entry, step, content)


def _extend(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    deadlines.extend(
        session,
        entry,
        step,
        workdays=visit.form.number("workdays"),
        calendar=visit.services.calendar,
        longest=visit.services.ledger_rules.extension_workdays,
    )


def _call(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    outcome = member_or_none(CallOutcome, visit.form.text("outcome"))
    if outcome is None:
        raise closing.InvalidCallbackError("请选择回复结果")
    closing.record_call(session, entry, step, outcome=outcome, note=visit.form.text("note"))


ACTS: Mapping[Action, Act] = {
    Action.ASSIGN: _assign,
    Action.ACCEPT: lambda _visit, session, entry, step: assignment.accept(session, entry, step),
    Action.RETURN: _give_back,
    Action.CONTRIBUTE: lambda visit, session, entry, step: assignment.contribute(
        session, entry, step, visit.form.text("opinion")
    ),
    Action.DRAFT: _draft,
    Action.APPROVE: lambda visit, session, entry, step: replies.approve_reply(
        session, entry, step, reply=visit.form.number("reply")
    ),
    Action.SEND_BACK: lambda _visit, session, entry, step: replies.send_back(session, entry, step),
    Action.INFORM: _call,
    Action.DECLINE: lambda _visit, session, entry, step: closing.decline_draft(
        session, entry, step
    ),
    Action.CLOSE: lambda _visit, session, entry, step: closing.close(session, entry, step),
    Action.EXTEND: _extend,
    Action.ASK_EXTENSION: lambda _visit, session, entry, step: deadlines.ask_extension(
        session, entry, step
    ),
    Action.URGE: lambda _visit, session, entry, step: reminders.urge(session, entry, step),
    Action.JOIN: lambda visit, session, entry, step: assignment.join(
        session, entry, _lead(visit, session), step
    ),
}
