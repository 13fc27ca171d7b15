"""Replay (重放): the effect of another word list on recently asked questions.

Each is asked within what it was asked within: area, matter, audience, region.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from qa_service.consultation.inquiry import search_text
from qa_service.consultation.models import Consultation
from qa_service.consultation.search.long_questions import WHOLE_CHARACTERS
from qa_service.consultation.search.look_up import may_be_offered
from qa_service.consultation.search.narrowing import Bounds
from qa_service.knowledge.coverage.topics import list_topics
from qa_service.knowledge.pairs.overlap.contradictions import contested_ids
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.ranking.judging import GUARDED_CANDIDATES
from qa_service.vocabulary import AreaKey, Verdict

REPLAYED = 500
"""Largest number of different questions replayed, the newest first."""

DAYS = 30


@dataclass(frozen=True, slots=True)
class Replayed:
    """A question to be asked of both word lists, within its area and other bounds."""

    question: str
    area: AreaKey | None = None
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """The result under one word list: the verdict, and the first pair if any is shown."""

    verdict: Verdict
    pair_id: int | None


@dataclass(frozen=True, slots=True)
class ChangedVerdict:
    """A question whose outcome differs between the two word lists."""

    asked: Replayed
    before: ReplayOutcome
    after: ReplayOutcome


@dataclass(frozen=True, slots=True)
class Replay:
    """The number of questions replayed, and those whose outcome differs."""

    asked: int
    changed: tuple[ChangedVerdict, ...]


def recent_questions(session: Session, *, now: datetime) -> list[Replayed]:
    """Return the different questions of the last 30 days, the newest first, without long ones.

    The same words asked within other bounds are another question. A long one takes as long as all
    others together, and its sentences are asked by others too. What was asked by the rules of a
    past day, or within a matter that is kept no more, cannot be asked of today's bank.
    """
    statement = (
        sa_select(
            col(Consultation.question),
            col(Consultation.area),
            col(Consultation.topic),
            col(Consultation.audience),
            col(Consultation.region),
        )
        .where(
            col(Consultation.created_at) >= now - timedelta(days=DAYS),
            col(Consultation.as_of).is_(None),
            func.length(col(Consultation.question)) <= WHOLE_CHARACTERS,
        )
        .order_by(col(Consultation.created_at).desc())
    )
    different = dict.fromkeys(tuple(row) for row in session.execute(statement).all())
    topics = {topic.key: topic for topic in list_topics(session)}
    return [
        Replayed(question, area, Bounds(audience, region, topics.get(topic)))
        for question, area, topic, audience, region in islice(different, REPLAYED)
        if not topic or topic in topics
    ]


def replay(
    session: Session,
    questions: Sequence[Replayed],
    before: RetrievalEngine,
    after: RetrievalEngine,
    *,
    day: date,
    limit: int = GUARDED_CANDIDATES,
) -> Replay:
    """Run the questions on both engines and return the outcomes that differ.

    Each engine's calibration is treated as if it matched its word list. ``limit`` is the number
    of candidates the service shows.
    """
    changed = []
    for asked in questions:
        old, new = (_outcome(session, engine, asked, day, limit) for engine in (before, after))
        if old != new:
            changed.append(ChangedVerdict(asked, old, new))
    return Replay(len(questions), tuple(changed))


def _outcome(
    session: Session, engine: RetrievalEngine, asked: Replayed, day: date, limit: int
) -> ReplayOutcome:
    """Return the outcome of ``engine``, given the pairs that may be offered on ``day``."""

    def showable(pair_ids: Sequence[int]) -> frozenset[int]:
        views = view_pairs(session, pair_ids, day=day, with_variants=False)
        return frozenset(
            view.pair_id
            for view in views
            if view.showable
            and asked.bounds.holds(view.content)
            and may_be_offered(view.content, asked.bounds)
        )

    def contested(pair_ids: Sequence[int]) -> frozenset[int]:
        return contested_ids(session, pair_ids, day=day) & set(pair_ids)

    answer = engine.answer(
        search_text(asked.question),
        showable,
        contested=contested,
        area=asked.area or "",
        limit=limit,
        assume_calibrated=True,
        day=day,
    )
    verdict = answer.decision.verdict
    is_shown = answer.ranked and verdict is not Verdict.UNMATCHED
    return ReplayOutcome(verdict, answer.ranked[0].pair_id if is_shown else None)
