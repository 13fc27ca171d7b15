"""Figures of consultations: what was asked, what was told at once, what needed no answer."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, true
from sqlmodel import col

from qa_service.consultation.models import ChoiceOutcome, Consultation
from qa_service.consultation.sending.models import SentAnswer
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.reporting.figures.contract import Condition, Figure, Measure
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.figures.sources.sql_source import ShownAs, SQLSource
from qa_service.reporting.figures.sources.tellings import TELLINGS
from qa_service.vocabulary import Verdict

_SHOWN = ShownAs(
    ident=col(Consultation.id),
    text=col(Consultation.question),
    at=col(Consultation.created_at),
    address="/consultations/{}/record",
)
_SECONDS = func.coalesce(col(Consultation.handling_seconds), 0.0)
_UNIT_NOTE = "按最接近的问答的承办单位归属"


def _asked(scope: Scope) -> list[ColumnElement[bool]]:
    at = col(Consultation.created_at)
    return [at >= scope.period.begins_at, at < scope.period.ends_at]


def _alone(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(Consultation)


def _sent(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(SentAnswer).join(QAPair, col(QAPair.id) == SentAnswer.pair_id)


def _sent_then(scope: Scope) -> list[ColumnElement[bool]]:
    at = col(SentAnswer.sent_at)
    return [at >= scope.period.begins_at, at < scope.period.ends_at]


ASKED = SQLSource(
    key="consultations",
    label=f"本期的咨询（按提问时间，北京时间）及其现有的处理记录（已撤销的不算），{_UNIT_NOTE}",
    joined=_alone,
    held=_asked,
    shown=_SHOWN,
    unit=col(Consultation.nearest_unit),
    unit_is_key=True,
    area=col(Consultation.area),
    channel=col(Consultation.channel),
    at=col(Consultation.created_at),
)

SENT = SQLSource(
    key="sent_answers",
    label="本期发出的答复链接（按发送时间），按问答现承办单位归属",
    joined=_sent,
    held=_sent_then,
    shown=ShownAs(
        col(QAPair.id),
        col(QAVersion.question),
        col(SentAnswer.sent_at),
        "/pairs/{}/reach",
        lambda statement: statement.join(QAVersion, col(QAVersion.id) == QAPair.current_version_id),
    ),
    unit=col(QAPair.unit_id),
    area=col(QAPair.area),
    at=col(SentAnswer.sent_at),
)


def _every(_scope: Scope) -> ColumnElement[bool]:
    return true()


def _verdict(verdict: Verdict) -> Condition:
    return lambda _scope: col(Consultation.verdict) == verdict


def _outcome(outcome: ChoiceOutcome) -> Condition:
    # Without a record the comparison is NULL, which a count must not take for unknown.
    held = col(Consultation.outcome)
    return lambda _scope: and_(held.is_not(None), held == outcome)


def _was_told(_scope: Scope) -> ColumnElement[bool]:
    """Return the condition that an answer of the bank was told, which a choice names."""
    return col(Consultation.told_pair_id).is_not(None)


def _asks_anew(_scope: Scope) -> ColumnElement[bool]:
    """Return the condition that the question asks for something, and for the first time."""
    outcome = col(Consultation.outcome)
    asks = or_(outcome.is_(None), outcome != ChoiceOutcome.DISMISSED)
    return and_(col(Consultation.repeat_of).is_(None), asks)


def _verdict_share(name: str, label: str, verdict: Verdict) -> Figure:
    return Figure(
        name,
        label,
        Measure.SHARE,
        ASKED,
        f"判定为“{verdict.label}”的咨询",
        _verdict(verdict),
        "本期的咨询",
    )


CONSULTATION_FIGURES: tuple[Figure, ...] = (
    Figure(
        "consultations",
        "咨询量",
        Measure.COUNT,
        ASKED,
        "本期提问的咨询，每次一件，含再次来电、已转接和记为无需处理的",
        _every,
    ),
    _verdict_share("hit_rate", "命中率", Verdict.ANSWERED),
    _verdict_share("choose_rate", "选一率", Verdict.CHOOSE),
    _verdict_share("unmatched_rate", "未命中率", Verdict.UNMATCHED),
    Figure(
        "direct_answer_rate",
        "直接解答率",
        Measure.SHARE,
        ASKED,
        "当场告知库中答复、留有告知记录的咨询；已登记、已转接和没有处理记录的不算解答",
        _was_told,
        "本期的咨询",
        "记为再次来电的咨询；记为无需处理的咨询",
        among=_asks_anew,
    ),
    Figure(
        "handling_seconds",
        "平均应答时长",
        Measure.SECONDS,
        ASKED,
        "从提问到记录告知的秒数之和",
        _was_told,
        "当场告知的咨询",
        "没有告知库中答复的咨询",
        among=_was_told,
        amount=_SECONDS,
    ),
    Figure(
        "transferred",
        "转接件",
        Measure.COUNT,
        ASKED,
        "转接到其他热线或单位、不登记台账的咨询",
        _outcome(ChoiceOutcome.TRANSFERRED),
        excluded="已撤销的转接",
    ),
    Figure(
        "dismissed",
        "无需处理件",
        Measure.COUNT,
        ASKED,
        "记为无需处理的咨询：同一问题换说法、玩笑、挂断等",
        _outcome(ChoiceOutcome.DISMISSED),
        excluded="已撤销的记录",
    ),
    Figure(
        "tellings",
        "告知次数",
        Measure.COUNT,
        TELLINGS,
        "告知咨询人的答复，每次一件，各版本、各渠道合计",
        _every,
        excluded="已撤销的告知",
    ),
    Figure(
        "links_sent",
        "发送链接次数",
        Measure.COUNT,
        SENT,
        "发给咨询人的答复链接，每次一件；对方是否打开不计",
        _every,
    ),
)
"""The figures of consultations, in the order of pages and sheets."""
