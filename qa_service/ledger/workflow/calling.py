"""Commands of calling the asker (主动回复): record an attempt, show the contact to call."""

from dataclasses import dataclass, replace

from sqlmodel import Session

from qa_service.accounts.audit import record
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.ledger.askers.details import NOBODY, read_asker
from qa_service.ledger.deadlines.due_dates import overdue_since
from qa_service.ledger.models import Asker, Callback, EventDetails, LedgerEntry
from qa_service.ledger.rules import UNREACHED_DAYS
from qa_service.ledger.workflow.closing import callbacks, close_if_complete, unreached_days
from qa_service.ledger.workflow.replies import NoReplyError, last_reply
from qa_service.ledger.workflow.steps import Command, check_transition, entry_id, perform
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import Action, AuditAction, CallOutcome, Satisfaction

NOTE_CHARACTERS = 500


class InvalidCallbackError(InvalidInputError):
    """The record of the call is inconsistent with the entry or lacks its note."""

    code = "invalid_callback"
    title = "回复记录有误"


@dataclass(frozen=True, slots=True)
class Contact:
    """Name and contact in plain text, used only for the call; never printed or logged."""

    name: str | None
    phone: str | None


def record_call(
    session: Session,
    entry: LedgerEntry,
    step: Command,
    *,
    outcome: CallOutcome,
    note: str = "",
    satisfaction: Satisfaction | None = None,
) -> Callback:
    """Store an attempt to call the asker and return it; a successful one changes the state.

    ``satisfaction`` is what an asker who was reached answered, if asked.

    Closes the entry at once when nothing else is missing. Raises InvalidCallbackError,
    NoReplyError and what ``perform`` raises.
    """
    verb = Action.CALL if outcome is CallOutcome.NOT_REACHED else Action.INFORM
    check_transition(session, entry, verb, step)
    masked = _masked_contact(session, entry)
    _check_call(outcome, masked, note, satisfaction)
    reply = last_reply(session, entry)
    if reply is None:
        raise NoReplyError("这条台账还没有审核通过的答复，不能回复")
    call = Callback(
        entry_id=entry_id(entry),
        attempt=len(callbacks(session, entry)) + 1,
        called_at=step.now,
        contact_masked=masked,
        outcome=outcome,
        satisfaction=satisfaction,
        reply_number=reply.number,
        note=note.strip(),
        operator=step.actor.name,
        operator_person_id=step.actor.person_id,
        operator_key_id=step.actor.api_key_id,
    )
    session.add(call)
    session.flush()
    details = EventDetails(
        attempt=call.attempt, outcome=outcome, satisfaction=satisfaction, reply=reply.number
    )
    noted = replace(step, reason=note.strip(), details=details)
    is_last = verb is Action.INFORM or len(unreached_days(session, entry)) >= UNREACHED_DAYS
    changes = {"informed_at": step.now, **overdue_since(entry, step.now)} if is_last else {}
    perform(session, entry, verb, noted, **changes)
    close_if_complete(session, entry, now=step.now)
    return call


def reveal_contact(
    session: Session, entry: LedgerEntry, step: Command, *, cipher: FieldCipher
) -> Contact:
    """Return the asker's plain-text contact; store the access and its reason, and audit them."""
    perform(session, entry, Action.REVEAL, step)
    record(
        session,
        AuditAction.REVEAL,
        actor=step.actor,
        now=step.now,
        subject=entry.number,
        reason=step.reason,
    )
    asker = session.get(Asker, entry.asker_id) if entry.asker_id else None
    details = read_asker(asker, cipher=cipher) if asker else NOBODY
    return Contact(details.name, details.phone)


def _masked_contact(session: Session, entry: LedgerEntry) -> str | None:
    asker = session.get(Asker, entry.asker_id) if entry.asker_id else None
    return asker.contact_masked if asker else None


def _check_call(
    outcome: CallOutcome, masked: str | None, note: str, satisfaction: Satisfaction | None
) -> None:
    if outcome is CallOutcome.NO_CONTACT and masked is not None:
        problem = FieldProblem("outcome", "咨询人留有联系方式，请拨打后记录结果")
    elif outcome is CallOutcome.NOT_REACHED and masked is None:
        problem = FieldProblem("outcome", "咨询人没有留联系方式，请选“未留联系方式”")
    elif satisfaction is not None and outcome is not CallOutcome.REACHED:
        problem = FieldProblem("satisfaction", "没有告知咨询人的，不记满意度")
    elif len(note) > NOTE_CHARACTERS:
        problem = FieldProblem("note", f"备注超过 {NOTE_CHARACTERS} 个字，请精简")
    else:
        return
    raise InvalidCallbackError(problem.message, problems=(problem,))
