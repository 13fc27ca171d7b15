"""Badges, probabilities, dates and times as pages show them, in Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from qa_service.clock import BEIJING
from qa_service.knowledge import rules
from qa_service.knowledge.coverage.topics import CoverageState
from qa_service.ledger.queries import DueStatus
from qa_service.reporting.board import Bucket
from qa_service.vocabulary import LabelledEnum, PairStatus, Validity, Verdict


@dataclass(frozen=True, slots=True)
class Badge:
    """A state shown three ways at once: an icon, its label, and a colour.

    ``tone`` is the name of the colour in the style sheet.
    """

    icon: str
    label: str
    tone: str


class Standing(Protocol):
    """Attributes of a document that tell how it stands on a day."""

    @property
    def validity(self) -> Validity:
        """The validity mark."""
        ...

    @property
    def invalid_since(self) -> date | None:
        """The day on which it ends or ended, if known."""
        ...


_Looks = Mapping[LabelledEnum, tuple[str, str]]

# One mapping for each enum: members of two enums with the same value are equal keys.
_LOOKS: Mapping[type[LabelledEnum], _Looks] = {
    Verdict: {
        Verdict.ANSWERED: ("✔", "good"),
        Verdict.CHOOSE: ("？", "ask"),
        Verdict.UNMATCHED: ("✘", "bad"),
    },
    DueStatus: {
        DueStatus.OVERDUE: ("‼", "bad"),
        DueStatus.TODAY: ("!", "warn"),
        DueStatus.SOON: ("◔", "ask"),
        DueStatus.ON_TIME: ("○", "calm"),
        DueStatus.INFORMED: ("☎", "good"),
        DueStatus.CLOSED: ("✔", "good"),
        DueStatus.VOIDED: ("⊘", "calm"),
    },
    Bucket: {
        Bucket.OVERDUE: ("‼", "bad"),
        Bucket.TODAY: ("!", "warn"),
        Bucket.SOON: ("◔", "ask"),
        Bucket.LATER: ("○", "calm"),
    },
    CoverageState: {
        CoverageState.MISSING: ("✘", "bad"),
        CoverageState.TO_COMPLETE: ("✎", "ask"),
        CoverageState.EXPIRING: ("◔", "ask"),
        CoverageState.COVERED: ("✔", "good"),
    },
    PairStatus: {
        PairStatus.DRAFT: ("✎", "calm"),
        PairStatus.PUBLISHED: ("✔", "good"),
        PairStatus.SUSPENDED: ("⏸", "warn"),
        PairStatus.WITHDRAWN: ("✘", "bad"),
    },
    Validity: {
        Validity.IN_FORCE: ("✔", "good"),
        Validity.AMENDED: ("✔", "good"),
        Validity.LAPSED: ("✘", "bad"),
        Validity.REPEALED: ("✘", "bad"),
    },
}
_UNKNOWN_LOOK = ("？", "calm")


def badge(member: LabelledEnum) -> Badge:
    """Return the badge of ``member``; a neutral one for a value this release does not know.

    Raises KeyError for an enum that has no badges.
    """
    icon, tone = _LOOKS[type(member)].get(member, _UNKNOWN_LOOK)
    return Badge(icon, member.label, tone)


def standing(document: Standing, day: date) -> Badge:
    """Return the badge of a document as it stands on ``day``; an end ahead says its date."""
    label = rules.standing(document.validity, document.invalid_since, day)
    if label != document.validity.label:
        return Badge("◔", label, "warn")
    return badge(document.validity)


ADVICE = {
    Verdict.ANSWERED: "答案如下，告知后按 1 记录。",
    Verdict.CHOOSE: "有几条相近的问答，请核对后按数字键选择；都不是，按 0 登记。",
    Verdict.UNMATCHED: "库中没有可靠的答案，请按 0 登记，交承办单位答复。",
}
"""The operator's next step after each verdict, with the key to press."""

_CONFIDENCES = ((0.9, "很有把握"), (0.7, "较有把握"), (0.4, "把握不大"), (0.0, "把握很小"))
_WEEKDAYS = "一二三四五六日"


def confidence(probability: float) -> str:
    """Return ``probability``, from 0 to 1, in words."""
    return next(words for least, words in _CONFIDENCES if probability >= least)


def percent(probability: float) -> str:
    """Return ``probability`` in whole percent, never as 0 % or 100 %."""
    if probability >= 0.995:
        return ">99%"
    return "<1%" if probability < 0.005 else f"{probability:.0%}"


def days_left(count: int, status: DueStatus) -> str:
    """Return the working days left, or past the deadline when ``count`` is negative, in words.

    Nobody waits for an entry that is told, closed or void: of those nothing is left.
    """
    if status in (DueStatus.CLOSED, DueStatus.INFORMED, DueStatus.VOIDED):
        return "—"
    if status is DueStatus.TODAY:
        return "今日到期"
    if status is DueStatus.OVERDUE:
        return f"超期 {abs(count)} 个工作日"
    return f"剩 {count} 个工作日"


def day(value: date) -> str:
    """Return the date as forms write it, such as 2026-01-31."""
    return value.isoformat()


def weekday(value: date) -> str:
    """Return the day of the week."""
    return f"周{_WEEKDAYS[value.weekday()]}"


def moment(value: datetime) -> str:
    """Return the date and time in Beijing, to the minute."""
    return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def day_of(value: datetime) -> str:
    """Return the date in Beijing as it is said, such as 11月24日."""
    moment_there = value.astimezone(BEIJING)
    return f"{moment_there.month}月{moment_there.day}日"


def clock(value: datetime) -> str:
    """Return the time of day in Beijing, to the minute."""
    return f"{value.astimezone(BEIJING):%H:%M}"
