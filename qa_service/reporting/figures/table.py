"""The table of figures: each with its name, label, definition, source rows and unit of measure.

``docs/figures.md`` prints it. A name never changes its meaning: another definition is another
figure.
"""

from sqlalchemy import ColumnElement, true
from sqlmodel import col, not_

from qa_service.knowledge.policies.annual_review import is_to_review
from qa_service.ledger.models import LedgerEntry, LedgerEvent
from qa_service.reporting.figures.consultation_figures import CONSULTATION_FIGURES
from qa_service.reporting.figures.contract import Condition, Figure, Measure
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.figures.sources import ledger_conditions as on
from qa_service.reporting.figures.sources.bank import (
    CONTRADICTIONS,
    DOCUMENTS,
    FREQUENT,
    HOT,
    PUBLISHED,
    REWORK,
    WITHDRAWN,
    has_media,
    was_confirmed,
)
from qa_service.reporting.figures.sources.ledger import (
    CALLED,
    ENDED,
    EXPIRED,
    MOVES,
    RECEIVED,
    VOIDED,
    WAITING,
)
from qa_service.reporting.figures.sources.tasks import TASKS, was_done_in_time
from qa_service.reporting.figures.sources.topics import TOPICS
from qa_service.vocabulary import Action, CallOutcome, EntryKind, Satisfaction

_NO_VOIDED = "作废的台账"


def _every(_scope: Scope) -> ColumnElement[bool]:
    return true()


def _kind(kind: EntryKind) -> Condition:
    return lambda _scope: col(LedgerEntry.kind) == kind


def _not_in_time(scope: Scope) -> ColumnElement[bool]:
    return not_(on.in_time(scope))


def _verb(verb: Action) -> Condition:
    return lambda _scope: col(LedgerEvent.verb) == verb


def _reached(scope: Scope) -> ColumnElement[bool]:
    return on.called(scope, CallOutcome.REACHED)


def _rated(scope: Scope) -> ColumnElement[bool]:
    return on.rated(scope, Satisfaction.SATISFIED, Satisfaction.MOSTLY, Satisfaction.DISSATISFIED)


def _satisfied(scope: Scope) -> ColumnElement[bool]:
    return not_(on.rated(scope, Satisfaction.DISSATISFIED))


def _review_is_due(scope: Scope) -> ColumnElement[bool]:
    return is_to_review(scope.today)


FIGURES: tuple[Figure, ...] = (
    *CONSULTATION_FIGURES,
    Figure(
        "entries", "登记量", Measure.COUNT, RECEIVED, "本期收到的台账", _every, excluded=_NO_VOIDED
    ),
    Figure(
        "corrections",
        "纠错件",
        Measure.COUNT,
        RECEIVED,
        "类别为“答案纠错”的台账",
        _kind(EntryKind.CORRECTION),
        excluded=_NO_VOIDED,
    ),
    Figure(
        "search_first_rate",
        "率先查询率",
        Measure.SHARE,
        RECEIVED,
        "登记之前先查询了问答库的台账",
        on.searched_first,
        "类别为“政策咨询”的台账",
        f"{_NO_VOIDED}；答案纠错",
        among=_kind(EntryKind.CONSULTATION),
    ),
    Figure(
        "response_rate",
        "响应率",
        Measure.SHARE,
        RECEIVED,
        "期末以前承办单位已签收的台账",
        on.responded,
        "本期收到的台账",
        _NO_VOIDED,
    ),
    Figure(
        "on_time_rate",
        "按期办结率",
        Measure.SHARE,
        EXPIRED,
        "在期限当日以前回复咨询人（没有咨询人的，销号）的台账；曾错过期限的，延期后办结也不算按期",
        on.in_time,
        "本期内期限届满的台账",
        f"{_NO_VOIDED}；期限当日未过完的台账",
    ),
    Figure(
        "once_overdue",
        "曾超期件",
        Measure.COUNT,
        EXPIRED,
        "本期内错过期限的台账，含此后已延期、已回复的",
        _not_in_time,
        excluded=f"{_NO_VOIDED}；期限当日未过完的台账",
    ),
    Figure(
        "overdue_waiting",
        "超期未办结件",
        Measure.COUNT,
        WAITING,
        "期末尚未回复咨询人、期限已过的台账",
        on.is_overdue,
        excluded=_NO_VOIDED,
    ),
    Figure(
        "waiting",
        "在办件",
        Measure.COUNT,
        WAITING,
        "期末尚未回复咨询人的台账",
        _every,
        excluded=_NO_VOIDED,
    ),
    Figure(
        "average_workdays",
        "平均办理时长",
        Measure.WORKDAYS,
        ENDED,
        "从受理次日到回复咨询人当日的工作日数之和",
        _every,
        "本期内已回复（或销号）的台账",
        _NO_VOIDED,
    ),
    Figure(
        "returns",
        "退回件次",
        Measure.COUNT,
        MOVES,
        "承办单位退回的步骤，并案的台账逐条计",
        _verb(Action.RETURN),
        excluded=f"{_NO_VOIDED}；已撤销的退回",
    ),
    Figure(
        "extensions",
        "延期件次",
        Measure.COUNT,
        MOVES,
        "批准延期的步骤",
        _verb(Action.EXTEND),
        excluded=f"{_NO_VOIDED}；已撤销的延期；未获同意的申请",
    ),
    Figure("voided", "作废件", Measure.COUNT, VOIDED, "本期作废或撤销登记的台账", _every),
    Figure(
        "callback_success_rate",
        "回访成功率",
        Measure.SHARE,
        CALLED,
        "本期打通并已告知的台账",
        _reached,
        "本期拨打过回访电话的台账",
        f"{_NO_VOIDED}；未留联系方式的台账；已撤销的通话记录",
    ),
    Figure(
        "satisfaction_rate",
        "回访满意率",
        Measure.SHARE,
        CALLED,
        "咨询人答“满意”或“基本满意”的台账；几次评价中有“不满意”的，不算满意",
        _satisfied,
        "本期回访中咨询人作出评价的台账",
        f"{_NO_VOIDED}；未问满意度、未评价的台账；已撤销的通话记录",
        among=_rated,
    ),
    Figure(
        "withdrawals",
        "撤回问答",
        Measure.COUNT,
        WITHDRAWN,
        "本期从检索中撤下问答的次数，含中止告知和到期",
        _every,
    ),
    Figure(
        "coverage_rate",
        "入库率",
        Measure.SHARE,
        TOPICS,
        "有已发布、当日可告知且不缺本地内容的问答的事项",
        _every,
        "入库事项",
        "不属于任何事项的问答",
    ),
    Figure(
        "media_rate",
        "高频问答图解率",
        Measure.SHARE,
        FREQUENT,
        "有审核通过的图解、动画或短视频的问答",
        has_media,
        f"本期告知 {HOT} 次以上、现已发布的问答",
        "未审核的图解",
    ),
    Figure(
        "review_overdue_rate",
        "逾期未复核率",
        Measure.SHARE,
        PUBLISHED,
        "已到复核日期、尚未复核的问答",
        _review_is_due,
        "现已发布的问答",
    ),
    Figure(
        "clean_up_rate",
        "全面清理率",
        Measure.SHARE,
        DOCUMENTS,
        "近一年内确认过的政策文件",
        was_confirmed,
        "现行有效的政策文件",
        "已失效、废止的文件",
    ),
    Figure(
        "task_on_time_rate",
        "任务按期销号率",
        Measure.SHARE,
        TASKS,
        "在时限当日以前上报完成、并已由督查销号的任务",
        was_done_in_time,
        "办理时限在本期内的任务",
        "已撤销的任务；时限当日未过完的任务",
    ),
    Figure("rework_open", "返工未了结", Measure.COUNT, REWORK, "期末尚未了结的返工", _every),
    Figure(
        "contradictions_open",
        "口径冲突未处理",
        Measure.COUNT,
        CONTRADICTIONS,
        "期末尚未处理的口径冲突，每对一件",
        _every,
    ),
)
"""Every figure, in the order of pages and sheets."""

BY_NAME = {figure.name: figure for figure in FIGURES}
