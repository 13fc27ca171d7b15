"""What is done with an entry from its page; refused input comes back as it was typed."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from qa_service.knowledge.pairs import find_pair
from qa_service.knowledge.policies import find_policies
from qa_service.ledger import closing, deadlines, handling, reminders, replying
from qa_service.ledger.corrections import open_correction
from qa_service.ledger.models import CallOutcome, LedgerEntry
from qa_service.ledger.moves import Verb
from qa_service.ledger.recording import Step, concerns, find_by_number
from qa_service.web.access import Writing, guard_page, permits
from qa_service.web.entry_page import actor_of, show_entry
from qa_service.web.forms import member_or_none, plain_text
from qa_service.web.reply_form import read_reply, submitted_reply_form
from qa_service.web.visit import Visit, Visiting

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

REFUSALS = (ConflictError, ForbiddenError, InvalidInputError)
"""What the visitor can put right, or must know: shown on the entry's page."""

Act = Callable[[Visit, Session, LedgerEntry, Step], object]


class UnknownMoveError(NotFoundError):
    """No such thing can be done with an entry."""

    code = "unknown_move"
    title = "没有这个办理事项"


@router.post("/ledger/{number}/reveal", dependencies=[permits(Permission.MOVE_ENTRIES)])
def reveal(visit: Visiting, session: Writing, number: str) -> Response:
    """Show whom to call; the look is kept in the history."""
    entry = find_by_number(session, plain_text(number), within=visit.user.ledger_units)
    try:
        contact = closing.reveal_contact(
            session, entry, _step(visit), cipher=visit.parts.desk.cipher
        )
    except REFUSALS as error:
        return show_entry(visit, session, entry.number, refusal=error)
    return show_entry(visit, session, entry.number, contact=contact)


@router.post("/ledger/{number}/{verb}", dependencies=[permits(Permission.MOVE_ENTRIES)])
def move(visit: Visiting, session: Writing, number: str, verb: str) -> Response:
    """Make the move the form asks for."""
    known = member_or_none(Verb, verb)
    if known is None or known not in ACTS:
        raise UnknownMoveError("没有这个办理事项，请刷新页面后重试")
    entry = find_by_number(session, plain_text(number), within=visit.user.ledger_units)
    try:
        # A refusal undoes the whole move.
        with session.begin_nested():
            ACTS[known](visit, session, entry, _step(visit))
    except REFUSALS as error:
        form = submitted_reply_form(visit.form) if known is Verb.DRAFT else None
        session.refresh(entry)
        return show_entry(visit, session, entry.number, refusal=error, form=form)
    return RedirectResponse(f"/ledger/{entry.number}", status_code=303)


@router.post("/pairs/{pair_id}/corrections", dependencies=[permits(Permission.COMPLAIN)])
def correct(visit: Visiting, session: Writing, pair_id: int) -> Response:
    """Say that an answer is wrong or outdated; leads to the task it opened."""
    entry = open_correction(
        session,
        find_pair(session, pair_id),
        visit.form.text("complaint"),
        calendar=visit.parts.calendar,
        rules=visit.parts.desk.rules,
        actor=actor_of(visit),
        now=visit.now,
    )
    limit = visit.user.ledger_units
    is_seen = visit.user.may(Permission.READ_LEDGER) and concerns(session, entry, limit)
    path = f"/ledger/{entry.number}" if is_seen else f"/pairs/{pair_id}/edit"
    return RedirectResponse(path, status_code=303)


def _step(visit: Visit) -> Step:
    version = visit.form.number("version") or None
    return Step(actor_of(visit), visit.now, version, visit.form.text("reason"))


def _lead(visit: Visit, session: Session) -> LedgerEntry:
    within = visit.user.ledger_units
    return find_by_number(session, visit.form.text("lead"), within=within)


def _assign(visit: Visit, session: Session, entry: LedgerEntry, step: Step) -> None:
    helpers = [key for key in visit.form.texts("helpers") if key]
    handling.assign(session, entry, step, unit=visit.form.text("unit"), helpers=helpers)


def _give_back(visit: Visit, session: Session, entry: LedgerEntry, step: Step) -> None:
    handling.give_back(
        session,
        entry,
        step,
        calendar=visit.parts.calendar,
        return_workdays=visit.parts.desk.rules.return_workdays,
    )


def _draft(visit: Visit, session: Session, entry: LedgerEntry, step: Step) -> None:
    content = read_reply(submitted_reply_form(visit.form), find_policies(session))
    replying.draft_reply(session, entry, step, content)


def _extend(visit: Visit, session: Session, entry: LedgerEntry, step: Step) -> None:
    deadlines.extend(
        session,
        entry,
        step,
        workdays=visit.form.number("workdays"),
        calendar=visit.parts.calendar,
        longest=visit.parts.desk.rules.extension_workdays,
    )


def _call(visit: Visit, session: Session, entry: LedgerEntry, step: Step) -> None:
    outcome = member_or_none(CallOutcome, visit.form.text("outcome"))
    if outcome is None:
        raise closing.InvalidCallbackError("请选择回复结果")
    closing.record_call(session, entry, step, outcome=outcome, note=visit.form.text("note"))


ACTS: Mapping[Verb, Act] = {
    Verb.ASSIGN: _assign,
    Verb.ACCEPT: lambda _visit, session, entry, step: handling.accept(session, entry, step),
    Verb.RETURN: _give_back,
    Verb.CONTRIBUTE: lambda visit, session, entry, step: handling.contribute(
        session, entry, step, visit.form.text("opinion")
    ),
    Verb.DRAFT: _draft,
    Verb.APPROVE: lambda visit, session, entry, step: replying.approve_reply(
        session, entry, step, reply=visit.form.number("reply")
    ),
    Verb.SEND_BACK: lambda _visit, session, entry, step: replying.send_back(session, entry, step),
    Verb.INFORM: _call,
    Verb.DECLINE: lambda _visit, session, entry, step: closing.decline_draft(session, entry, step),
    Verb.CLOSE: lambda _visit, session, entry, step: closing.close(session, entry, step),
    Verb.EXTEND: _extend,
    Verb.ASK_EXTENSION: lambda _visit, session, entry, step: deadlines.ask_extension(
        session, entry, step
    ),
    Verb.URGE: lambda _visit, session, entry, step: reminders.urge(session, entry, step),
    Verb.JOIN: lambda visit, session, entry, step: handling.join(
        session, entry, _lead(visit, session), step
    ),
}
