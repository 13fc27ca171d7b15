"""Voids an entry that should not be in the ledger (作废): the number stays, it counts no more."""

from dataclasses import replace

from sqlmodel import Session

from qa_service.errors import ConflictError
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.service import withdraw_pair
from qa_service.ledger.deadlines.mail import mail_unit
from qa_service.ledger.deadlines.mail_premises import is_released
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow.steps import (
    Command,
    check_transition,
    joined_entries,
    lock_entries,
    perform,
    write_transition,
)
from qa_service.text.privacy.masking import mask_personal_data
from qa_service.vocabulary import Action, EntryKind, EntryState, PairStatus

_ANSWERED = (EntryState.APPROVED, EntryState.INFORMED)


class VoidRefusedError(ConflictError):
    """Askers of other entries still wait for the reply to this one."""

    code = "void_refused"
    title = "不能作废"


def void(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Void the entry with a reason; entries joined to it become tasks of their own again.

    A draft pair made from its reply is withdrawn. Raises VoidRefusedError and what ``perform``
    raises.
    """
    lock_entries(session, (entry,))
    check_transition(session, entry, Action.VOID, step)
    followers = joined_entries(session, entry)
    if followers and entry.state in _ANSWERED:
        numbers = "、".join(one.number for one in followers)
        raise VoidRefusedError(f"{numbers} 已并入本案，尚待按这份答复回复咨询人，请先办结")
    withdraw_draft(session, entry, replace(step, reason=f"台账 {entry.number} 作废"))
    perform(session, entry, Action.VOID, step, closed_at=step.now, extension_asked_at=None)
    for follower in followers:
        _separate(session, follower, entry, step)
    released = is_released(entry.unit_id)
    mail_unit(session, entry, "台账已作废，不必办理", now=step.now, rests_on=(released,))


def withdraw_draft(session: Session, entry: LedgerEntry, step: Command) -> None:
    """Withdraw the draft pair made from the entry's reply, if there is one."""
    if entry.kind is not EntryKind.CONSULTATION or entry.joined_to_id or entry.pair_id is None:
        return
    pair = session.get_one(QAPair, entry.pair_id)
    if pair.status is PairStatus.DRAFT:
        reason = mask_personal_data(step.reason).text
        withdraw_pair(session, pair, reason, by=step.actor, now=step.now)


def _separate(session: Session, follower: LedgerEntry, lead: LedgerEntry, step: Command) -> None:
    """Make a joined entry a task of its own; it has no reply yet, so it cannot await approval."""
    is_drafted = follower.state is EntryState.DRAFTED
    target = EntryState.ACCEPTED if is_drafted else follower.state
    noted = replace(step, reason=f"主案 {lead.number} 已作废", version=None)
    changes = {"joined_to_id": None, "pair_id": None}
    write_transition(session, follower, Action.SEPARATE, noted, target, **changes)
