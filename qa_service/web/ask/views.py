"""View models of the ask page: result, candidates, and questions still to be handled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from qa_service.accounts.models import Area, Unit
from qa_service.clock import beijing_day
from qa_service.consultation.callbacks.reworking import Reworking
from qa_service.consultation.calls.present import Present
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.consultation.queries import OpenConsultation
from qa_service.consultation.search.as_of import day_to_offer, mark
from qa_service.ledger.similar_entries import EarlierEntry
from qa_service.vocabulary import AreaKey, Verdict
from qa_service.web.ask.call_views import CallBar, CallerPanel
from qa_service.web.ask.candidate_views import CandidateCard, Panes, panes_of
from qa_service.web.ask.late_form import NOT_LATE, LateForm
from qa_service.web.ask.refused_forms import AsideForm, ComplaintForm, QuestionForm
from qa_service.web.ask.sending_views import SendView
from qa_service.web.kit.names import labels
from qa_service.web.kit.names.labels import Badge
from qa_service.web.ledger.views import EntryCard


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """An earlier entry that the question repeats.

    ``can_join`` while its task is open, ``can_repeat`` while its asker waits.
    """

    number: str
    question: str
    state: str
    received_at: datetime
    match_reason: str
    can_join: bool
    can_repeat: bool


@dataclass(frozen=True, slots=True)
class RegisterForm:
    """The fields of the registration as typed, or as heard in the question.

    ``problems`` holds the messages of a refused form by field. ``near_unit`` is the name of the
    unit that owns a likely near pair. ``possible_names`` are words of the question that may be
    names, of which ``names`` are ticked to be masked.
    """

    name: str = ""
    phone: str = ""
    unusual: str = ""
    unit: str = ""
    area: str = ""
    units: tuple[Unit, ...] = ()
    areas: tuple[Area, ...] = ()
    near_unit: str = ""
    possible_names: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    late: LateForm = NOT_LATE
    problems: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResultView:
    """The result of one question and the action recorded for it.

    ``candidates`` are those to choose from; ``panes`` hold them, or what is near for reference.
    ``saying`` is read out after registering. ``correction`` is the number of a correction just
    registered from the page. ``as_of`` is the past day whose rules were searched,
    ``day_to_offer`` the day whose rules may answer the question better than today's.
    """

    id: str
    question: str
    channel: str
    area: AreaKey | None
    asked_at: datetime
    verdict: Badge
    advice: str
    confidence: str
    percent: str
    is_hit: bool
    is_unmatched: bool
    candidates: tuple[CandidateCard, ...]
    panes: Panes
    told: CandidateCard | None
    choice: Choice | None
    can_take_back: bool
    registered: EntryCard | None
    repeat_of: str | None
    earlier: tuple[EarlierLine, ...]
    form: RegisterForm
    contact_masked: str | None
    correction: str
    reworking: tuple[Reworking, ...] = ()
    saying: str = ""
    aside: AsideForm = field(default_factory=AsideForm)
    sending: SendView | None = None
    complaint: ComplaintForm = field(default_factory=ComplaintForm)
    as_of: date | None = None
    day_to_offer: date | None = None

    @property
    def is_handled(self) -> bool:
        """Return whether it is recorded what became of the question."""
        return self.choice is not None or self.registered is not None

    @property
    def set_aside(self) -> Choice | None:
        """The record of a question that needs no answer (转接, 无需处理)."""
        aside = (ChoiceOutcome.TRANSFERRED, ChoiceOutcome.DISMISSED)
        return self.choice if self.choice and self.choice.outcome in aside else None

    @property
    def seen(self) -> str:
        """Return the numbers of the earlier entries shown, separated by spaces."""
        return " ".join(line.number for line in self.earlier)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One of today's questions still to be handled; ``key`` opens it from the keyboard."""

    key: str
    id: str
    question: str
    verdict: Badge
    channel: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class HandledLine:
    """One of the questions handled in the last minutes, whose record can still be undone."""

    id: str
    question: str
    outcome: str


@dataclass(frozen=True, slots=True)
class AskPage:
    """Context of the ask page: the call, questions still to be handled, and the result if any.

    ``waiting_count`` counts all that wait, of which ``waiting`` shows the first; ``refusal`` says
    why an act was not recorded, ``asked`` holds a question that could not be searched for.
    """

    bar: CallBar
    caller: CallerPanel
    waiting: tuple[WaitingLine, ...]
    waiting_count: int
    handled: tuple[HandledLine, ...]
    result: ResultView | None
    refusal: str = ""
    asked: QuestionForm = field(default_factory=QuestionForm)


_WAITING_KEYS = "abdefghi"
WAITING_SHOWN = len(_WAITING_KEYS)


def result_view(
    consultation: Consultation,
    present: Present,
    *,
    choice: Choice | None,
    can_take_back: bool,
    registered: EntryCard | None,
    earlier: Iterable[EarlierEntry] = (),
    form: RegisterForm,
    contact_masked: str | None = None,
    correction: str = "",
    reworking: Iterable[Reworking] = (),
    saying: str = "",
    chosen: int = 0,
    aside: AsideForm | None = None,
    sending: SendView | None = None,
    complaint: ComplaintForm | None = None,
) -> ResultView:
    """Return the view of a recorded consultation; ``chosen`` is the place of the answer shown.

    Answers that are no longer told as they were shown say so.
    """
    verdict = consultation.verdict
    today = beijing_day(consultation.created_at)
    panes = panes_of(
        consultation.shown,
        present,
        question=consultation.question,
        verdict=verdict,
        day=today,
        told=choice.pair_id if choice else None,
        chosen=chosen,
        as_of=consultation.as_of,
    )
    return ResultView(
        id=consultation.id,
        question=consultation.question,
        channel=consultation.channel.label,
        area=consultation.area,
        asked_at=consultation.created_at,
        verdict=verdict_badge(verdict, consultation.as_of),
        advice=labels.ADVICE.get(verdict, ""),
        confidence=labels.confidence(consultation.confidence),
        percent=labels.percent(consultation.confidence),
        is_hit=verdict is Verdict.ANSWERED,
        is_unmatched=verdict is Verdict.UNMATCHED,
        candidates=panes.cards if panes.are_answers else (),
        panes=panes,
        told=panes.told,
        choice=choice,
        can_take_back=can_take_back,
        registered=registered,
        repeat_of=consultation.repeat_of,
        earlier=tuple(_earlier_line(one) for one in earlier),
        form=form,
        contact_masked=contact_masked,
        correction=correction,
        reworking=tuple(reworking),
        saying=saying,
        aside=aside or AsideForm(),
        sending=sending,
        complaint=complaint or ComplaintForm(),
        as_of=consultation.as_of,
        day_to_offer=day_to_offer(consultation.question, today=today),
    )


def verdict_badge(verdict: Verdict, as_of: date | None) -> Badge:
    """Return the badge of a verdict; one by the rules of a past day says so, in its colour."""
    badge = labels.badge(verdict)
    return badge if as_of is None else Badge(badge.icon, f"{badge.label}（{mark(as_of)}）", "past")


def _earlier_line(earlier: EarlierEntry) -> EarlierLine:
    return EarlierLine(
        number=earlier.number,
        question=earlier.question,
        state=earlier.state.label,
        received_at=earlier.received_at,
        match_reason=earlier.match_reason.label,
        can_join=earlier.can_join,
        can_repeat=earlier.can_repeat,
    )


def waiting_lines(
    waiting: tuple[OpenConsultation, ...], shown: str | None
) -> tuple[WaitingLine, ...]:
    """Return the lines of the waiting questions, without the one on the page."""
    others = [found for found in waiting if found.id != shown]
    return tuple(
        WaitingLine(
            key=key,
            id=found.id,
            question=found.question,
            verdict=labels.badge(found.verdict),
            channel=found.channel.label,
            asked_at=found.asked_at,
        )
        for key, found in zip(_WAITING_KEYS, others, strict=False)
    )


def handled_lines(
    handled: Iterable[tuple[Choice, str]], shown: str | None
) -> tuple[HandledLine, ...]:
    """Return the lines of questions handled just now, without the one on the page."""
    return tuple(
        HandledLine(choice.consultation_id, question, choice.outcome.label)
        for choice, question in handled
        if choice.consultation_id != shown
    )
