"""Opens a single task from what was typed or sent; campaigns open theirs in ``campaigns``."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, select

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.acts import Act
from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import NotPermittedError, Permission, units_for
from qa_service.errors import FieldProblem
from qa_service.knowledge.task_models import Task, TaskKind
from qa_service.knowledge.tasks.rules import InvalidTaskError
from qa_service.knowledge.tasks.service import TaskContent, content_problems, open_task


@dataclass(frozen=True, slots=True)
class AskedTask:
    """A single task as asked for: kind and date may be missing, the unit is a key.

    ``document_id`` and ``pair_id`` are of records that the actor was found to see.
    """

    kind: TaskKind | None
    title: str
    unit: str
    due_on: date | None
    owner: str = ""
    document_id: int | None = None
    pair_id: int | None = None


def open_single(
    session: Session, asked: AskedTask, *, actor: Actor, now: datetime, today: date
) -> Task:
    """Open a task for one unit and return it.

    Raises InvalidTaskError naming every fault, NotPermittedError and PersonKeyRequiredError.
    """
    actor.require_person(Act.KEEP_TASKS)
    check_permission(actor, Permission.KEEP_TASKS)
    problems = content_problems(asked.title, asked.due_on, asked.owner, today=today)
    unit = session.exec(select(Unit).where(Unit.key == asked.unit, Unit.is_active)).first()
    if asked.kind is None:
        problems.append(FieldProblem("kind", "请选择任务类别"))
    if unit is None:
        problems.append(FieldProblem("unit", "请选择承办单位"))
    if problems or asked.kind is None or asked.due_on is None or unit is None:
        raise InvalidTaskError("没有下达，请按提示修改", problems=tuple(problems))
    within = units_for(actor.authority, Permission.KEEP_TASKS)
    if within is not None and unit.id not in within:
        raise NotPermittedError(f"“{unit.name}”不在您督查的范围内")
    content = TaskContent(
        kind=asked.kind,
        unit_id=unit.id or 0,
        title=asked.title,
        due_on=asked.due_on,
        owner=asked.owner,
        document_id=asked.document_id,
        pair_id=asked.pair_id,
    )
    return open_task(session, content, actor=actor, now=now)
