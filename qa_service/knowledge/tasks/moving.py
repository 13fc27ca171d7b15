"""Passes the unfinished tasks of a merged unit (并入) on to its heir."""

from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.models import Unit
from qa_service.knowledge.task_models import Task, TaskAction
from qa_service.knowledge.tasks.history import note_step
from qa_service.knowledge.tasks.rules import UNFINISHED


def move_tasks_of_unit(
    session: Session, unit: Unit, into: Unit, *, actor: Actor, now: datetime
) -> None:
    """Pass on every unfinished task, with a step that names both units as they are now."""
    statement = select(Task).where(Task.unit_id == unit.id, col(Task.state).in_(UNFINISHED))
    note = f"{unit.name}并入{into.name}，由{into.name}继续办理"
    for task in session.exec(statement.order_by(col(Task.id))).all():
        task.unit_id = into.id or 0
        task.version += 1
        session.add(task)
        note_step(session, task, TaskAction.TRANSFER, actor=actor, now=now, note=note)
