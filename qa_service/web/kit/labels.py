"""The Chinese words for closed sets, dates and numbers on pages."""

from dataclasses import dataclass
from datetime import date, datetime

from qa_service.accounts.audit import AuditAction
from qa_service.accounts.models import Scope
from qa_service.clock import BEIJING
from qa_service.consultation.models import Channel
from qa_service.knowledge.models import MediaKind, PairStatus, Validity
from qa_service.knowledge.review.service import STAGE_WORDS
from qa_service.ledger.queries import DueFilter, DueStatus
from qa_service.ledger.routing import RoutedBy
from qa_service.ledger.similar_entries import MatchReason
from qa_service.ledger.workflow.transitions import ROLE_WORDS, STATE_WORDS, TRANSITIONS, Action
from qa_service.reporting.board import Bucket
from qa_service.reporting.ledger_workbook import CHANNEL_WORDS, KIND_WORDS, OUTCOME_WORDS
from qa_service.retrieval.documents import TextKind
from qa_service.retrieval.ranking.decision import Verdict


@dataclass(frozen=True, slots=True)
class Sign:
    """A state told thrice: by a sign, in words, and by colour (the ``tone`` of the style sheet)."""

    mark: str
    words: str
    tone: str


CHANNELS = {channel: CHANNEL_WORDS[channel.value] for channel in Channel}

ROLES = ROLE_WORDS
SCOPES = {
    Scope.CONSULT: "咨询",
    Scope.LEDGER: "台账",
    Scope.SUPERVISE: "督办",
    Scope.KNOWLEDGE: "问答库",
    Scope.REPORTS: "报表",
}
AUDIT_ACTIONS = {
    AuditAction.SIGN_IN: "登录",
    AuditAction.SIGN_IN_REFUSED: "登录失败",
    AuditAction.SIGN_OUT: "退出",
    AuditAction.PASSWORD: "密码",
    AuditAction.SECOND_FACTOR: "动态口令",
    AuditAction.USER: "用户账号",
    AuditAction.KEY: "接口密钥",
    AuditAction.VIEW_ASKER: "打开有咨询人信息的台账",
    AuditAction.REVEAL: "查看联系方式",
    AuditAction.EDIT: "修改",
    AuditAction.SIGNATURE: "审校签字",
    AuditAction.WITHDRAW: "撤回",
    AuditAction.IMPORT: "导入",
    AuditAction.EXPORT: "导出",
    AuditAction.SETTINGS: "设置",
    AuditAction.PURGE: "清除咨询人信息",
    AuditAction.TAKE_BACK: "撤销告知记录",
}
VERDICTS = {
    Verdict.ANSWERED: Sign("✔", "命中", "good"),
    Verdict.CHOOSE: Sign("？", "请选择", "ask"),
    Verdict.UNMATCHED: Sign("✘", "未命中", "bad"),
}

ADVICE = {
    Verdict.ANSWERED: "答案如下，告知后按 1 记录。",
    Verdict.CHOOSE: "有几条相近的问答，请核对后按数字键选择；都不是，按 0 登记。",
    Verdict.UNMATCHED: "库中没有可靠的答案，请按 0 登记，交承办单位答复。",
}

STATES = STATE_WORDS
KINDS = KIND_WORDS
CALL_OUTCOMES = OUTCOME_WORDS
ACTIONS = {
    Action.REGISTER: "登记",
    Action.RECOUNT: "期限重算",
    **{verb: move.words for verb, move in TRANSITIONS.items()},
}

DUE_FILTERS = {DueFilter.OVERDUE: "超期", DueFilter.TODAY: "今日到期", DueFilter.SOON: "临期"}

DUE_STATUSES = {
    DueStatus.OVERDUE: Sign("‼", "已超期", "bad"),
    DueStatus.TODAY: Sign("!", "今日到期", "warn"),
    DueStatus.SOON: Sign("◔", "临期", "ask"),
    DueStatus.ON_TIME: Sign("○", "办理中", "calm"),
    DueStatus.INFORMED: Sign("☎", "已回复", "good"),
    DueStatus.CLOSED: Sign("✔", "已销号", "good"),
}

MATCH_REASONS = {
    MatchReason.SAME_CALLER: "同一电话",
    MatchReason.SAME_QUESTION: "问题几乎相同",
}

BUCKETS = {
    Bucket.OVERDUE: DUE_STATUSES[DueStatus.OVERDUE],
    Bucket.TODAY: DUE_STATUSES[DueStatus.TODAY],
    Bucket.SOON: Sign("◔", "剩 1—2 天", "ask"),
    Bucket.LATER: Sign("○", "剩 3 天以上", "calm"),
}

PAIR_STATUSES = {
    PairStatus.DRAFT: Sign("✎", "草稿", "calm"),
    PairStatus.PUBLISHED: Sign("✔", "已发布", "good"),
    PairStatus.WITHDRAWN: Sign("✘", "已撤回", "bad"),
}

STAGES = STAGE_WORDS

MEDIA_KINDS = {
    MediaKind.INFOGRAPHIC: "图解",
    MediaKind.ANIMATION: "动画",
    MediaKind.VIDEO: "短视频",
}

VALIDITIES = {
    Validity.IN_FORCE: Sign("✔", "现行有效", "good"),
    Validity.AMENDED: Sign("✔", "有效，经修改", "good"),
    Validity.LAPSED: Sign("✘", "已失效", "bad"),
    Validity.REPEALED: Sign("✘", "已废止", "bad"),
}

ROUTES = {
    RoutedBy.FIELD: "按所选领域",
    RoutedBy.NEAREST_PAIR: "按最接近的问答",
    RoutedBy.DEFAULT: "领域不明，交牵头单位分办",
    RoutedBy.SUPERVISOR: "由督查交办",
    RoutedBy.OWNER: "原问答的承办单位",
}

TEXT_KINDS = {
    TextKind.QUESTION: "标准问题",
    TextKind.VARIANT: "相似问法",
    TextKind.ANSWER: "答复内容",
}

_CONFIDENCES = ((0.9, "很有把握"), (0.7, "较有把握"), (0.4, "把握不大"), (0.0, "把握很小"))
_WEEKDAYS = "一二三四五六日"


def confidence(probability: float) -> str:
    """The probability in plain words."""
    return next(words for least, words in _CONFIDENCES if probability >= least)


def percent(probability: float) -> str:
    """The probability as a percentage that never claims certainty."""
    if probability >= 0.995:
        return ">99%"
    return "<1%" if probability < 0.005 else f"{probability:.0%}"


def days_left(count: int, status: DueStatus) -> str:
    """How many working days are left or over, in words."""
    if status in (DueStatus.CLOSED, DueStatus.INFORMED):
        return "—"
    if status is DueStatus.TODAY:
        return "今日到期"
    if status is DueStatus.OVERDUE:
        return f"超期 {abs(count)} 个工作日"
    return f"剩 {count} 个工作日"


def day(value: date) -> str:
    """The date as written on forms."""
    return value.isoformat()


def weekday(value: date) -> str:
    """The day of the week."""
    return f"周{_WEEKDAYS[value.weekday()]}"


def moment(value: datetime) -> str:
    """An instant on the Beijing clock, to the minute."""
    return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def clock(value: datetime) -> str:
    """The Beijing time of day of an instant."""
    return f"{value.astimezone(BEIJING):%H:%M}"
