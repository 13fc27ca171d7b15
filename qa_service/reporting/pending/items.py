"""Kinds and items of pending work, as plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from qa_service.clock import beijing_day
from qa_service.knowledge.review.plan import StageTable
from qa_service.vocabulary import LabelledEnum
from qa_service.workdays.calendar import WorkCalendar


class PendingKind(LabelledEnum):
    """A kind of pending work; the label is the heading of its list."""

    TO_ACCEPT = "to_accept", "待签收的台账"
    TO_REPLY = "to_reply", "待答复的台账"
    OPINIONS = "opinions", "待提交的协办意见"
    REWORK = "rework", "待返工的答复"
    DRAFTS_TO_SUBMIT = "drafts_to_submit", "台账答复形成、待送审的问答"
    DUE_PAIRS = "due_pairs", "到期应复核、将失效的问答"
    REPLIES_TO_APPROVE = "replies_to_approve", "待审核的答复"
    PAIRS_TO_SIGN = "pairs_to_sign", "待我签署的问答"
    GROUNDS_TO_STATE = "grounds_to_state", "无公开依据、待说明理由的问答"
    WORDINGS_TO_CONFIRM = "wordings_to_confirm", "待复核的相似问"
    MEDIA_TO_APPROVE = "media_to_approve", "待审核的图解和视频"
    REPLIES_TO_TELL = "replies_to_tell", "待回复咨询人的台账"
    UNHANDLED = "unhandled", "今日未处理的咨询"
    CORRECTION_CALLS = "correction_calls", "待纠错回访的咨询人"
    EXTENSIONS = "extensions", "待批的延期申请"
    RETURNED_ENTRIES = "returned_entries", "退回待改派的台账"
    LINKS_TO_RESEND = "links_to_resend", "一次性链接失效、待单位答复的台账"
    OVERDUE = "overdue", "已超期的台账"
    RETURNED_PAIRS = "returned_pairs", "退回我修改的问答"
    ENDINGS_TO_CONFIRM = "endings_to_confirm", "待确认失效、废止的文件"
    CORRECTIONS_TO_CONFIRM = "corrections_to_confirm", "待确认更正的文件"
    LINKS_TO_CONFIRM = "links_to_confirm", "待复核的办事指南、权责清单链接"
    PLAN_TO_CONFIRM = "plan_to_confirm", "待确认的审校环节设置"
    POLICY_NOTICES = "policy_notices", "政策文件提醒"
    ADOPTION = "adoption", "起步库启用"
    CONTRADICTIONS = "contradictions", "待处理的口径冲突"
    GAPS = "gaps", "待起草的知识缺口"
    ENDING_SOON = "ending_soon", "全库将失效、应复核的问答"
    TASKS_TO_DO = "tasks_to_do", "本单位待完成的任务"
    TASKS_TO_CLOSE = "tasks_to_close", "待销号的任务"
    TASKS_OVERDUE = "tasks_overdue", "已超期的任务"
    ALARMS = "alarms", "咨询热点预警"
    CHANGED_VERDICTS = "changed_verdicts", "夜间重放判定有变化的问题"


@dataclass(frozen=True, slots=True)
class PendingItem:
    """One thing to do: ``ref`` is an entry's number, or the id of its page."""

    kind: PendingKind
    ref: str
    text: str
    note: str = ""
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class PendingSection:
    """Pending work of one kind: how much there is, and the most urgent items."""

    kind: PendingKind
    count: int
    items: tuple[PendingItem, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Watch:
    """The time and manner of a look for pending work; without ``lists`` it is only counted.

    ``table`` returns the stage table of the review that is in use. ``callback_days`` is how
    long after an answer was told a correction of it is told too.
    """

    now: datetime
    calendar: WorkCalendar
    table: Callable[[Session], StageTable]
    lists: bool = True
    callback_days: int = 90
    is_quick: bool = False
    """Whether kinds that take long to count are left out, as on every page."""
    sends_links: bool = False
    """Whether units can be sent one-time links."""

    @property
    def today(self) -> date:
        """The date in Beijing."""
        return beijing_day(self.now)
