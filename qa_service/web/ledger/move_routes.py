"""Routes that change an entry from its page; invalid input is shown as typed."""

from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.entry_undoing import undo_on_entry
from qa_service.consultation.entry_voiding import void_unless_awaited
from qa_service.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    QAServiceError,
)
from qa_service.ledger.deadlines import due_dates, reminders
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow import assignment, calling, closing, replies
from qa_service.ledger.workflow.contacts import correct_contact
from qa_service.ledger.workflow.linked_replies import LinkRefusedError, send_link
from qa_service.ledger.workflow.steps import Command, find_by_number
from qa_service.vocabulary import Action, CallOutcome, Satisfaction, SendChannel
from qa_service.web.ask.register_form import asker_typed
from qa_service.web.bank.forms.content_form import ContentForm
from qa_service.web.bank.review.review_views import affirmed
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none, plain_text
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.ledger.entry_page import load_file, show_entry
from qa_service.web.ledger.reply_form import read_reply, submitted_reply_form

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

REFUSALS = (ConflictError, ForbiddenError, InvalidInputError)
"""Errors shown on the entry's page, for the user to correct or to know about."""

Act = Callable[[PageContext, Session, LedgerEntry, Command], object]


class UnknownActionError(NotFoundError):
    """The form names no action that an entry has."""

    code = "unknown_move"
    title = "没有这个办理事项"


@router.post("/ledger/{number}/reveal", dependencies=[permits(Permission.MOVE_ENTRIES)])
def reveal(visit: Page, number: str) -> Response:
    """Reveal the asker's contact; the access is logged (留痕) in the history."""
    number, cipher = plain_text(number), visit.services.cipher
    try:
        step = _step(visit)
        with visit.write() as session:
            entry = _find(visit, session, number)
            contact = calling.reveal_contact(session, entry, step, cipher=cipher)
    except REFUSALS as error:
        return _entry_page(visit, number, refusal=error, tried=Action.REVEAL)
    return _entry_page(visit, number, contact=contact)


@router.post("/ledger/{number}/{verb}", dependencies=[permits(Permission.MOVE_ENTRIES)])
def move(visit: Page, number: str, verb: str) -> Response:
    """Perform the action the form asks for; an error rolls all of it back."""
    number, known = plain_text(number), member_or_none(Action, verb)
    if known is None or known not in ACTS:
        raise UnknownActionError("没有这个办理事项，请重新打开这条台账后办理")
    try:
        step = _step(visit)
        with visit.write() as session:
            ACTS[known](visit, session, _find(visit, session, number), step)
    except REFUSALS as error:
        form = submitted_reply_form(visit.form) if known is Action.DRAFT else None
        return _entry_page(visit, number, refusal=error, form=form, tried=known)
    return RedirectResponse(f"/ledger/{number}?done={known}", status_code=303)


def _find(visit: PageContext, session: Session, number: str) -> LedgerEntry:
    return find_by_number(session, number, within=visit.user.ledger_units)


def _entry_page(
    visit: PageContext,
    number: str,
    *,
    refusal: QAServiceError | None = None,
    form: ContentForm | None = None,
    contact: calling.Contact | None = None,
    tried: Action | None = None,
) -> Response:
    with visit.read() as session:
        file = load_file(visit, session, number)
        return show_entry(
            visit, session, file, refusal=refusal, form=form, contact=contact, tried=tried
        )


def _step(visit: PageContext) -> Command:
    version = visit.form.number("version") or None
    return Command(visit.actor, visit.now, version, visit.form.text("reason"))


def _lead(visit: PageContext, session: Session) -> LedgerEntry:
    return _find(visit, session, visit.form.text("lead"))


def _assign(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    assignment.assign(
        session,
        entry,
        step,
        unit=visit.form.text("unit"),
        helpers=[key for key in visit.form.texts("helpers") if key],
        opinions_by=assignment.opinions_due(
            visit.now,
            calendar=visit.services.calendar,
            workdays=visit.services.ledger_rules.opinion_workdays,
        ),
    )


def _give_back(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    assignment.return_entry(
        session,
        entry,
        step,
        calendar=visit.services.calendar,
        return_workdays=visit.services.ledger_rules.return_workdays,
    )


def _draft(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    content, unread = read_reply(session, submitted_reply_form(visit.form))
    replies.draft_reply(session, entry, step, content, unread=unread)


def _approve(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    replies.approve_reply(
        session,
        entry,
        step,
        reply=visit.form.number("reply"),
        statements=affirmed(visit.form),
        despite_advice=visit.form.text("despite_advice") == "yes",
    )


def _extend(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    due_dates.extend(
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
        raise calling.InvalidCallbackError("请选择回复结果")
    calling.record_call(
        session,
        entry,
        step,
        outcome=outcome,
        note=visit.form.text("note"),
        satisfaction=member_or_none(Satisfaction, visit.form.text("satisfaction")),
    )


def _correct_contact(
    visit: PageContext, session: Session, entry: LedgerEntry, step: Command
) -> None:
    correct_contact(session, entry, step, asker_typed(visit.form), cipher=visit.services.cipher)


def _send_link(visit: PageContext, session: Session, entry: LedgerEntry, step: Command) -> None:
    settings = visit.services.settings
    ways = settings.reply_link_ways
    if not ways:
        raise LinkRefusedError("本系统现未启用一次性答复链接，没有发送；请另行通知单位登录办理")
    send_link(
        session,
        entry,
        step,
        cipher=visit.services.cipher,
        hours=settings.reply_link_hours,
        address=settings.public_url,
        by=_way(visit, ways),
    )


def _way(visit: PageContext, ways: Sequence[SendChannel]) -> SendChannel:
    """Return the way chosen, the first if none was; raises LinkRefusedError for one not set up."""
    typed = visit.form.text("by")
    way = member_or_none(SendChannel, typed) if typed else ways[0]
    if way is None or way not in ways:
        raise LinkRefusedError("没有设置这种发送方式，请联系管理员")
    return way


ACTS: Mapping[Action, Act] = {
    Action.SEND_LINK: _send_link,
    Action.ASSIGN: _assign,
    Action.ACCEPT: lambda _visit, session, entry, step: assignment.accept(session, entry, step),
    Action.RETURN: _give_back,
    Action.CONTRIBUTE: lambda visit, session, entry, step: assignment.contribute(
        session, entry, step, visit.form.text("opinion")
    ),
    Action.DRAFT: _draft,
    Action.APPROVE: _approve,
    Action.SEND_BACK: lambda visit, session, entry, step: replies.send_back(
        session, entry, step, reply=visit.form.number("reply")
    ),
    Action.INFORM: _call,
    Action.DECLINE: lambda _visit, session, entry, step: closing.decline_draft(
        session, entry, step
    ),
    Action.CLOSE: lambda _visit, session, entry, step: closing.close(session, entry, step),
    Action.EXTEND: _extend,
    Action.ASK_EXTENSION: lambda _visit, session, entry, step: due_dates.ask_extension(
        session, entry, step
    ),
    Action.REFUSE_EXTENSION: lambda _visit, session, entry, step: due_dates.refuse_extension(
        session, entry, step
    ),
    Action.CORRECT_CONTACT: _correct_contact,
    Action.VOID: lambda _visit, session, entry, step: void_unless_awaited(session, entry, step),
    Action.UNDO: lambda _visit, session, entry, step: undo_on_entry(session, entry, step),
    Action.URGE: lambda _visit, session, entry, step: reminders.urge(session, entry, step),
    Action.JOIN: lambda visit, session, entry, step: assignment.join(
        session, entry, _lead(visit, session), step
    ),
}
