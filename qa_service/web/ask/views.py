"""View models of the ask page: result, candidates, and questions still to be handled."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from qa_service.accounts.models import Area, Unit
from qa_service.clock import beijing_day
from qa_service.consultation.as_of import day_to_offer, mark
from qa_service.consultation.callbacks.reworking import Reworking
from qa_service.consultation.candidates import Candidate
from qa_service.consultation.models import Consultation
from qa_service.consultation.queries import OpenConsultation
from qa_service.consultation.telling import marked
from qa_service.knowledge.media.service import MediaView
from qa_service.knowledge.pairs.content import DisplayedContent
from qa_service.knowledge.pairs.queries import CitedPolicy
from qa_service.ledger.similar_entries import EarlierEntry
from qa_service.vocabulary import AreaKey, TextKind, Verdict
from qa_service.web.kit import labels
from qa_service.web.kit.highlight import Segment, highlight
from qa_service.web.kit.labels import Badge
from qa_service.web.ledger.views import EntryCard


@dataclass(frozen=True, slots=True)
class BasisLine:
    """A policy document an answer rests on."""

    title: str
    document_number: str
    article: str | None
    validity: Badge
    verified: bool


@dataclass(frozen=True, slots=True)
class CandidateCard:
    """A candidate pair as shown; ``place`` is its number key.

    ``past_mark`` tells the past day whose rule it is, empty for today's.
    """

    place: int
    qa_id: int
    key: str
    version: int
    area: AreaKey
    unit_name: str
    content: DisplayedContent
    confidence: str
    percent: str
    basis: tuple[BasisLine, ...]
    matched_kind: str
    matched: tuple[Segment, ...]
    how_found: str
    shared_words: tuple[str, ...]
    cosine: float | None
    lexical: float
    differences: tuple[str, ...]
    is_told: bool
    media: tuple[MediaView, ...]
    unsigned: bool
    past_mark: str = ""


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
    unit that owns a likely near pair.
    """

    name: str = ""
    phone: str = ""
    unusual: str = ""
    unit: str = ""
    area: str = ""
    units: tuple[Unit, ...] = ()
    areas: tuple[Area, ...] = ()
    near_unit: str = ""
    problems: Mapping[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResultView:
    """The result of one question and the action recorded for it.

    ``correction`` is the number of a correction that was just registered from the page.
    ``as_of`` is the past day whose rules were searched, ``day_to_offer`` the day whose rules
    may answer the question better than today's.
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
    told: CandidateCard | None
    can_take_back: bool
    registered: EntryCard | None
    repeat_of: str | None
    earlier: tuple[EarlierLine, ...]
    form: RegisterForm
    contact_masked: str | None
    correction: str
    reworking: tuple[Reworking, ...] = ()
    as_of: date | None = None
    day_to_offer: date | None = None

    @property
    def is_handled(self) -> bool:
        """Return whether an answer was told or the question is in the ledger."""
        return self.told is not None or self.registered is not None or self.repeat_of is not None

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
class AskPage:
    """Context of the ask page: preset choices, waiting questions, and the result if any.

    ``audiences`` are the groups that have answers for themselves alone.
    """

    channel: str
    area: str
    areas: Sequence[Area]
    waiting: tuple[WaitingLine, ...]
    result: ResultView | None
    today: date
    audiences: Sequence[str] = ()


_WAITING_KEYS = "abcdefgh"
WAITING_SHOWN = len(_WAITING_KEYS)


def result_view(
    consultation: Consultation,
    *,
    told: int | None,
    can_take_back: bool,
    registered: EntryCard | None,
    earlier: Iterable[EarlierEntry] = (),
    form: RegisterForm,
    contact_masked: str | None = None,
    correction: str = "",
    media: Mapping[int, tuple[MediaView, ...]] | None = None,
    reworking: Iterable[Reworking] = (),
    outdated: Collection[int] = (),
) -> ResultView:
    """Return the view of a recorded consultation; ``told`` is the id of the chosen pair.

    Answers of the pairs ``outdated`` are no longer told as they are shown, and say so.
    """
    verdict = consultation.verdict
    today = beijing_day(consultation.created_at)
    day = consultation.as_of or today
    cards = tuple(
        candidate_card(
            candidate,
            place=place,
            told=told,
            day=day,
            media=(media or {}).get(candidate.qa_id, ()),
            is_past=consultation.as_of is not None,
        )
        for place, candidate in enumerate(marked(consultation.candidates, outdated), start=1)
    )
    return ResultView(
        id=consultation.id,
        question=consultation.question,
        channel=consultation.channel.label,
        area=consultation.area,
        asked_at=consultation.created_at,
        verdict=_marked(labels.badge(verdict), consultation.as_of),
        advice=labels.ADVICE.get(verdict, ""),
        confidence=labels.confidence(consultation.confidence),
        percent=labels.percent(consultation.confidence),
        is_hit=verdict is Verdict.ANSWERED,
        is_unmatched=verdict is Verdict.UNMATCHED,
        candidates=cards,
        told=next((card for card in cards if card.is_told), None),
        can_take_back=can_take_back,
        registered=registered,
        repeat_of=consultation.repeat_of,
        earlier=tuple(_earlier_line(one) for one in earlier),
        form=form,
        contact_masked=contact_masked,
        correction=correction,
        reworking=tuple(reworking),
        as_of=consultation.as_of,
        day_to_offer=day_to_offer(consultation.question, today=today),
    )


def _marked(verdict: Badge, as_of: date | None) -> Badge:
    """Return the badge of a verdict; one by the rules of a past day says so, in its colour."""
    if as_of is None:
        return verdict
    return Badge(verdict.icon, f"{verdict.label}（{mark(as_of)}）", "past")


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


def candidate_card(
    candidate: Candidate,
    *,
    place: int,
    told: int | None,
    day: date,
    media: Iterable[MediaView] = (),
    is_past: bool = False,
) -> CandidateCard:
    """Return a candidate as it is shown on ``day``; ``told`` is the id of the pair told.

    The rule of a past day has no pictures: those kept with the pair are of today's.
    """
    why = candidate.why
    return CandidateCard(
        place=place,
        qa_id=candidate.qa_id,
        key=candidate.key,
        version=candidate.version,
        area=candidate.area,
        unit_name=candidate.unit_name,
        content=candidate.content,
        confidence=labels.confidence(candidate.confidence),
        percent=labels.percent(candidate.confidence),
        basis=tuple(_basis_line(cited, day) for cited in candidate.basis),
        matched_kind=TextKind.from_storage(why.matched_kind).label,
        matched=highlight(candidate.matched_text, why.matched_words),
        how_found=how_found(why.matched_words, why.cosine),
        shared_words=_longest(why.matched_words),
        cosine=why.cosine,
        lexical=why.lexical,
        differences=why.differences,
        is_told=candidate.qa_id == told,
        media=() if is_past else tuple(media),
        unsigned=candidate.unsigned,
        past_mark=mark(day) if is_past else "",
    )


def how_found(matched_words: Collection[str], cosine: float | None) -> str:
    """Return in Chinese which of the two signals, words or meaning, found the text."""
    if cosine is None:
        return "只按相同的词找到（语义检索不可用）"
    return "词语相同，意思相近" if matched_words else "没有相同的词，按意思相近找到"


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


def _longest(words: Collection[str]) -> tuple[str, ...]:
    # Search-mode tokens include a long word and its parts; only the long word is shown.
    return tuple(
        word for word in words if not any(word != other and word in other for other in words)
    )


def _basis_line(cited: CitedPolicy, day: date) -> BasisLine:
    """Return a citation as it is shown on ``day``."""
    return BasisLine(
        title=cited.title,
        document_number=cited.document_number,
        article=cited.article,
        validity=labels.standing(cited, day),
        verified=cited.verified,
    )
