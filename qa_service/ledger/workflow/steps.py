"""Performs a transition: checks it, updates the entry, and writes its event and message.

All of these belong to one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.engine import CursorResult
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from qa_service.ledger.models import (
    NO_DETAILS,
    CoUnit,
    EventDetails,
    LedgerEntry,
    LedgerEvent,
)
from qa_service.ledger.prior_values import PriorValues
from qa_service.ledger.workflow.transitions import (
    SHARED,
    TRANSITIONS,
    acting_role,
    check_actor,
    check_state,
)
from qa_service.outbox.events import EntryMoved
from qa_service.outbox.service import enqueue
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import FINISHED, REASON_CHARACTERS, Action, EntryState


class EntryNotFoundError(NotFoundError):
    """No ledger entry has this number."""

    code = "ledger_entry_not_found"
    title = "没有这条台账"


class StaleEntryError(ConflictError):
    """The entry was changed by another actor since it was read."""

    code = "stale_entry"
    title = "台账已被他人办理"


class JoinedEntryError(ConflictError):
    """The entry is joined to another entry, on which its task is handled."""

    code = "joined_entry"
    title = "已并案"


class ReasonNeededError(InvalidInputError):
    """The action requires a reason, or the reason is too long."""

    code = "reason_needed"
    title = "请说明理由"


@dataclass(frozen=True, slots=True)
class Command:
    """The actor, time, reason and details of a requested action.

    ``version`` is the version of the entry the actor saw; None skips the check.
    """

    actor: Actor
    now: datetime
    version: int | None = None
    reason: str = ""
    details: EventDetails = NO_DETAILS

    def __post_init__(self) -> None:
        """Mask the reason, from which events, messages and reminders are written.

        A reason that is too long is refused when the action is checked.
        """
        if len(self.reason) <= REASON_CHARACTERS:
            object.__setattr__(self, "reason", masked(self.reason))


def find_by_number(session: Session, number: str, *, within: Within = None) -> LedgerEntry:
    """Return the entry of this number.

    Raises EntryNotFoundError, also for an entry that concerns none of the units ``within``.
    """
    entry = session.exec(select(LedgerEntry).where(LedgerEntry.number == number)).one_or_none()
    if entry is None or not concerns(session, entry, within):
        raise EntryNotFoundError(f"台账中没有编号 {number}，请核对后重新查询")
    return entry


def perform(
    session: Session, entry: LedgerEntry, verb: Action, step: Command, **changes: object
) -> None:
    """Transition ``entry`` and the entries joined to it, setting the columns in ``changes``.

    Raises TransitionNotPermittedError, StaleEntryError, IllegalTransitionError, JoinedEntryError or
    ReasonNeededError; nothing is written then.
    """
    check_transition(session, entry, verb, step)
    target = TRANSITIONS[verb].target
    write_transition(session, entry, verb, step, target, **changes)
    if verb in SHARED:
        for joined in joined_entries(session, entry):
            write_transition(session, joined, verb, step, target, **changes)


def check_transition(session: Session, entry: LedgerEntry, verb: Action, step: Command) -> None:
    """Raise the error that forbids the action, if any; see ``perform``."""
    check_actor(verb, step.actor, concerned_units(session, entry, verb))
    check_version(entry, step)
    if entry.joined_to_id is not None and verb in SHARED:
        lead = session.get_one(LedgerEntry, entry.joined_to_id)
        raise JoinedEntryError(f"这条台账已并入 {lead.number}，请在 {lead.number} 上办理")
    check_state(verb, entry.state)
    _check_reason(verb, step.reason)


def check_version(entry: LedgerEntry, step: Command) -> None:
    """Raise StaleEntryError if the actor saw another version of the entry."""
    if step.version is not None and step.version != entry.version:
        raise _stale(entry)


def write_transition(
    session: Session,
    entry: LedgerEntry,
    verb: Action,
    step: Command,
    target: EntryState | None,
    **changes: object,
) -> None:
    """Update the entry and write its event and message.

    Raises StaleEntryError when the entry changed concurrently.
    """
    before = entry.state
    prior = PriorValues.replaced_by({**changes, "state": target}, entry)
    values = {**changes, "version": entry.version + 1, "state": target or before}
    statement = (
        update(LedgerEntry)
        .where(col(LedgerEntry.id) == entry.id, col(LedgerEntry.version) == entry.version)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise _stale(entry)
    session.refresh(entry)
    write_event(session, entry, verb, step, before=before, after=entry.state, prior=prior)


def lock_entries(session: Session, entries: Sequence[LedgerEntry]) -> None:
    """Wait for the transactions that change ``entries``, then read them again.

    Rows are locked by id, so that two transactions that need the same ones do not block each
    other. On SQLite a writing transaction is the only one already.
    """
    ids = sorted({entry_id(entry) for entry in entries})
    for one in ids:
        session.exec(select(LedgerEntry.id).where(LedgerEntry.id == one).with_for_update()).one()
    for entry in entries:
        session.refresh(entry)


def write_event(
    session: Session,
    entry: LedgerEntry,
    verb: Action,
    step: Command,
    *,
    before: EntryState | None,
    after: EntryState,
    prior: PriorValues | None = None,
) -> None:
    """Write an event to the history of ``entry`` and enqueue it for other systems."""
    session.add(
        LedgerEvent(
            entry_id=entry_id(entry),
            actor=step.actor.name,
            actor_person_id=step.actor.person_id,
            actor_key_id=step.actor.api_key_id,
            occurred_at=step.now,
            from_state=before,
            to_state=after,
            verb=verb,
            reason=step.reason,
            details=step.details,
            prior=prior,
        )
    )
    moved = EntryMoved(
        action=verb.value,
        number=entry.number,
        state=after.value,
        due_on=entry.due_on,
        due_provisional=entry.due_provisional,
        next_role=acting_role(after) or "",
    )
    enqueue(session, moved, now=step.now)


def concerns(session: Session, entry: LedgerEntry, within: Within) -> bool:
    """Return whether one of the units leads or helps with the entry; None means every unit."""
    if within is None or entry.unit_id in within:
        return True
    return any(helper.unit_id in within for helper in co_units(session, entry))


def joined_entries(session: Session, lead: LedgerEntry) -> Sequence[LedgerEntry]:
    """Return the entries joined to ``lead`` that still follow its state."""
    statement = (
        select(LedgerEntry)
        .where(LedgerEntry.joined_to_id == lead.id, col(LedgerEntry.state).not_in(FINISHED))
        .order_by(col(LedgerEntry.id))
    )
    return session.exec(statement).all()


def co_units(session: Session, entry: LedgerEntry) -> Sequence[CoUnit]:
    """Return the helping units of the entry (协办单位), by id."""
    statement = select(CoUnit).where(CoUnit.entry_id == entry.id).order_by(col(CoUnit.unit_id))
    return session.exec(statement).all()


def concerned_units(session: Session, entry: LedgerEntry, verb: Action) -> frozenset[int]:
    """Return the ids of the units that may act: the helpers for an opinion, else the lead."""
    if verb is not Action.CONTRIBUTE:
        return frozenset({entry.unit_id})
    return frozenset(helper.unit_id for helper in co_units(session, entry))


def entry_id(entry: LedgerEntry) -> int:
    """Return the id of a stored entry."""
    if entry.id is None:
        raise ValueError("entry was not flushed")
    return entry.id


def _check_reason(verb: Action, reason: str) -> None:
    words = verb.label
    if TRANSITIONS[verb].needs_reason and not reason.strip():
        message = f"{words}须说明理由"
    elif len(reason) > REASON_CHARACTERS:
        message = f"理由超过 {REASON_CHARACTERS} 个字，请精简"
    else:
        return
    raise ReasonNeededError(message, problems=(FieldProblem("reason", message),))


def _stale(entry: LedgerEntry) -> StaleEntryError:
    return StaleEntryError(
        f"{entry.number} 刚被他人办理，这次没有保存；请核对最新情况，仍需办理的再提交一次"
    )
