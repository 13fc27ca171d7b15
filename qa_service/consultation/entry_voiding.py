"""Voids an entry (作废), unless others than its asker wait for its reply."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from qa_service.clock import BEIJING
from qa_service.consultation.duplicates.shared_entries import left_at_desk, repeats_on
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow.steps import Command, check_transition, lock_entries
from qa_service.ledger.workflow.voiding import VoidRefusedError, void
from qa_service.vocabulary import Action

_NAMED = 5
"""How many of those who wait are named by the time of their question."""


def void_unless_awaited(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Void the entry with a reason.

    Raises VoidRefusedError also where repeats or questions left at the public desk rest on it,
    and what ``void`` raises.
    """
    lock_entries(session, (entry,))
    check_transition(session, entry, Action.VOID, step)
    _check_nobody_waits(session, entry)
    void(session, entry, step)


def _check_nobody_waits(session: Session, entry: LedgerEntry) -> None:
    repeats = [one.created_at for one in repeats_on(session, entry)]
    left = [one.left_at for one in left_at_desk(session, entry)]
    waiting = [
        f"{name}（{_times(times)}）"
        for name, times in (("再次来电", repeats), ("政务公开专区的留言", left))
        if times
    ]
    if not waiting:
        return
    message = f"{'、'.join(waiting)}尚待按本案答复，作废后无人办理；请继续办理本案"
    if repeats and not left:
        message += "，确须作废的，先在再次来电的咨询记录上说明理由撤销，由坐席另行登记"
    raise VoidRefusedError(message)


def _times(times: Sequence[datetime]) -> str:
    named = "、".join(f"{one.astimezone(BEIJING):%m-%d %H:%M}" for one in times[:_NAMED])
    return named if len(times) <= _NAMED else f"{named} 等 {len(times)} 次"
