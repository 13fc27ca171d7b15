"""Models of tasks (打表推进、销号)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service.accounts.models import Unit
from qa_service.api.schemas.content_fields import UnitKey
from qa_service.api.text_types import (
    LARGEST_ID,
    ISODate,
    Line,
    PageSize,
    Paragraphs,
    RowId,
    StrictModel,
)
from qa_service.knowledge.policy_models import PolicyDocument
from qa_service.knowledge.task_models import Task, TaskAction, TaskEvent, TaskKind, TaskState
from qa_service.knowledge.tasks.outstanding import CleanUp
from qa_service.knowledge.tasks.queries import TaskFilter

TASK_KINDS = "、".join(f"{one.value} {one.label}" for one in TaskKind)
"""The kinds of a task as REST describes them."""

_STATES = "、".join(f"{one.value} {one.label}" for one in TaskState)
_Seen = Annotated[int, Field(ge=1, le=LARGEST_ID, description="看到的 version；已被他人办理则拒绝")]


class TaskQuery(StrictModel):
    """Filter of a list of tasks."""

    kind: TaskKind | None = Field(None, description=TASK_KINDS)
    state: TaskState | None = Field(None, description=_STATES)
    unit: UnitKey | None = Field(None, description="承办单位的 key")
    campaign: RowId | None = Field(None, description="集中任务的编号")
    overdue: bool = Field(False, description="只列已超期未上报的")
    cursor: int = Field(0, ge=0, le=LARGEST_ID, description="上一页的 next")
    limit: PageSize = 50

    def wanted(self, unit_id: int | None) -> TaskFilter:
        """Return the filter as the service's type."""
        return TaskFilter(
            kind=self.kind,
            state=self.state,
            unit_id=unit_id,
            campaign_id=self.campaign,
            is_overdue=self.overdue,
        )


class TaskIn(StrictModel):
    """A single task to be given to a unit, about a pair or a document if one is named."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "media",
                    "title": "制作图解：社保卡丢了怎么补办？",
                    "unit": "human-resources",
                    "due_on": "2026-12-20",
                    "owner": "张科长",
                    "qa_id": 12,
                }
            ]
        }
    )

    kind: TaskKind = Field(description=TASK_KINDS)
    title: Line = Field(description="事项")
    unit: UnitKey = Field(description="承办单位的 key")
    due_on: ISODate = Field(description="办理时限")
    owner: Line = Field("", description="责任人；不写的为单位责任人")
    qa_id: RowId | None = Field(None, description="有关的问答")
    policy_id: RowId | None = Field(None, description="有关的政策文件")


class TaskSeenIn(StrictModel):
    """The version of the task that the person saw."""

    version: _Seen


class TaskReportIn(TaskSeenIn):
    """The outcome of a task, and the evidence."""

    outcome: Paragraphs = Field(description="完成情况")
    evidence: Paragraphs = Field(description="佐证：文号、链接、附件名称或确认人")


class TaskReasonIn(TaskSeenIn):
    """The reason for sending a task back or taking it out."""

    reason: Paragraphs = Field(description="理由")


class TaskLimitIn(TaskReasonIn):
    """Another limit, with the reason."""

    due_on: ISODate = Field(description="新的办理时限")


class TaskOut(BaseModel):
    """A task; ``is_overdue`` is one past its limit and not reported."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: TaskKind
    title: str
    unit_key: str
    unit_name: str
    owner: str = Field(description="责任人；没有另写的为单位责任人")
    campaign_id: int | None
    qa_id: int | None
    policy_id: int | None
    due_on: date
    state: TaskState
    is_overdue: bool
    outcome: str
    evidence: str
    opened_by: str
    opened_at: datetime
    reported_by: str | None
    reported_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    version: int

    @classmethod
    def of(cls, task: Task, unit: Unit, today: date) -> Self:
        """Return the task of a unit as it stands on ``today``."""
        given = {
            name: getattr(task, name) for name in cls.model_fields.keys() & Task.model_fields.keys()
        }
        return cls(
            **given
            | {
                "unit_key": unit.key,
                "unit_name": unit.name,
                "owner": task.owner or unit.person_in_charge or "",
                "qa_id": task.pair_id,
                "policy_id": task.document_id,
                "is_overdue": task.state is TaskState.OPEN and task.due_on < today,
            }
        )


class TaskEventOut(BaseModel):
    """A step of a task."""

    model_config = ConfigDict(from_attributes=True)

    action: TaskAction
    to_state: TaskState
    actor: str
    occurred_at: datetime
    note: str


class WaitingDocumentOut(BaseModel):
    """A document that the unit has still to confirm in the clean-up."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    title: str
    document_number: str


class CleanUpOut(BaseModel):
    """The progress of a clean-up, in documents."""

    model_config = ConfigDict(from_attributes=True)

    confirmed: int = Field(description="已确认继续有效")
    ended: int = Field(description="失效、废止")
    waiting: int = Field(description="尚未确认")


class TaskDetailOut(TaskOut):
    """A task with its history, and the documents that a clean-up waits for."""

    events: list[TaskEventOut] = Field(default_factory=list)
    clean_up: CleanUpOut | None = None
    documents: list[WaitingDocumentOut] = Field(default_factory=list, description="尚未确认的文件")

    def completed(
        self,
        events: Sequence[TaskEvent],
        progress: CleanUp | None,
        documents: Sequence[PolicyDocument],
    ) -> Self:
        """Return the task with its history and its clean-up."""
        return self.model_copy(
            update={
                "events": [TaskEventOut.model_validate(one) for one in events],
                "clean_up": CleanUpOut.model_validate(progress) if progress else None,
                "documents": [WaitingDocumentOut.model_validate(one) for one in documents],
            }
        )


class TaskListOut(BaseModel):
    """One page of tasks, newest first."""

    items: list[TaskOut]
    next: str | None = Field(description="下一页的 cursor；没有则为 null")
