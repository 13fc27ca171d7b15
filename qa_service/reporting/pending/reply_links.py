"""Pending work of supervisors: entries whose unit has no one-time link (一次性链接) that works."""

from sqlalchemy import ColumnElement, exists, true
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, or_, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.models import Unit
from qa_service.ledger.models import LedgerEntry, ReplyLink
from qa_service.ledger.replies.reply_links import ANSWERABLE
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch
from qa_service.vocabulary import EntryState, Role

SHOWN = 50

_RETURNED, _EXPIRED = "答复已退回修改，原链接已用过", "链接已过期，单位没有答复"
_OFF = "一次性链接现未启用，请另行通知单位登录办理"


def links_to_resend(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the entries that wait for the answer of a unit whose link is used or expired.

    Where no reply is taken by a link any more, every link counts. An entry that the unit accepted
    with an account of its own needs none.
    """
    within = actor.authority.units({Role.SUPERVISOR})
    if within is not None and not within:
        return None
    kind, conditions = PendingKind.LINKS_TO_RESEND, _waits(watch)
    if within is not None:
        conditions.append(col(LedgerEntry.unit_id).in_(within))
    count = session.exec(select(func.count(col(LedgerEntry.id))).where(*conditions)).one()
    if not watch.lists or not count:
        return PendingSection(kind, count)
    statement = (
        sa_select(
            col(LedgerEntry.number),
            col(LedgerEntry.question),
            col(LedgerEntry.due_on),
            col(Unit.name),
            _link(col(ReplyLink.used_at).is_not(None)),
        )
        .join(Unit, col(Unit.id) == LedgerEntry.unit_id)
        .where(*conditions)
        .order_by(col(LedgerEntry.due_on), col(LedgerEntry.id))
    )
    items = tuple(
        PendingItem(kind, number, question, f"{unit}：{_why(watch, is_used=used)}", due_on)
        for number, question, due_on, unit, used in session.execute(statement.limit(SHOWN)).all()
    )
    return PendingSection(kind, count, items)


def _why(watch: Watch, *, is_used: bool) -> str:
    if not watch.sends_links:
        return _OFF
    return _RETURNED if is_used else _EXPIRED


def _waits(watch: Watch) -> list[ColumnElement[bool]]:
    """Return the conditions; those with links come first, because they are few."""
    is_used = col(ReplyLink.used_at).is_not(None)
    is_spent = or_(
        is_used, col(ReplyLink.revoked_at).is_not(None), col(ReplyLink.expires_at) <= watch.now
    )
    holds_none = [~_link(~is_spent)] if watch.sends_links else []
    return [
        col(LedgerEntry.id).in_(sa_select(col(ReplyLink.entry_id))),
        # Not by the index of the state, which holds nearly every entry that is open.
        col(LedgerEntry.state).not_in(set(EntryState) - set(ANSWERABLE)),
        col(LedgerEntry.joined_to_id).is_(None),
        _link(true()),
        *holds_none,
        or_(col(LedgerEntry.state).not_in({EntryState.ACCEPTED}), _link(is_used)),
    ]


def _link(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the unit in charge was sent a link that meets another."""
    return exists().where(
        col(ReplyLink.entry_id) == LedgerEntry.id,
        col(ReplyLink.unit_id) == LedgerEntry.unit_id,
        condition,
    )
