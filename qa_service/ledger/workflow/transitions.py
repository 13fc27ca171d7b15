"""The states of an entry and the transitions between them, as one table (登记 to 销号).

Each action has the states it starts from, the state it leads to, the roles that may take it,
and whether it needs a reason. Nothing else changes an entry's state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qa_service.accounts.actor import Actor
from qa_service.errors import ConflictError, ForbiddenError
from qa_service.vocabulary import FINISHED, Action, Role
from qa_service.vocabulary import EntryState as State


class IllegalTransitionError(ConflictError):
    """The entry's state does not allow the action; the message lists the actions it allows."""

    code = "illegal_move"
    title = "当前状态不能这样办理"


class TransitionNotPermittedError(ForbiddenError):
    """None of the actor's roles may take the action on this entry."""

    code = "not_your_move"
    title = "不由您办理"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table; ``target`` is None for an action that keeps the state."""

    sources: frozenset[State]
    target: State | None
    roles: frozenset[Role]
    needs_reason: bool = False


def _move(
    sources: Iterable[State],
    target: State | None,
    *roles: Role,
    needs_reason: bool = False,
) -> Transition:
    return Transition(frozenset(sources), target, frozenset(roles), needs_reason)


OPEN = tuple(state for state in State if state not in FINISHED)
UNANSWERED = (State.REGISTERED, State.ASSIGNED, State.ACCEPTED, State.RETURNED, State.DRAFTED)
_UNTOLD = (*UNANSWERED, State.APPROVED)
_OFFICE = (Role.SUPERVISOR, Role.ADMIN)
_REVIEW = (Role.REVIEWER, Role.SUPERVISOR)

TRANSITIONS: Mapping[Action, Transition] = {
    Action.ASSIGN: _move(
        (State.REGISTERED, State.ASSIGNED, State.RETURNED), State.ASSIGNED, *_OFFICE
    ),
    Action.ACCEPT: _move((State.ASSIGNED,), State.ACCEPTED, Role.UNIT),
    Action.RETURN: _move((State.ASSIGNED,), State.RETURNED, Role.UNIT, needs_reason=True),
    Action.CONTRIBUTE: _move((State.ASSIGNED, State.ACCEPTED, State.DRAFTED), None, Role.UNIT),
    Action.DRAFT: _move((State.ACCEPTED, State.DRAFTED), State.DRAFTED, Role.UNIT),
    Action.APPROVE: _move((State.DRAFTED,), State.APPROVED, *_REVIEW),
    Action.SEND_BACK: _move((State.DRAFTED,), State.ACCEPTED, *_REVIEW, needs_reason=True),
    Action.CALL: _move((State.APPROVED,), None, Role.OPERATOR),
    Action.INFORM: _move((State.APPROVED,), State.INFORMED, Role.OPERATOR),
    Action.DECLINE: _move(
        (State.APPROVED, State.INFORMED),
        None,
        Role.REVIEWER,
        Role.EDITOR,
        *_OFFICE,
        needs_reason=True,
    ),
    Action.CLOSE: _move((State.APPROVED, State.INFORMED), State.CLOSED, Role.OPERATOR, *_OFFICE),
    Action.EXTEND: _move(_UNTOLD, None, *_OFFICE, needs_reason=True),
    Action.ASK_EXTENSION: _move(UNANSWERED, None, Role.UNIT, needs_reason=True),
    Action.REFUSE_EXTENSION: _move(UNANSWERED, None, *_OFFICE, needs_reason=True),
    Action.URGE: _move(_UNTOLD, None, *_OFFICE),
    Action.JOIN: _move(
        (State.REGISTERED, State.ASSIGNED, State.ACCEPTED, State.RETURNED),
        None,
        Role.UNIT,
        Role.OPERATOR,
        *_OFFICE,
    ),
    Action.REPEAT: _move(_UNTOLD, None, Role.OPERATOR),
    Action.REVEAL: _move(OPEN, None, Role.OPERATOR, needs_reason=True),
    Action.CORRECT_CONTACT: _move(OPEN, None, Role.OPERATOR),
    Action.VOID: _move(OPEN, State.VOIDED, Role.SUPERVISOR, needs_reason=True),
}

SHARED = frozenset(
    {
        Action.ASSIGN,
        Action.ACCEPT,
        Action.RETURN,
        Action.DRAFT,
        Action.APPROVE,
        Action.SEND_BACK,
        Action.DECLINE,
    }
)
"""Actions of a whole task: taken on the lead entry, they apply to the entries joined to it."""


_ACTING = {
    State.REGISTERED: Role.SUPERVISOR,
    State.RETURNED: Role.SUPERVISOR,
    State.ASSIGNED: Role.UNIT,
    State.ACCEPTED: Role.UNIT,
    State.DRAFTED: Role.REVIEWER,
    State.APPROVED: Role.OPERATOR,
}


def acting_role(state: State) -> Role | None:
    """Return the role whose turn it is in ``state``; None when the asker has been told."""
    return _ACTING.get(state)


def check_state(verb: Action, state: State) -> None:
    """Raise IllegalTransitionError unless ``state`` allows the action ``verb``."""
    if state in TRANSITIONS[verb].sources:
        return
    allowed = "、".join(act.label for act, move in TRANSITIONS.items() if state in move.sources)
    then = f"现在可以：{allowed}" if allowed else f"{state.label}的台账不能再办理"
    raise IllegalTransitionError(f"这条台账现为“{state.label}”，不能{verb.label}；{then}")


def check_actor(verb: Action, actor: Actor, unit_ids: Iterable[int]) -> None:
    """Raise TransitionNotPermittedError unless one of the actor's roles may take the action.

    A role counts only for entries of the units it is held for. Raises PersonKeyRequiredError
    for a system, unless the action only records something.
    """
    actor.require_person(verb)
    if not may(verb, actor, unit_ids):
        whose = "、".join(role.label for role in Role if role in TRANSITIONS[verb].roles)
        raise TransitionNotPermittedError(f"“{verb.label}”应由{whose}办理")


def may(verb: Action, actor: Actor, unit_ids: Iterable[int]) -> bool:
    """Return whether the actor may take the action on an entry of these units."""
    is_held = actor.authority.holds(TRANSITIONS[verb].roles, unit_ids)
    return is_held and actor.may_take(verb)
