"""The states of an entry and every move between them, as one table (登记 to 销号).

A move is named, has the states it starts from, the state it leads to, the roles that may
make it, and says whether a reason is needed. Nothing else changes an entry's state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from qa_service.accounts.authority import Authority
from qa_service.accounts.models import Role
from qa_service.errors import ConflictError, ForbiddenError
from qa_service.ledger.models import EntryState as State


class Action(StrEnum):
    """What can be done with an entry."""

    REGISTER = "register"
    """登记"""
    ASSIGN = "assign"
    """交办"""
    ACCEPT = "accept"
    """签收"""
    RETURN = "return"
    """退回"""
    CONTRIBUTE = "contribute"
    """协办意见"""
    DRAFT = "draft"
    """答复"""
    APPROVE = "approve"
    """审核"""
    SEND_BACK = "send_back"
    """退回修改"""
    CALL = "call"
    """回复未接通"""
    INFORM = "inform"
    """回复"""
    DECLINE = "decline"
    """不入库"""
    CLOSE = "close"
    """销号"""
    EXTEND = "extend"
    """延期"""
    ASK_EXTENSION = "ask_extension"
    """申请延期"""
    URGE = "urge"
    """催办"""
    JOIN = "join"
    """并案"""
    REPEAT = "repeat"
    """再次来电"""
    REVEAL = "reveal"
    """查看联系方式"""
    RECOUNT = "recount"
    """期限重算"""


class IllegalTransitionError(ConflictError):
    """The entry's state does not allow the move; the message lists those it allows."""

    code = "illegal_move"
    title = "当前状态不能这样办理"


class TransitionNotPermittedError(ForbiddenError):
    """The move is for somebody else to make."""

    code = "not_your_move"
    title = "不由您办理"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a move, and as what."""

    name: str
    authority: Authority


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table; ``target`` is None when the state stays."""

    words: str
    sources: frozenset[State]
    target: State | None
    roles: frozenset[Role]
    needs_reason: bool = False


def _move(
    words: str,
    sources: Iterable[State],
    target: State | None,
    *roles: Role,
    needs_reason: bool = False,
) -> Transition:
    return Transition(words, frozenset(sources), target, frozenset(roles), needs_reason)


OPEN = tuple(state for state in State if state is not State.CLOSED)
UNANSWERED = (State.REGISTERED, State.ASSIGNED, State.ACCEPTED, State.RETURNED, State.DRAFTED)
_OFFICE = (Role.SUPERVISOR, Role.ADMIN)
_REVIEW = (Role.REVIEWER, Role.SUPERVISOR)

TRANSITIONS: Mapping[Action, Transition] = {
    Action.ASSIGN: _move(
        "交办", (State.REGISTERED, State.ASSIGNED, State.RETURNED), State.ASSIGNED, *_OFFICE
    ),
    Action.ACCEPT: _move("签收", (State.ASSIGNED,), State.ACCEPTED, Role.UNIT),
    Action.RETURN: _move("退回", (State.ASSIGNED,), State.RETURNED, Role.UNIT, needs_reason=True),
    Action.CONTRIBUTE: _move(
        "提交协办意见", (State.ASSIGNED, State.ACCEPTED, State.DRAFTED), None, Role.UNIT
    ),
    Action.DRAFT: _move("提交答复", (State.ACCEPTED, State.DRAFTED), State.DRAFTED, Role.UNIT),
    Action.APPROVE: _move("审核通过", (State.DRAFTED,), State.APPROVED, *_REVIEW),
    Action.SEND_BACK: _move(
        "退回修改", (State.DRAFTED,), State.ACCEPTED, *_REVIEW, needs_reason=True
    ),
    Action.CALL: _move("记录未接通", (State.APPROVED,), None, Role.OPERATOR),
    Action.INFORM: _move("回复", (State.APPROVED,), State.INFORMED, Role.OPERATOR),
    Action.DECLINE: _move(
        "不入库",
        (State.APPROVED, State.INFORMED),
        None,
        Role.REVIEWER,
        Role.EDITOR,
        *_OFFICE,
        needs_reason=True,
    ),
    Action.CLOSE: _move(
        "销号", (State.APPROVED, State.INFORMED), State.CLOSED, Role.OPERATOR, *_OFFICE
    ),
    Action.EXTEND: _move("延期", OPEN, None, *_OFFICE, needs_reason=True),
    Action.ASK_EXTENSION: _move("申请延期", UNANSWERED, None, Role.UNIT, needs_reason=True),
    Action.URGE: _move("催办", OPEN, None, *_OFFICE),
    Action.JOIN: _move(
        "并案",
        (State.REGISTERED, State.ASSIGNED, State.ACCEPTED, State.RETURNED),
        None,
        Role.UNIT,
        Role.OPERATOR,
        *_OFFICE,
    ),
    Action.REPEAT: _move("记录再次来电", tuple(State), None, Role.OPERATOR),
    Action.REVEAL: _move("查看联系方式", OPEN, None, Role.OPERATOR, needs_reason=True),
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
"""Moves of one task: made on the lead entry, they move the entries joined to it too."""


def check_state(verb: Action, state: State) -> None:
    """Raise IllegalTransitionError, naming the state and the moves it allows, unless it does."""
    if state in TRANSITIONS[verb].sources:
        return
    allowed = "、".join(move.words for move in TRANSITIONS.values() if state in move.sources)
    then = f"现在可以：{allowed}" if allowed else "已销号的台账不能再办理"
    raise IllegalTransitionError(
        f"这条台账现为“{STATE_WORDS[state]}”，不能{TRANSITIONS[verb].words}；{then}"
    )


def check_actor(verb: Action, actor: Actor, unit_ids: Iterable[int]) -> None:
    """Raise TransitionNotPermittedError unless one of the actor's roles may make the move.

    A role counts for an entry of the units within which it is held.
    """
    if not may(verb, actor, unit_ids):
        whose = "、".join(ROLE_WORDS[role] for role in Role if role in TRANSITIONS[verb].roles)
        raise TransitionNotPermittedError(f"“{TRANSITIONS[verb].words}”应由{whose}办理")


def may(verb: Action, actor: Actor, unit_ids: Iterable[int]) -> bool:
    """Whether the actor may make the move on an entry of these units."""
    return actor.authority.holds(TRANSITIONS[verb].roles, unit_ids)


STATE_WORDS: Mapping[State, str] = {
    State.REGISTERED: "登记",
    State.ASSIGNED: "交办",
    State.ACCEPTED: "签收",
    State.RETURNED: "退回",
    State.DRAFTED: "答复",
    State.APPROVED: "审核",
    State.INFORMED: "回复",
    State.CLOSED: "销号",
}

ROLE_WORDS: Mapping[Role, str] = {
    Role.OPERATOR: "坐席",
    Role.EDITOR: "编辑",
    Role.REVIEWER: "审核人",
    Role.CONFIDENTIALITY: "保密审查人",
    Role.UNIT: "承办单位",
    Role.SUPERVISOR: "督查",
    Role.ADMIN: "管理员",
}
