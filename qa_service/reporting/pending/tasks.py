"""Pending work on tasks (打表推进): what a unit has to do, and a supervisor to cross off."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.knowledge.task_models import Task, TaskState
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection, Watch
from qa_service.vocabulary import Role

SHOWN = 50


def tasks_to_do(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the open tasks of the actor's units, the most urgent first."""
    within = actor.authority.units({Role.UNIT})
    conditions = [col(Task.state) == TaskState.OPEN]
    return _section(session, PendingKind.TASKS_TO_DO, within, conditions, watch)


def tasks_to_close(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the tasks reported as done that a supervisor is to cross off or send back."""
    within = actor.authority.units({Role.SUPERVISOR})
    conditions = [col(Task.state) == TaskState.REPORTED]
    return _section(session, PendingKind.TASKS_TO_CLOSE, within, conditions, watch)


def tasks_overdue(session: Session, actor: Actor, watch: Watch) -> PendingSection | None:
    """Return the open tasks whose limit has passed, for the supervisors."""
    within = actor.authority.units({Role.SUPERVISOR})
    conditions = [col(Task.state) == TaskState.OPEN, col(Task.due_on) < watch.today]
    return _section(session, PendingKind.TASKS_OVERDUE, within, conditions, watch)


def _section(
    session: Session,
    kind: PendingKind,
    within: Within,
    conditions: Sequence[ColumnElement[bool]],
    watch: Watch,
) -> PendingSection | None:
    if within is not None and not within:
        return None
    if within is not None:
        conditions = [*conditions, col(Task.unit_id).in_(within)]
    count = session.exec(select(func.count(col(Task.id))).where(*conditions)).one()
    if not watch.lists or not count:
        return PendingSection(kind, count)
    statement = select(Task, Unit).join(Unit, col(Unit.id) == Task.unit_id).where(*conditions)
    found = session.exec(statement.order_by(col(Task.due_on), col(Task.id)).limit(SHOWN)).all()
    items = tuple(
        PendingItem(kind, str(task.id), task.title, f"{unit.name}　{task.kind.label}", task.due_on)
        for task, unit in found
    )
    return PendingSection(kind, count, items)
