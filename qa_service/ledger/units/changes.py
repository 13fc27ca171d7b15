"""Retiring, restoring and merging units and policy areas: records keep their old names."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.areas import set_area_active
from qa_service.accounts.audit import record
from qa_service.accounts.models import ApiKey, Area, Unit, UnitArea, User
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import ranks_above, unit_id
from qa_service.errors import ConflictError
from qa_service.knowledge.pairs.moving import move_pairs_of_area, move_pairs_of_unit
from qa_service.knowledge.tasks.moving import move_tasks_of_unit
from qa_service.ledger.models import CoUnit, LedgerEntry, LedgerReply, Reminder
from qa_service.ledger.units.holdings import (
    AreaInUseError,
    UnitInUseError,
    area_holdings,
    told,
    unit_holdings,
)
from qa_service.ledger.workflow.steps import Command, write_transition
from qa_service.vocabulary import FINISHED, Action, AuditAction


class MergeRefusedError(ConflictError):
    """A unit or area cannot be merged into itself or into one that is retired."""

    code = "merge_refused"
    title = "不能合并"


def retire_unit(session: Session, unit: Unit, *, actor: Actor, now: datetime) -> None:
    """Retire a unit that has nothing left to do; records go on showing it.

    Raises NotPermittedError, and UnitInUseError naming what remains.
    """
    check_permission(actor, Permission.KEEP_UNITS)
    held = unit_holdings(session, unit)
    if held:
        message = f"“{unit.name}”还有{told(held)}；请先移交，或合并到接手的单位"
        raise UnitInUseError(message)
    if unit.is_active:
        _set_unit(session, unit, is_active=False, merged_into=None)
        _note(session, f"单位 {unit.key}", actor, now, change="停用")


def restore_unit(session: Session, unit: Unit, *, actor: Actor, now: datetime) -> None:
    """Take a retired unit into use again, with nothing to do; raises NotPermittedError."""
    check_permission(actor, Permission.KEEP_UNITS)
    if not unit.is_active:
        _set_unit(session, unit, is_active=True, merged_into=None)
        _note(session, f"单位 {unit.key}", actor, now, change="恢复")


def merge_units(session: Session, unit: Unit, into: Unit, *, actor: Actor, now: datetime) -> str:
    """Merge ``unit`` into ``into`` and retire it; return in Chinese what was passed on.

    Open entries with an event each, pairs, rework, tasks, accounts, keys, areas, units below it and
    the duty of the default unit pass to ``into``. Closed entries, events, earlier versions
    and opinions given stay under the old unit. Raises NotPermittedError and MergeRefusedError.
    """
    check_permission(actor, Permission.KEEP_UNITS)
    if unit.id == into.id or not unit.is_active or not into.is_active:
        raise MergeRefusedError("请选择另一个在用的单位接手")
    passed = told(unit_holdings(session, unit)) or "没有未了事项"
    own, heir = unit_id(unit), unit_id(into)
    move_pairs_of_unit(session, own, heir, now=now)
    _move_entries(session, unit, into, actor, now)
    move_tasks_of_unit(session, unit, into, actor=actor, now=now)
    _move_access(session, own, heir)
    session.execute(update(UnitArea).where(col(UnitArea.unit_id) == own).values(unit_id=heir))
    _move_below(session, own, into)
    into.is_default = into.is_default or unit.is_default
    session.add(into)
    _set_unit(session, unit, is_active=False, merged_into=heir)
    _note(
        session, f"单位 {unit.key}", actor, now, change="合并", into=into.key, passed=passed[:500]
    )
    return passed


def retire_area(session: Session, area: Area, *, actor: Actor, now: datetime) -> None:
    """Retire an area without pairs, topics and open entries; nobody leads it any more.

    Raises NotPermittedError, and AreaInUseError naming what remains.
    """
    check_permission(actor, Permission.KEEP_UNITS)
    held = area_holdings(session, area)
    if held:
        message = f"领域“{area.name}”还有{told(held)}；请先改到其他领域，或合并到另一个领域"
        raise AreaInUseError(message)
    session.execute(delete(UnitArea).where(col(UnitArea.area) == area.key))
    set_area_active(session, area, is_active=False, actor=actor, now=now)


def merge_areas(session: Session, area: Area, into: Area, *, actor: Actor, now: datetime) -> str:
    """Merge ``area`` into ``into`` and retire it; return in Chinese what was passed on.

    Pairs, topics and open entries with an event each pass to ``into``, whose lead unit stays;
    closed entries and earlier versions keep the old area. Raises NotPermittedError and
    MergeRefusedError.
    """
    check_permission(actor, Permission.KEEP_UNITS)
    if area.key == into.key or not area.is_active or not into.is_active:
        raise MergeRefusedError("请选择另一个在用的领域")
    passed = told(area_holdings(session, area)) or "没有未了事项"
    move_pairs_of_area(session, area.key, into.key, now=now)
    _refile_entries(session, area, into, actor, now)
    session.execute(delete(UnitArea).where(col(UnitArea.area) == area.key))
    area.is_active, area.merged_into = False, into.key
    session.add(area)
    session.flush()
    _note(
        session, f"领域 {area.key}", actor, now, change="合并", into=into.key, passed=passed[:500]
    )
    return passed


def _set_unit(session: Session, unit: Unit, *, is_active: bool, merged_into: int | None) -> None:
    unit.is_active, unit.merged_into_id = is_active, merged_into
    unit.is_default = unit.is_default and is_active
    session.add(unit)
    session.flush()


def _note(session: Session, subject: str, actor: Actor, now: datetime, **details: str) -> None:
    record(session, AuditAction.UNIT, actor=actor, now=now, subject=subject, **details)


def _move_entries(session: Session, unit: Unit, into: Unit, actor: Actor, now: datetime) -> None:
    """Pass the open entries on, led and helped; the event names both units as they are now."""
    own, heir = unit_id(unit), unit_id(into)
    step = Command(actor, now, reason=f"{unit.name}并入{into.name}，由{into.name}继续办理")
    led = select(LedgerEntry).where(
        LedgerEntry.unit_id == own, col(LedgerEntry.state).not_in(FINISHED)
    )
    for entry in session.exec(led.order_by(col(LedgerEntry.id))).all():
        write_transition(session, entry, Action.TRANSFER, step, None, unit_id=heir)
    _move_helping(session, own, heir, step)
    unseen = update(Reminder).where(col(Reminder.unit_id) == own, col(Reminder.seen_at).is_(None))
    session.execute(unseen.values(unit_id=heir))


def _move_helping(session: Session, own: int, heir: int, step: Command) -> None:
    """Pass on the opinions still to be given; one already given stays with its giver."""
    statement = (
        select(CoUnit, LedgerEntry)
        .join(LedgerEntry, col(LedgerEntry.id) == CoUnit.entry_id)
        .where(
            CoUnit.unit_id == own,
            col(CoUnit.opinion).is_(None),
            col(LedgerEntry.state).not_in(FINISHED),
        )
    )
    for helper, entry in session.exec(statement.order_by(col(LedgerEntry.id))).all():
        known = session.get(CoUnit, (helper.entry_id, heir))
        session.delete(helper)
        if known is None and entry.unit_id != heir:
            moved = CoUnit(entry_id=helper.entry_id, unit_id=heir, due_on=helper.due_on)
            session.add(moved)
        session.flush()
        write_transition(session, entry, Action.TRANSFER, step, None)


def _move_access(session: Session, own: int, heir: int) -> None:
    """Pass accounts, limits of roles and API keys on, also those not in use."""
    for user in session.exec(select(User)).all():
        limits = {
            role: sorted({heir if one == own else one for one in units})
            for role, units in user.role_units.items()
        }
        if user.unit_id == own or limits != user.role_units:
            user.unit_id = heir if user.unit_id == own else user.unit_id
            user.role_units = limits
            session.add(user)
    session.execute(update(ApiKey).where(col(ApiKey.unit_id) == own).values(unit_id=heir))


def _move_below(session: Session, own: int, into: Unit) -> None:
    """Put the units below the merged one under its heir, or under none if that is no higher."""
    for below in session.exec(select(Unit).where(Unit.parent_id == own)).all():
        is_higher = below.id != into.id and ranks_above(into, below)
        below.parent_id = into.id if is_higher else None
        session.add(below)


def _refile_entries(session: Session, area: Area, into: Area, actor: Actor, now: datetime) -> None:
    """Give the open entries of an area, and their replies, the other area."""
    step = Command(actor, now, reason=f"领域“{area.name}”并入“{into.name}”")
    is_open = col(LedgerEntry.state).not_in(FINISHED)
    filed = select(LedgerEntry).where(LedgerEntry.area == area.key, is_open)
    for entry in session.exec(filed.order_by(col(LedgerEntry.id))).all():
        write_transition(session, entry, Action.REFILE, step, None, area=into.key)
    open_ids = frozenset(session.exec(select(LedgerEntry.id).where(is_open)).all())
    for reply in session.exec(select(LedgerReply).where(LedgerReply.area == area.key)).all():
        if reply.entry_id in open_ids:
            reply.area = into.key
            session.add(reply)
    session.flush()
