"""Models of campaigns (集中任务): one task for each of several units."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.schemas.content_fields import UnitKey
from qa_service.api.schemas.tasks import TASK_KINDS
from qa_service.api.text_types import ISODate, Line, Paragraphs, StrictModel
from qa_service.knowledge.task_models import TaskKind
from qa_service.knowledge.tasks.campaigns import LINES, CampaignContent, ListedTask
from qa_service.knowledge.tasks.queries import CampaignProgress


class ListedTaskIn(StrictModel):
    """A line of a list of tasks."""

    title: Line = Field(description="事项")
    unit: UnitKey = Field(description="承办单位的 key 或名称")
    due_on: ISODate | None = Field(None, description="不写的为集中任务的截止日期")
    owner: Line = ""

    def listed(self) -> ListedTask:
        """Return the line as the service's type."""
        limit = self.due_on.isoformat() if self.due_on else ""
        return ListedTask(self.title.strip(), self.unit, limit, self.owner.strip())


class CampaignIn(StrictModel):
    """A campaign: one task for each of ``units``, or one for each of ``lines``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "clean_up",
                    "title": "2026 年度政策文件全面清理",
                    "begins_on": "2026-11-25",
                    "ends_on": "2026-12-31",
                    "units": ["education", "commerce"],
                }
            ]
        }
    )

    kind: TaskKind = Field(description=TASK_KINDS)
    title: Line
    demand: Paragraphs = Field("", description="要求")
    begins_on: ISODate
    ends_on: ISODate
    units: list[UnitKey] = Field([], max_length=LINES, description="各得一项任务的单位")
    lines: list[ListedTaskIn] = Field(
        [], max_length=LINES, description="任务清单；写了的以清单为准"
    )

    def content(self) -> CampaignContent:
        """Return the campaign as the service's type."""
        return CampaignContent(
            kind=self.kind,
            title=self.title.strip(),
            demand=self.demand.strip(),
            begins_on=self.begins_on,
            ends_on=self.ends_on,
            units=self.units,
            lines=[one.listed() for one in self.lines],
        )


class CampaignOut(BaseModel):
    """A campaign with the number of its tasks in each state; its tasks stand in ``/tasks``."""

    id: int
    kind: TaskKind
    title: str
    demand: str
    begins_on: date
    ends_on: date
    opened_by: str
    opened_at: datetime
    total: int = Field(description="应销号，不含撤销的")
    closed: int = Field(description="已销号")
    reported: int = Field(description="待销号")
    overdue: int = Field(description="超期未上报")

    @classmethod
    def of(cls, found: CampaignProgress) -> Self:
        """Return the campaign as it stands."""
        one = found.campaign
        return cls(
            id=one.id or 0,
            kind=one.kind,
            title=one.title,
            demand=one.demand,
            begins_on=one.begins_on,
            ends_on=one.ends_on,
            opened_by=one.opened_by,
            opened_at=one.opened_at,
            total=found.total,
            closed=found.closed,
            reported=found.reported,
            overdue=found.overdue,
        )


class CampaignListOut(BaseModel):
    """The campaigns, newest first."""

    items: list[CampaignOut]
    next: None = None
