"""Tables of tasks (打表推进): campaigns, the task of each unit, and its history."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from qa_service.storage.column_types import EnumValue, UTCDateTime
from qa_service.storage.free_text import FreeText
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import REASON_CHARACTERS, LabelledEnum

TITLE_CHARACTERS = 200
OWNER_CHARACTERS = 40

_Reason = FreeText(masked, REASON_CHARACTERS)
_Title = FreeText(masked, TITLE_CHARACTERS)


class TaskKind(LabelledEnum):
    """The kinds of task."""

    CLEAN_UP = "clean_up", "全面清理"
    MEDIA = "media", "图解制作"
    INTERPRETATION = "interpretation", "政策解读"
    GAP = "gap", "知识缺口"
    CHECKLIST = "checklist", "年度检查任务"


class TaskState(LabelledEnum):
    """The state of a task: the unit reports it done, a supervisor crosses it off."""

    OPEN = "open", "办理中"
    REPORTED = "reported", "待销号"
    CLOSED = "closed", "已销号"
    VOIDED = "voided", "已撤销"


class TaskAction(LabelledEnum):
    """The steps of a task."""

    OPEN = "open", "下达"
    CONFIRM = "confirm", "逐件确认"
    REPORT = "report", "上报完成"
    RETURN = "return", "退回重办"
    CLOSE = "close", "销号"
    VOID = "void", "撤销"
    RESCHEDULE = "reschedule", "调整时限"
    TRANSFER = "transfer", "随单位合并移交"
    TELL = "tell", "提醒督办"


class Campaign(SQLModel, table=True):
    """Tasks of one kind given to several units between two dates, such as the clean-up of a year.

    It is over when each of its tasks is.
    """

    __tablename__ = "campaign"

    id: int | None = Field(default=None, primary_key=True)
    kind: TaskKind = Field(sa_type=EnumValue(TaskKind, length=16))
    title: str = Field(sa_type=_Title)
    demand: str = Field(default="", sa_type=_Reason)
    begins_on: date
    ends_on: date
    opened_by: str
    opened_by_person_id: int | None = None
    opened_by_key_id: int | None = None
    opened_at: datetime = Field(sa_type=UTCDateTime)


class Task(SQLModel, table=True):
    """A task of one unit with its limit, and the evidence by which it is crossed off (销号).

    ``owner`` is the person of the unit who is charged with it (责任人), as the office names
    them. ``document_id`` and ``pair_id`` are what it is about, if anything of the bank is.
    """

    __tablename__ = "task"
    __table_args__ = (Index("ix_task_unit_state", "unit_id", "state", "due_on"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: TaskKind = Field(sa_type=EnumValue(TaskKind, length=16))
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id", index=True)
    unit_id: int = Field(foreign_key="unit.id")
    title: str = Field(sa_type=_Title)
    owner: str = Field(default="", max_length=OWNER_CHARACTERS)
    document_id: int | None = Field(default=None, foreign_key="policy_document.id", index=True)
    pair_id: int | None = Field(default=None, foreign_key="qa_pair.id", index=True)
    due_on: date
    state: TaskState = Field(
        default=TaskState.OPEN, sa_type=EnumValue(TaskState, length=16), index=True
    )
    opened_by: str
    opened_by_person_id: int | None = None
    opened_by_key_id: int | None = None
    opened_at: datetime = Field(sa_type=UTCDateTime)
    outcome: str = Field(default="", sa_type=_Reason)
    evidence: str = Field(default="", sa_type=_Reason)
    reported_by: str | None = None
    reported_by_person_id: int | None = None
    reported_by_key_id: int | None = None
    reported_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_by: str | None = None
    closed_by_person_id: int | None = None
    closed_by_key_id: int | None = None
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    version: int = 1


class TaskEvent(SQLModel, table=True):
    """A step of a task; append-only. ``occasion`` makes a reminder happen once."""

    __tablename__ = "task_event"
    __table_args__ = (UniqueConstraint("task_id", "occasion"),)

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = Field(foreign_key="task.id", index=True)
    action: TaskAction = Field(sa_type=EnumValue(TaskAction, length=16))
    to_state: TaskState = Field(sa_type=EnumValue(TaskState, length=16))
    actor: str
    actor_person_id: int | None = None
    actor_key_id: int | None = None
    occurred_at: datetime = Field(sa_type=UTCDateTime, index=True)
    note: str = Field(default="", sa_type=_Reason)
    occasion: str | None = Field(default=None, max_length=64)
