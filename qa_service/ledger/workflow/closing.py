"""Commands of ending an entry whose reply is approved (销号), and what it lacks until then."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from sqlmodel import Session, and_, col, func, not_, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from qa_service.accounts.actor import CLOCKWORK
from qa_service.clock import beijing_day
from qa_service.errors import ConflictError
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.ledger.models import Callback, LedgerEntry
from qa_service.ledger.rules import UNREACHED_DAYS
from qa_service.ledger.workflow.steps import (
    Command,
    StaleEntryError,
    check_transition,
    perform,
    write_transition,
)
from qa_service.vocabulary import Action, CallOutcome, EntryKind, EntryState, PairStatus


class NotCompleteError(ConflictError):
    """The entry cannot be closed yet; the message lists what is missing."""

    code = "not_settled"
    title = "还不能销号"


class NothingToDeclineError(ConflictError):
    """The entry has no draft that could be declined."""

    code = "nothing_to_decline"
    title = "没有待入库的草稿"


def decline_draft(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Store the reason for adding no pair from the reply (不入库), or for a 纠错 changing none.

    Withdraws the draft with that reason. Raises NothingToDeclineError and what
    ``perform`` raises.
    """
    check_transition(session, entry, Action.DECLINE, step)
    if is_reply_settled(session, entry):
        raise NothingToDeclineError("答复已有去向，没有待处理的草稿")
    reason = step.reason
    if entry.kind is EntryKind.CONSULTATION and entry.pair_id is not None:
        pair = find_pair(session, entry.pair_id)
        if pair.status is not PairStatus.WITHDRAWN:
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
    if is_reply_settled(session, entry):
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
    return len(unreached_days(session, entry)) >= UNREACHED_DAYS


def is_reply_settled(session: Session, entry: LedgerEntry) -> bool:
    """Return whether nothing is left to do in the bank for the reply (入库或不入库)."""
    return bool(entry.pair_declined) or is_pair_done(session, entry)


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


def unreached_days(session: Session, entry: LedgerEntry) -> frozenset[date]:
    """Return the days, in Beijing, on which a call did not reach the asker."""
    return frozenset(
        beijing_day(call.called_at)
        for call in callbacks(session, entry)
        if call.outcome is CallOutcome.NOT_REACHED
    )


def _joined(session: Session, entry: LedgerEntry) -> Sequence[LedgerEntry]:
    return session.exec(select(LedgerEntry).where(LedgerEntry.joined_to_id == entry.id)).all()


def _closing_reason(session: Session, entry: LedgerEntry) -> str:
    if entry.state is EntryState.INFORMED:
        told = "已回复咨询人"
    elif entry.asker_id is None and entry.kind is EntryKind.CORRECTION:
        told = "无须回复"
    else:
        told = f"在 {len(unreached_days(session, entry))} 个不同日期拨打均未接通"
    kept = f"不入库（{entry.pair_declined}）" if entry.pair_declined else "答复已入库"
    return f"{told}，{kept}"
