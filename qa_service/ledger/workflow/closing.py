"""Commands after a reply is approved: call the asker (主动回复) and close the entry (销号)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, and_, col, func, not_, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from qa_service.accounts.actor import CLOCKWORK
from qa_service.accounts.audit import record
from qa_service.clock import beijing_day
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.ledger.askers.details import NOBODY, read_asker
from qa_service.ledger.deadlines.due_dates import overdue_since
from qa_service.ledger.models import Asker, Callback, EventDetails, LedgerEntry
from qa_service.ledger.rules import UNREACHED_DAYS
from qa_service.ledger.workflow.replies import NoReplyError, last_reply
from qa_service.ledger.workflow.steps import (
    Command,
    StaleEntryError,
    check_transition,
    entry_id,
    perform,
    write_transition,
)
from qa_service.storage.encryption import FieldCipher
from qa_service.vocabulary import (
    Action,
    AuditAction,
    CallOutcome,
    EntryKind,
    EntryState,
    PairStatus,
    Satisfaction,
)

NOTE_CHARACTERS = 500


class InvalidCallbackError(InvalidInputError):
    """The record of the call is inconsistent with the entry or lacks its note."""

    code = "invalid_callback"
    title = "回复记录有误"


class NotCompleteError(ConflictError):
    """The entry cannot be closed yet; the message lists what is missing."""

    code = "not_settled"
    title = "还不能销号"


class NothingToDeclineError(ConflictError):
    """The entry has no draft that could be declined."""

    code = "nothing_to_decline"
    title = "没有待入库的草稿"


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
    is_last = verb is Action.INFORM or len(_unreached_days(session, entry)) >= UNREACHED_DAYS
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


def decline_draft(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Store the reason for adding no pair from the reply (不入库), or for a 纠错 changing none.

    Withdraws the draft with that reason. Raises NothingToDeclineError and what
    ``perform`` raises.
    """
    check_transition(session, entry, Action.DECLINE, step)
    if entry.pair_declined or is_pair_done(session, entry):
        raise NothingToDeclineError("答复已有去向，没有待处理的草稿")
    reason = step.reason
    if entry.kind is EntryKind.CONSULTATION and entry.pair_id is not None:
        pair = find_pair(session, entry.pair_id)
        withdraw_pair(session, pair, reason, by=step.actor, now=step.now)
    perform(session, entry, Action.DECLINE, step, pair_declined=reason)
    for one in (entry, *_joined(session, entry)):
        close_if_complete(session, one, now=step.now)


def close(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Close the entry (销号); raises NotCompleteError and what ``perform`` raises."""
    check_transition(session, entry, Action.CLOSE, step)
    blockers = tuple(closing_blockers(session, entry))
    if blockers:
        raise NotCompleteError("还不能销号：" + "；".join(blockers))
    perform(session, entry, Action.CLOSE, step, closed_at=step.now)


def close_if_complete(session: Session, entry: LedgerEntry, *, now: datetime) -> bool:
    """Close the entry if nothing is missing; return whether it was closed."""
    is_answered = entry.state in (EntryState.APPROVED, EntryState.INFORMED)
    if not is_answered or any(closing_blockers(session, entry)):
        return False
    step = Command(CLOCKWORK, now, reason=_closing_reason(session, entry))
    write_transition(session, entry, Action.CLOSE, step, EntryState.CLOSED, closed_at=now)
    return True


def close_completed(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Close at most ``limit`` entries for which nothing is missing.

    Returns the number closed; fewer than ``limit`` when none is left.
    """
    return _close_each(session, _completed(limit=limit), now=now)


def close_for_pairs(session: Session, pair_ids: Collection[int], *, now: datetime) -> int:
    """Close the entries that lacked only one of these pairs; return the number closed."""
    if not pair_ids:
        return 0
    waiting = _completed().where(col(LedgerEntry.pair_id).in_(pair_ids))
    return _close_each(session, waiting, now=now)


def _close_each(session: Session, entries: SelectOfScalar[LedgerEntry], *, now: datetime) -> int:
    closed = 0
    for entry in session.exec(entries).all():
        try:
            with session.begin_nested():
                closed += close_if_complete(session, entry, now=now)
        except StaleEntryError:
            # Changed by a concurrent command; the scheduled job closes it later.
            session.expire(entry)
    return closed


def _completed(*, limit: int | None = None) -> SelectOfScalar[LedgerEntry]:
    """Return a query, by id, of the answered entries without any ``closing_blockers``."""
    is_correction = LedgerEntry.kind == EntryKind.CORRECTION
    is_informed = or_(
        LedgerEntry.state == EntryState.INFORMED,
        col(LedgerEntry.informed_at).is_not(None),
        and_(is_correction, col(LedgerEntry.asker_id).is_(None)),
    )
    is_changed = col(QAVersion.number) > func.coalesce(LedgerEntry.pair_version, 0)
    is_pair_done = or_(
        QAPair.status == PairStatus.WITHDRAWN,
        and_(not_(is_correction), QAPair.status != PairStatus.DRAFT),
        and_(is_correction, is_changed),
    )
    return (
        select(LedgerEntry)
        .join(QAPair, col(QAPair.id) == LedgerEntry.pair_id, isouter=True)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id, isouter=True)
        .where(
            col(LedgerEntry.state).in_((EntryState.APPROVED, EntryState.INFORMED)),
            is_informed,
            or_(col(LedgerEntry.pair_declined).is_not(None), is_pair_done),
        )
        .order_by(col(LedgerEntry.id))
        .limit(limit)
    )


def closing_blockers(session: Session, entry: LedgerEntry) -> Iterator[str]:
    """Yield, in Chinese, each item an answered entry lacks before it can be closed (销号)."""
    if not is_informed(session, entry):
        yield f"尚未回复咨询人（未接通的，须在 {UNREACHED_DAYS} 个不同日期各拨打一次）"
    if entry.pair_declined or is_pair_done(session, entry):
        return
    if entry.kind is EntryKind.CORRECTION:
        yield "原问答尚未修改或撤回（无需修改的，请说明理由）"
    else:
        yield "答复草稿尚未发布（不入库的，请说明理由）"


def is_informed(session: Session, entry: LedgerEntry) -> bool:
    """Return whether the asker was told the reply, or was unreachable on enough days."""
    if entry.state in (EntryState.INFORMED, EntryState.CLOSED):
        return True
    if entry.kind is EntryKind.CORRECTION and entry.asker_id is None:
        return True
    return len(_unreached_days(session, entry)) >= UNREACHED_DAYS


def is_pair_done(session: Session, entry: LedgerEntry) -> bool:
    """Return whether the draft was published or withdrawn, or the pair complained of changed."""
    pair = session.get(QAPair, entry.pair_id) if entry.pair_id else None
    if pair is None:
        return False
    if entry.kind is EntryKind.CONSULTATION or pair.status is PairStatus.WITHDRAWN:
        return pair.status is not PairStatus.DRAFT
    told = session.get_one(QAVersion, pair.current_version_id)
    return told.number > (entry.pair_version or 0)


def callbacks(session: Session, entry: LedgerEntry) -> Sequence[Callback]:
    """Return every attempt to call the asker, the oldest first."""
    statement = select(Callback).where(Callback.entry_id == entry.id)
    return session.exec(statement.order_by(col(Callback.attempt))).all()


def _unreached_days(session: Session, entry: LedgerEntry) -> frozenset[object]:
    return frozenset(
        beijing_day(call.called_at)
        for call in callbacks(session, entry)
        if call.outcome is CallOutcome.NOT_REACHED
    )


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


def _joined(session: Session, entry: LedgerEntry) -> Sequence[LedgerEntry]:
    return session.exec(select(LedgerEntry).where(LedgerEntry.joined_to_id == entry.id)).all()


def _closing_reason(session: Session, entry: LedgerEntry) -> str:
    if entry.state is EntryState.INFORMED:
        told = "已回复咨询人"
    elif entry.asker_id is None and entry.kind is EntryKind.CORRECTION:
        told = "无须回复"
    else:
        told = f"在 {len(_unreached_days(session, entry))} 个不同日期拨打均未接通"
    kept = f"不入库（{entry.pair_declined}）" if entry.pair_declined else "答复已入库"
    return f"{told}，{kept}"
