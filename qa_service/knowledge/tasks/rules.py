"""Decisions on tasks: who may take which step, and in which state."""

from collections.abc import Mapping

from qa_service.accounts.actor import Actor, RecordedActor
from qa_service.accounts.permissions import GRANTS, Permission
from qa_service.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from qa_service.knowledge.task_models import Task, TaskAction, TaskState
from qa_service.vocabulary import Role

SOURCES: Mapping[TaskAction, frozenset[TaskState]] = {
    TaskAction.CONFIRM: frozenset({TaskState.OPEN}),
    TaskAction.REPORT: frozenset({TaskState.OPEN}),
    TaskAction.RETURN: frozenset({TaskState.REPORTED, TaskState.CLOSED}),
    TaskAction.CLOSE: frozenset({TaskState.REPORTED}),
    TaskAction.VOID: frozenset({TaskState.OPEN, TaskState.REPORTED}),
    TaskAction.RESCHEDULE: frozenset({TaskState.OPEN, TaskState.REPORTED}),
}
"""The states from which each step is taken."""

CHECK_AND_REPEAT = "这次没有保存；请核对最新情况，仍需办理的再提交一次"

UNFINISHED = (TaskState.OPEN, TaskState.REPORTED)


class TaskNotFoundError(NotFoundError):
    """No task of the user's units has this id."""

    code = "task_not_found"
    title = "没有这项任务"


class TaskChangedError(ConflictError):
    """Somebody else took a step with the task since it was read, or it is in another state."""

    code = "task_changed"
    title = "任务已被他人办理"


class TaskOwnClosingError(ForbiddenError):
    """A unit would cross off its own task, or a person what they reported."""

    code = "task_own_closing"
    title = "本单位不能自行销号"


class InvalidTaskError(InvalidInputError):
    """The task or campaign has invalid fields; ``problems`` names each of them."""

    code = "invalid_task"
    title = "任务填写有误"


def check_state(task: Task, action: TaskAction, seen: int) -> None:
    """Raise TaskChangedError unless ``action`` can be taken on the version that was seen."""
    if task.version != seen or task.state not in SOURCES[action]:
        by = task.closed_by or task.reported_by
        told = f"，最近由 {by} 办理" if by else ""
        raise TaskChangedError(f"这项任务现为“{task.state.label}”{told}，{CHECK_AND_REPEAT}")


def may_report(actor: Actor, task: Task) -> bool:
    """Return whether the actor reports for the task's unit."""
    return actor.authority.holds(GRANTS[Permission.REPORT_TASKS], [task.unit_id])


def may_keep(actor: Actor, task: Task) -> bool:
    """Return whether the actor supervises the task's unit."""
    return actor.authority.holds(GRANTS[Permission.KEEP_TASKS], [task.unit_id])


def why_not_close(actor: Actor, task: Task) -> str | None:
    """Return in Chinese why the actor may not cross the task off; None if they may.

    A unit never closes its own task: everybody who may act for it is refused, and so is the
    person who reported it done, in any role.
    """
    if not may_keep(actor, task):
        return "由督查或管理员销号"
    if actor.authority.holds({Role.UNIT}, [task.unit_id]):
        return "您可以代表承办单位办理这项任务，须由其他督查人员销号"
    reported = RecordedActor(
        task.reported_by or "", task.reported_by_person_id, task.reported_by_key_id
    )
    if task.reported_by_person_id is not None and not actor.is_distinct_from(reported):
        return "上报完成的人不能销号，须由其他督查人员销号"
    return None
