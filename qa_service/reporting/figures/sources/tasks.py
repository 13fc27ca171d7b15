"""Source of the figure of tasks (打表推进): those whose limit falls in the period."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_
from sqlmodel import col

from qa_service.knowledge.task_models import Task, TaskState
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.figures.sources.sql_source import ShownAs, SQLSource
from qa_service.storage.dates import beijing_date


def _tasks(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(Task)


def _due_then(scope: Scope) -> list[ColumnElement[bool]]:
    due = col(Task.due_on)
    return [
        col(Task.state) != TaskState.VOIDED,
        due >= scope.period.first,
        due <= scope.last_expired,
    ]


def was_done_in_time(_scope: Scope) -> ColumnElement[bool]:
    """Return the condition that a task is crossed off and was reported by its limit."""
    return and_(
        col(Task.state) == TaskState.CLOSED,
        col(Task.reported_at).is_not(None),
        beijing_date(col(Task.reported_at)) <= col(Task.due_on),
    )


TASKS = SQLSource(
    key="tasks",
    label="办理时限在本期内并已过完的任务",
    joined=_tasks,
    held=_due_then,
    shown=ShownAs(col(Task.id), col(Task.title), col(Task.due_on), "/tasks/{}"),
    unit=col(Task.unit_id),
)
