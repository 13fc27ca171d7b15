"""Routes that change a ledger entry (台账办理), from assignment to closing."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from qa_service.accounts.acts import Act
from qa_service.accounts.permissions import Permission
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.ledger import EntryOut, RepliedOut
from qa_service.api.schemas.ledger_moves import (
    AssignIn,
    CallbackIn,
    ContactOut,
    CorrectionIn,
    ExtendIn,
    JoinIn,
    MoveIn,
    OpinionIn,
    ReplyIn,
    ReviewIn,
)
from qa_service.api.text_types import LedgerNumber
from qa_service.api.writes import Answer, Write, write_for
from qa_service.clock import beijing_day
from qa_service.errors import FieldProblem
from qa_service.knowledge.pairs.permissions import find_readable
from qa_service.ledger.corrections import check_complaint, open_correction
from qa_service.ledger.deadlines import due_dates, reminders
from qa_service.ledger.entry_file import open_file
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import load_entry
from qa_service.ledger.workflow import assignment, calling, closing, replies
from qa_service.ledger.workflow.steps import Command, find_by_number
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.vocabulary import Action

router = APIRouter(tags=["台账办理"])

Number = Annotated[LedgerNumber, Path()]
Step = Callable[[LedgerEntry, Command], object]

AssignWrite = Annotated[Write, Depends(write_for(Action.ASSIGN))]
AcceptWrite = Annotated[Write, Depends(write_for(Action.ACCEPT))]
ReturnWrite = Annotated[Write, Depends(write_for(Action.RETURN))]
OpinionWrite = Annotated[Write, Depends(write_for(Action.CONTRIBUTE))]
JoinWrite = Annotated[Write, Depends(write_for(Action.JOIN))]
ReplyWrite = Annotated[Write, Depends(write_for(Action.DRAFT))]
ReviewWrite = Annotated[Write, Depends(write_for(Action.APPROVE))]
CallWrite = Annotated[Write, Depends(write_for(Action.INFORM))]
DeclineWrite = Annotated[Write, Depends(write_for(Action.DECLINE))]
ExtensionWrite = Annotated[Write, Depends(write_for(Action.ASK_EXTENSION))]
ExtendWrite = Annotated[Write, Depends(write_for(Action.EXTEND))]
UrgeWrite = Annotated[Write, Depends(write_for(Action.URGE))]
CloseWrite = Annotated[Write, Depends(write_for(Action.CLOSE))]
RevealWrite = Annotated[Write, Depends(write_for(Action.REVEAL))]
ComplaintWrite = Annotated[Write, Depends(write_for(Act.COMPLAIN))]

RESPONSES = problem_responses(404, 409, 413)


@router.post(
    "/ledger/{number}/assign", summary="交办（改派）", response_model=EntryOut, responses=RESPONSES
)
def assign(number: Number, body: AssignIn, services: ServicesDep, write: AssignWrite) -> Response:
    """Assign or reassign (交办、改派) the entry to a unit."""

    def act(entry: LedgerEntry, step: Command) -> None:
        assignment.assign(
            write.session,
            entry,
            step,
            unit=body.unit,
            helpers=body.helpers,
            opinions_by=assignment.opinions_due(
                write.now,
                calendar=services.calendar,
                workdays=services.ledger_rules.opinion_workdays,
            ),
        )

    return moved(number, body, services, write, act)


@router.post(
    "/ledger/{number}/accept", summary="签收", response_model=EntryOut, responses=RESPONSES
)
def accept(number: Number, body: MoveIn, services: ServicesDep, write: AcceptWrite) -> Response:
    """Accept (签收) the entry for the assigned unit."""
    return moved(number, body, services, write, _with(assignment.accept, write))


@router.post(
    "/ledger/{number}/return",
    summary="退回（须在时限内并说明理由）",
    response_model=EntryOut,
    responses=RESPONSES,
)
def give_back(number: Number, body: MoveIn, services: ServicesDep, write: ReturnWrite) -> Response:
    """Return (退回) an entry outside the unit's remit, within the allowed working days."""

    def act(entry: LedgerEntry, step: Command) -> None:
        assignment.return_entry(
            write.session,
            entry,
            step,
            calendar=services.calendar,
            return_workdays=services.ledger_rules.return_workdays,
        )

    return moved(number, body, services, write, act)


@router.post(
    "/ledger/{number}/opinion", summary="协办意见", response_model=EntryOut, responses=RESPONSES
)
def contribute(
    number: Number, body: OpinionIn, services: ServicesDep, write: OpinionWrite
) -> Response:
    """Store the opinion of an assisting unit (协办意见)."""

    def act(entry: LedgerEntry, step: Command) -> None:
        assignment.contribute(write.session, entry, step, body.opinion)

    return moved(number, body, services, write, act)


@router.post("/ledger/{number}/join", summary="并案", response_model=EntryOut, responses=RESPONSES)
def join(number: Number, body: JoinIn, services: ServicesDep, write: JoinWrite) -> Response:
    """Join (并案) the entry to another entry's task."""

    def act(entry: LedgerEntry, step: Command) -> None:
        assignment.join(write.session, entry, found_entry(body.lead, write), step)

    return moved(number, body, services, write, act)


@router.post(
    "/ledger/{number}/reply",
    summary="提交答复",
    response_model=RepliedOut,
    responses=RESPONSES,
)
def reply(number: Number, body: ReplyIn, services: ServicesDep, write: ReplyWrite) -> Response:
    """Store the unit's draft reply (答复); ``findings`` are what the approver has to weigh."""

    def answer() -> Answer:
        entry = found_entry(number, write)
        replies.draft_reply(write.session, entry, command_of(body, write), body.content())
        today = beijing_day(write.now)
        file = open_file(write.session, number, today=today, calendar=services.calendar)
        return 200, RepliedOut.of(file)

    return write.once(body, answer)


@router.post(
    "/ledger/{number}/review",
    summary="审核答复：通过或退回修改",
    response_model=EntryOut,
    responses=RESPONSES,
)
def review(number: Number, body: ReviewIn, services: ServicesDep, write: ReviewWrite) -> Response:
    """Approve the reply or send it back for changes."""

    def act(entry: LedgerEntry, step: Command) -> None:
        if body.approve:
            replies.approve_reply(
                write.session,
                entry,
                step,
                reply=_reply_number(body),
                statements=body.statements,
                despite_advice=body.despite_advice,
            )
        else:
            replies.send_back(write.session, entry, step, reply=_reply_number(body))

    return moved(number, body, services, write, act)


@router.post(
    "/ledger/{number}/callbacks",
    summary="记录一次回复",
    response_model=EntryOut,
    responses=RESPONSES,
)
def call_back(
    number: Number, body: CallbackIn, services: ServicesDep, write: CallWrite
) -> Response:
    """Record one attempt to call the asker with the reply (回复)."""

    def act(entry: LedgerEntry, step: Command) -> None:
        calling.record_call(
            write.session,
            entry,
            step,
            outcome=body.outcome,
            note=body.note,
            satisfaction=body.satisfaction,
        )

    return moved(number, body, services, write, act)


@router.post(
    "/ledger/{number}/decline",
    summary="答复不入库，或纠错无需修改",
    response_model=EntryOut,
    responses=RESPONSES,
)
def decline(number: Number, body: MoveIn, services: ServicesDep, write: DeclineWrite) -> Response:
    """Record the reason why the reply becomes no pair, or a correction changes nothing."""
    return moved(number, body, services, write, _with(closing.decline_draft, write))


@router.post(
    "/ledger/{number}/extension-request",
    summary="申请延期",
    response_model=EntryOut,
    responses=RESPONSES,
)
def ask_extension(
    number: Number, body: MoveIn, services: ServicesDep, write: ExtensionWrite
) -> Response:
    """Request an extension (申请延期) for the unit."""
    return moved(number, body, services, write, _with(due_dates.ask_extension, write))


@router.post(
    "/ledger/{number}/extend", summary="批准延期", response_model=EntryOut, responses=RESPONSES
)
def extend(number: Number, body: ExtendIn, services: ServicesDep, write: ExtendWrite) -> Response:
    """Grant an extension (批准延期) in working days."""

    def act(entry: LedgerEntry, step: Command) -> None:
        due_dates.extend(
            write.session,
            entry,
            step,
            workdays=body.workdays,
            calendar=services.calendar,
            longest=services.ledger_rules.extension_workdays,
        )

    return moved(number, body, services, write, act)


@router.post("/ledger/{number}/urge", summary="催办", response_model=EntryOut, responses=RESPONSES)
def urge(number: Number, body: MoveIn, services: ServicesDep, write: UrgeWrite) -> Response:
    """Send the unit a supervisor's reminder (催办)."""
    return moved(number, body, services, write, _with(reminders.urge, write))


@router.post("/ledger/{number}/close", summary="销号", response_model=EntryOut, responses=RESPONSES)
def close(number: Number, body: MoveIn, services: ServicesDep, write: CloseWrite) -> Response:
    """Close (销号) the entry."""
    return moved(number, body, services, write, _with(closing.close, write))


@router.post(
    "/ledger/{number}/contact",
    summary="查看联系方式（留痕）",
    response_model=ContactOut,
    responses=RESPONSES,
)
def contact(number: Number, body: MoveIn, services: ServicesDep, write: RevealWrite) -> ContactOut:
    """Return the asker's name and phone number.

    Each access is logged (留痕), so an ``Idempotency-Key`` is ignored.
    """
    entry = found_entry(number, write)
    step = command_of(body, write)
    found = calling.reveal_contact(write.session, entry, step, cipher=services.cipher)
    return ContactOut(name=found.name, phone=found.phone)


@router.post(
    "/corrections",
    summary="答案有误或已过时：登记纠错",
    status_code=201,
    response_model=EntryOut,
    responses=RESPONSES,
)
def correct(body: CorrectionIn, services: ServicesDep, write: ComplaintWrite) -> Response:
    """Open a correction task (纠错) for the pair's unit."""
    complaint = check_complaint(body.complaint)

    def answer() -> Answer:
        entry = open_correction(
            write.session,
            find_readable(write.session, body.qa_id, write.caller.units(Permission.READ_BANK)),
            complaint,
            calendar=services.calendar,
            rules=services.ledger_rules,
            actor=write.actor(body.stated),
            now=write.now,
        )
        return 201, _shown(entry.number, services, write)

    return write.once(body, answer)


def moved(number: str, body: MoveIn, services: Services, write: Write, act: Step) -> Response:
    """Return the response to an action on an entry: the entry as it is then."""

    def answer() -> Answer:
        act(found_entry(number, write), command_of(body, write))
        return 200, _shown(number, services, write)

    return write.once(body, answer)


def found_entry(number: str, write: Write) -> LedgerEntry:
    """Return the entry of this number, within the units of the caller's key."""
    return find_by_number(write.session, number, within=write.caller.units(Permission.READ_LEDGER))


def _with(move: Callable[..., object], write: Write) -> Step:
    return lambda entry, step: move(write.session, entry, step)


def command_of(body: MoveIn, write: Write) -> Command:
    """Return the actor, time, version and reason of a request."""
    return Command(write.actor(body.stated), write.now, body.version, body.reason)


def _shown(number: str, services: Services, write: Write) -> EntryOut:
    today = beijing_day(write.now)
    _, view = load_entry(write.session, number, today=today, calendar=services.calendar)
    return EntryOut.model_validate(view)


def _reply_number(body: ReviewIn) -> int:
    if body.reply is None:
        message = "请给出审核的是第几稿"
        raise replies.InvalidReplyError(message, problems=(FieldProblem("reply", message),))
    return body.reply
