"""Undoes an act on an entry (撤销): by its actor, within ten minutes, if nothing followed it.

Every event holds the values it replaced; undoing restores them and writes an event of its own.
The history is never changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.names.display_names import display_name_of
from qa_service.errors import ConflictError
from qa_service.ledger.deadlines.mail import mail_unit
from qa_service.ledger.deadlines.mail_premises import is_released, keeps_limit
from qa_service.ledger.models import EventDetails, LedgerEntry, LedgerEvent
from qa_service.ledger.workflow.reversals import reverse_effects
from qa_service.ledger.workflow.steps import (
    Command,
    JoinedEntryError,
    check_version,
    joined_entries,
    lock_entries,
    write_transition,
)
from qa_service.ledger.workflow.transitions import SHARED
from qa_service.vocabulary import UNDO_MINUTES, Action, EntryState

UNDO_TIME = timedelta(minutes=UNDO_MINUTES)

_PASSIVE = frozenset(
    {
        Action.REPEAT,
        Action.REVEAL,
        Action.CORRECT_CONTACT,
        Action.URGE,
        Action.SEND_LINK,
        Action.ESCALATE,
        Action.CONTRIBUTE,
    }
)
"""Actions after which an earlier one can still be undone: they replace nothing."""

_ANSWERED = frozenset({EntryState.APPROVED, EntryState.INFORMED, EntryState.CLOSED})
_REGISTERING = frozenset({Action.REGISTER, Action.ASSIGN, Action.JOIN})
_FINAL = frozenset({Action.UNDO, Action.RECOUNT, Action.SEPARATE, Action.TRANSFER, Action.REFILE})
"""Actions that cannot be undone themselves."""


class UndoRefusedError(ConflictError):
    """The last act is another person's, too long ago, or was followed by others."""

    code = "undo_refused"
    title = "不能撤销"


@dataclass(frozen=True, slots=True)
class LastAct:
    """The last act on an entry: its event, the automatic closing it caused, if it registered."""

    event: LedgerEvent
    closing: LedgerEvent | None = None
    is_registration: bool = False

    @property
    def verb(self) -> Action:
        """The action taken; 登记 for a registration, whose last event is the assignment."""
        return Action.REGISTER if self.is_registration else self.event.verb

    @property
    def actor(self) -> RecordedActor:
        """The actor of the act."""
        event = self.event
        return RecordedActor(event.actor, event.actor_person_id, event.actor_key_id)

    @property
    def undoable_until(self) -> datetime:
        """The time until which its actor can undo it."""
        return self.event.occurred_at + UNDO_TIME


def last_act(session: Session, entry: LedgerEntry) -> LastAct | None:
    """Return the last act on the entry that could be undone; None if there is none."""
    newest = _newest_first(session, entry)
    passive = {event.id for event in newest if event.verb in _PASSIVE}
    events = [one for one in newest if passive.isdisjoint({one.id, one.details.undone})]
    closing = events[0] if events and _is_automatic_closing(events[0]) else None
    acts = events[1:] if closing else events
    if not acts or acts[0].verb in _FINAL:
        return None
    last = acts[0]
    if closing is not None and closing.occurred_at != last.occurred_at:
        return None
    is_registration = {one.verb for one in acts} <= _REGISTERING and _is_one_act(acts)
    if last.prior is None and not is_registration:
        return None
    return LastAct(last, closing, is_registration)


def undoable_act(
    session: Session, entry: LedgerEntry, *, actor: Actor, now: datetime
) -> LastAct | None:
    """Return the act that ``actor`` can undo now, for pages; None if there is none."""
    act = last_act(session, entry)
    if act is None or not is_own(actor, act.actor) or now > act.undoable_until:
        return None
    if _registered_instead(session, entry, act) is not None:
        return None
    if entry.joined_to_id is None:
        return act
    if act.verb is Action.VOID:
        lead = session.get_one(LedgerEntry, entry.joined_to_id)
        return act if _follows_again(entry, act, lead) else None
    return None if act.verb in SHARED else act


def is_own(actor: Actor, recorded: RecordedActor) -> bool:
    """Return whether what was recorded is the actor's own; a system's is all its key recorded."""
    is_system = actor.person_id is None and actor.api_key_id is not None
    if is_system and actor.api_key_id == recorded.api_key_id:
        return True
    return actor.is_same_person_as(recorded)


def undo(session: Session, entry: LedgerEntry, step: Command) -> Action:
    """Undo the last act on the entry and return it; an undone registration voids the entry.

    A voiding is undone only while no other entry was registered in its place, that of a joined
    entry while its lead stands where it stood. Raises UndoRefusedError, StaleEntryError, or
    JoinedEntryError for an act on the whole task.
    """
    lock_entries(session, (entry,))
    check_version(entry, step)
    act = _checked(session, entry, step)
    if act.is_registration:
        _withdraw_registration(session, entry, act, step)
        return act.verb
    reverse_effects(session, entry, act.event, step)
    _restore(session, entry, act, step)
    for other, its_act in _also_moved(session, entry, act):
        _restore(session, other, its_act, step)
    if act.verb is Action.EXTEND:
        # The mail that told of the extension may have left.
        text = f"延期已撤销，期限仍为 {entry.due_on}"
        mail_unit(session, entry, text, now=step.now, rests_on=keeps_limit(entry))
    return act.verb


def undo_repeat(
    session: Session, entry: LedgerEntry, step: Command, *, recorded_at: datetime
) -> None:
    """Record that the repeat noted at ``recorded_at`` was none; the entry itself did not change."""
    lock_entries(session, (entry,))
    repeat = next(
        event
        for event in _newest_first(session, entry)
        if event.verb is Action.REPEAT and event.occurred_at == recorded_at
    )
    write_transition(session, entry, Action.UNDO, _noted(LastAct(repeat), step), None)


def _checked(session: Session, entry: LedgerEntry, step: Command) -> LastAct:
    act = last_act(session, entry)
    if act is None:
        raise UndoRefusedError("没有可以撤销的办理，请按程序办理；登记有误的，由督查作废")
    if not is_own(step.actor, act.actor):
        by = display_name_of(session, act.actor.name, act.actor.person_id)
        raise UndoRefusedError(f"“{act.verb.label}”由 {by} 办理，只能由其本人撤销")
    if step.now > act.undoable_until:
        raise UndoRefusedError(
            f"“{act.verb.label}”已超过 {UNDO_MINUTES} 分钟，不能撤销；登记有误的，由督查作废台账"
        )
    successor = _registered_instead(session, entry, act)
    if successor is not None:
        raise UndoRefusedError(
            f"作废后同一问题再次提交，已另行登记为 {successor}，不能撤销作废，请办理 {successor}"
        )
    if entry.joined_to_id is not None and act.verb in SHARED:
        raise JoinedEntryError("这条台账已并案，请在主案上撤销")
    if act.verb is Action.VOID and entry.joined_to_id is not None:
        lead = session.get_one(LedgerEntry, entry.joined_to_id)
        lock_entries(session, (lead,))
        if not _follows_again(entry, act, lead):
            raise UndoRefusedError(
                f"主案 {lead.number} 已另有办理，不能撤销作废；仍须办理的，请重新登记"
            )
    return act


def _registered_instead(session: Session, entry: LedgerEntry, act: LastAct) -> str | None:
    """Return the number of the entry registered in place of the voided one, None if there is none.

    One question would have two entries if both stood.
    """
    if act.verb is not Action.VOID:
        return None
    since = select(LedgerEvent).where(
        LedgerEvent.verb == Action.REGISTER, LedgerEvent.occurred_at >= act.event.occurred_at
    )
    for event in session.exec(since).all():
        if event.details.instead_of == entry.number:
            return session.get_one(LedgerEntry, event.entry_id).number
    return None


def _follows_again(entry: LedgerEntry, act: LastAct, lead: LedgerEntry) -> bool:
    """Return whether the voided entry, restored, would be at the step of its ``lead``.

    It was left out of what the lead went through meanwhile, and could not be handled by itself.
    """
    if lead.joined_to_id is not None or lead.state is EntryState.VOIDED:
        return False
    kept = (entry.unit_id, entry.pair_id, entry.pair_declined)
    if kept != (lead.unit_id, lead.pair_id, lead.pair_declined):
        return False
    states = {act.event.from_state, lead.state}
    return len(states) == 1 or states <= _ANSWERED


def _restore(session: Session, entry: LedgerEntry, act: LastAct, step: Command) -> None:
    """Set the columns of ``entry`` back to their values before the act."""
    prior = act.event.prior
    values = {**(act.closing.prior.values if act.closing and act.closing.prior else {})}
    values |= prior.values if prior else {}
    state = values.pop("state", None)
    target = state if isinstance(state, EntryState) else None
    if act.verb is Action.DRAFT:
        # The retracted text stays in the form, to be amended.
        target = EntryState.ACCEPTED
    write_transition(session, entry, Action.UNDO, _noted(act, step), target, **values)


def _withdraw_registration(
    session: Session, entry: LedgerEntry, act: LastAct, step: Command
) -> None:
    if joined_entries(session, entry):
        raise UndoRefusedError("已有其他台账并入本案，不能撤销登记，请由督查处理")
    if _has_repeat(session, entry):
        raise UndoRefusedError(
            "已有再次来电记在本案，撤销后无人办理，请先撤销再次来电，或由督查处理"
        )
    changes = {"closed_at": step.now, "consultation_id": None, "joined_to_id": None}
    noted = _noted(act, step)
    write_transition(session, entry, Action.UNDO, noted, EntryState.VOIDED, **changes)
    released = is_released(entry.unit_id)
    mail_unit(session, entry, "登记已撤销，不必办理", now=step.now, rests_on=(released,))


def _has_repeat(session: Session, entry: LedgerEntry) -> bool:
    """Return whether a later call of the asker rests on the entry."""
    events = _newest_first(session, entry)
    undone = {event.details.undone for event in events}
    return any(event.verb is Action.REPEAT and event.id not in undone for event in events)


def _noted(act: LastAct, step: Command) -> Command:
    words = f"撤销“{act.verb.label}”" + (f"；{step.reason}" if step.reason else "")
    return replace(step, reason=words, version=None, details=EventDetails(undone=act.event.id))


def _also_moved(
    session: Session, entry: LedgerEntry, act: LastAct
) -> Iterator[tuple[LedgerEntry, LastAct]]:
    """Yield the other entries that the same act moved; raises UndoRefusedError if one moved on."""
    if act.verb is Action.JOIN:
        followers = _joined_with(session, entry, act)
    elif act.verb in SHARED:
        statement = select(LedgerEntry).where(
            LedgerEntry.joined_to_id == entry.id, LedgerEntry.state != EntryState.VOIDED
        )
        followers = session.exec(statement.order_by(col(LedgerEntry.id))).all()
    else:
        return
    for follower in followers:
        its_act = last_act(session, follower)
        if its_act is None or not _is_same_act(its_act.event, act.event):
            raise UndoRefusedError(f"并案的 {follower.number} 已另有办理，不能撤销")
        yield follower, its_act


def _joined_with(session: Session, entry: LedgerEntry, act: LastAct) -> Sequence[LedgerEntry]:
    """Return the entries that had been joined to ``entry`` and went along with it."""
    events = select(LedgerEvent).where(
        LedgerEvent.verb == Action.JOIN,
        LedgerEvent.occurred_at == act.event.occurred_at,
        LedgerEvent.entry_id != entry.id,
    )
    return [
        session.get_one(LedgerEntry, event.entry_id)
        for event in session.exec(events.order_by(col(LedgerEvent.id))).all()
        if event.prior is not None and event.prior.values.get("joined_to_id") == entry.id
    ]


def _newest_first(session: Session, entry: LedgerEntry) -> Sequence[LedgerEvent]:
    statement = select(LedgerEvent).where(LedgerEvent.entry_id == entry.id)
    return session.exec(statement.order_by(col(LedgerEvent.id).desc())).all()


def _is_automatic_closing(event: LedgerEvent) -> bool:
    is_automatic = event.actor_person_id is None and event.actor_key_id is None
    return event.verb is Action.CLOSE and is_automatic


def _is_one_act(events: Sequence[LedgerEvent]) -> bool:
    return all(_is_of_one_time(event, events[0]) for event in events)


def _is_same_act(one: LedgerEvent, other: LedgerEvent) -> bool:
    return one.verb is other.verb and _is_of_one_time(one, other)


def _is_of_one_time(one: LedgerEvent, other: LedgerEvent) -> bool:
    actors = (one.actor, one.actor_person_id, one.actor_key_id)
    return actors == (other.actor, other.actor_person_id, other.actor_key_id) and (
        one.occurred_at == other.occurred_at
    )
