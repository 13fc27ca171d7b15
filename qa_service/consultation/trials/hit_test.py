"""Hit test (命中测试): how questions are answered now and with a draft, without any record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Text, cast
from sqlmodel import Session, col, select

from qa_service.consultation.inquiry import clean_question, search_text
from qa_service.consultation.search.long_questions import is_long
from qa_service.consultation.search.narrowing import Narrowing
from qa_service.consultation.search.result import SearchResult
from qa_service.consultation.search.searcher import Searcher
from qa_service.knowledge.indexing.build import indexed_pair
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.knowledge.indexing.indexed import Indexed
from qa_service.knowledge.models import QAPair, QAVersion, stored_id
from qa_service.knowledge.pairs.queries import (
    PairView,
    citations_of,
    has_work,
    version_in_work,
    view_pairs,
)
from qa_service.knowledge.pairs.service import content_in_work
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.text.normalise import normalise
from qa_service.vocabulary import AreaKey, LabelledEnum, PairStatus, TextKind, Verdict

QUESTIONS_AT_ONCE = 200
"""Questions of other pairs asked in one request, each of two banks; some seconds."""

_NOT_NEAR = (
    "问法太简略，或初步检索时与第一条不够接近，只在问法相同时直接命中；可把这种问法加为相似问"
)
NEIGHBOUR_WORDINGS = 5
"""Wordings of the draft by which its neighbours are found."""


class Outcome(LabelledEnum):
    """The result of a question that one pair must answer."""

    HIT = "hit", "命中本条"
    OFFERED = "offered", "列为候选"
    MISSED = "missed", "没有列出"
    WRONG = "wrong", "命中了别的问答"


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of a question, and why it is not answered outright, in Chinese, if it is not."""

    question: str
    result: SearchResult
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """The outcome of an expected question in one bank; ``place`` is that of its pair, if shown."""

    outcome: Outcome
    place: int | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Expected:
    """A question and the pair that must answer it, asked for the pair's ``audience``."""

    pair_id: int
    pair_question: str
    question: str
    audience: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """An expected question now and with the draft; None where there is no such bank."""

    expected: Expected
    before: Placed | None
    after: Placed | None

    @property
    def is_changed(self) -> bool:
        """Return whether the draft changes its outcome or its place."""
        if self.before is None or self.after is None:
            return False
        before, after = self.before, self.after
        return (before.outcome, before.place) != (after.outcome, after.place)


@dataclass(frozen=True, slots=True)
class PairCheck:
    """The expected questions of a pair, and those of other pairs that its draft changes.

    ``checked`` of ``total`` questions of other pairs were asked, up to number ``until``; the
    others are still to be asked, from ``until`` on.
    """

    own: tuple[Checked, ...]
    changed: tuple[Checked, ...]
    checked: int
    until: int
    total: int


@dataclass(frozen=True, slots=True)
class DraftBank:
    """The bank that was ``indexed``, as if the version in work of one pair were published."""

    engine: RetrievalEngine
    indexed: Indexed
    draft: PairView

    def views(self, session: Session, pair_ids: Sequence[int], *, day: date) -> list[PairView]:
        """Return the pairs as they are on ``day``, the one of the draft as drafted."""
        found = view_pairs(session, pair_ids, day=day, with_variants=False)
        return [self.draft if view.pair_id == self.draft.pair_id else view for view in found]

    def holds(self, view: PairView, indexed: Indexed) -> bool:
        """Return whether the engine finds the pair by the words of ``view``."""
        is_draft = view.pair_id == self.draft.pair_id
        return is_draft or self.indexed.holds(view.pair_id, view.revision)


def draft_bank(
    session: Session, index_sync: IndexSync, pair: QAPair, *, day: date
) -> DraftBank | None:
    """Return the bank with the pair's version in work; None if there is none.

    It is made for this test alone: the index in use is not touched. Raises
    EncoderFailedError.
    """
    if not has_work(pair):
        return None
    content, version = content_in_work(session, pair), version_in_work(session, pair)
    [view] = view_pairs(session, [stored_id(pair)], day=day)
    is_valid = content.effective_from <= day and not (
        content.expires_on and content.expires_on < day
    )
    draft = replace(
        view,
        content=content,
        version=version.number,
        citations=citations_of(session, version),
        showable=is_valid,
        adopted_from=None,
    )
    indexed = index_sync.follow()
    twin = index_sync.engine.copied()
    twin.upsert([indexed_pair(draft)])
    return DraftBank(twin, indexed, draft)


def try_question(
    searcher: Searcher,
    question: str,
    *,
    area: AreaKey | None = None,
    day: date,
    bank: DraftBank | None = None,
) -> Trial:
    """Ask a question of the bank of today, or of ``bank``; nothing is recorded or counted.

    Raises UnusableQuestionError or UnknownAreaError.
    """
    asked = search_text(clean_question(question))
    result = searcher.trial(asked, area=area, day=day, bank=bank)
    return Trial(asked, result, tuple(_reasons(searcher, asked, result)))


def check_pair(
    session: Session,
    searcher: Searcher,
    pair: QAPair,
    bank: DraftBank | None,
    *,
    day: date,
    start: int = 0,
) -> PairCheck:
    """Ask the expected questions of the pair, now and with the draft, and those of other pairs.

    Of other pairs their expected questions and, for neighbours of the draft, their standard
    question are asked: ``QUESTIONS_AT_ONCE`` of them from number ``start`` on, and every one
    whose outcome the draft changes is returned. Without a draft nothing can change.
    """
    content = content_in_work(session, pair)
    is_told = pair.status is PairStatus.PUBLISHED
    pair_id = stored_id(pair)
    audience = content.audience if content.is_limited else ""
    own = [Expected(pair_id, content.question, one, audience) for one in content.expected_questions]
    mine = tuple(_checked(searcher, one, bank, day, is_told=is_told) for one in own)
    if bank is None:
        return PairCheck(mine, (), 0, 0, 0)
    others = _others(session, searcher, bank.draft, day)
    asked = others[start : start + QUESTIONS_AT_ONCE]
    found = [_checked(searcher, one, bank, day) for one in asked]
    changed = tuple(one for one in found if one.is_changed)
    return PairCheck(mine, changed, len(asked), start + len(asked), len(others))


def _checked(
    searcher: Searcher,
    expected: Expected,
    bank: DraftBank | None,
    day: date,
    *,
    is_told: bool = True,
) -> Checked:
    before = _placed(searcher, expected, None, day) if is_told else None
    return Checked(expected, before, _placed(searcher, expected, bank, day) if bank else None)


def _placed(searcher: Searcher, expected: Expected, bank: DraftBank | None, day: date) -> Placed:
    asked = search_text(clean_question(expected.question))
    within = Narrowing(audience=expected.audience)
    result = searcher.trial(asked, area=None, day=day, narrowed=within, bank=bank)
    places = [one.qa_id for one in result.candidates]
    place = places.index(expected.pair_id) + 1 if expected.pair_id in places else None
    if result.verdict is Verdict.ANSWERED:
        outcome = Outcome.HIT if place == 1 else Outcome.WRONG
    else:
        outcome = Outcome.OFFERED if place else Outcome.MISSED
    return Placed(outcome, place, result.confidence)


def _others(session: Session, searcher: Searcher, draft: PairView, day: date) -> list[Expected]:
    """Return the questions that other published pairs must answer, each once, by pair."""
    statement = (
        select(QAPair.id, QAVersion.question, QAVersion.expected_questions)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(
            QAPair.status == PairStatus.PUBLISHED,
            col(QAPair.id) != draft.pair_id,
            cast(QAVersion.expected_questions, Text) != "[]",
        )
        .order_by(col(QAPair.id))
    )
    kept = [
        Expected(pair_id or 0, question, one)
        for pair_id, question, expected in session.exec(statement).all()
        for one in expected
    ]
    return list(dict.fromkeys([*_neighbours(searcher, draft, day), *kept]))


def _neighbours(searcher: Searcher, draft: PairView, day: date) -> Iterable[Expected]:
    """Yield the standard question of each pair that is near to the draft's wordings."""
    wordings = [draft.content.question, *draft.content.variants[: NEIGHBOUR_WORDINGS - 1]]
    for wording in wordings:
        for near in searcher.trial(search_text(wording), area=None, day=day).shown:
            if near.qa_id != draft.pair_id:
                yield Expected(near.qa_id, near.content.question, near.content.question)


def _reasons(searcher: Searcher, asked: str, result: SearchResult) -> Iterable[str]:
    """Yield in Chinese why the question is not answered outright, at least one reason."""
    if result.verdict is Verdict.ANSWERED:
        return
    found = [*_limits(asked, result), *_thresholds(searcher, asked, result)]
    yield from found or [_NOT_NEAR]


def _limits(asked: str, result: SearchResult) -> Iterable[str]:
    """Yield what keeps the first candidate from being told outright, however probable it is."""
    if result.degraded:
        yield "语义模型不可用，或校准与词表不符，目前不直接判为命中"
    if is_long(asked):
        yield "问题较长，按句检索，只列出候选"
    if not result.shown:
        yield "没有找到可以告知的相近问答"
        return
    first, *others = result.shown
    yield from (f"与第一条的差别：{one}" for one in first.why.differences)
    if first.why.matched_kind == TextKind.ANSWER.value:
        yield "只与第一条的答复正文相近，它没有相近的问法；可把这种问法加为相似问"
    if others and _is_same(asked, first.matched_text) and _is_same(asked, others[0].matched_text):
        yield "有两条问答的问法与它相同，不能定是哪一条"


def _thresholds(searcher: Searcher, asked: str, result: SearchResult) -> Iterable[str]:
    """Yield by which threshold the probability of the first candidate falls short."""
    answer, choose = searcher.thresholds(asked)
    if not result.shown:
        return
    if result.confidence < choose:
        yield f"第一条的把握 {result.confidence:.1%}，不到列出候选的门槛 {choose:.1%}"
    elif result.confidence < answer:
        yield f"第一条的把握 {result.confidence:.1%}，不到直接命中的门槛 {answer:.1%}"


def _is_same(asked: str, text: str) -> bool:
    return normalise(asked) == normalise(text)
