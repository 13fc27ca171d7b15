"""Replay (重放): the effect of another word list on recently asked questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from qa_service.consultation.inquiry import search_text
from qa_service.consultation.models import Consultation
from qa_service.consultation.search.letters import LETTER_CHARACTERS
from qa_service.knowledge.pairs.overlap.contradictions import contested_ids
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.ranking.judging import GUARDED_CANDIDATES
from qa_service.vocabulary import Verdict

REPLAYED = 500
"""Largest number of different questions replayed, the newest first."""

DAYS = 30


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """The result under one word list: the verdict, and the first pair if any is shown."""

    verdict: Verdict
    pair_id: int | None


@dataclass(frozen=True, slots=True)
class ChangedVerdict:
    """A question whose outcome differs between the two word lists."""

    question: str
    before: ReplayOutcome
    after: ReplayOutcome


@dataclass(frozen=True, slots=True)
class Replay:
    """The number of questions replayed, and those whose outcome differs."""

    asked: int
    changed: tuple[ChangedVerdict, ...]


def recent_questions(session: Session, *, now: datetime) -> list[str]:
    """Return the different questions of the last 30 days, the newest first, without letters.

    A letter takes as long as all others together, and its sentences are asked by others too.
    """
    statement = (
        select(Consultation.question)
        .where(col(Consultation.created_at) >= now - timedelta(days=DAYS))
        .order_by(col(Consultation.created_at).desc())
    )
    statement = statement.where(col(Consultation.as_of).is_(None))
    statement = statement.where(func.length(col(Consultation.question)) <= LETTER_CHARACTERS)
    return list(dict.fromkeys(session.exec(statement).all()))[:REPLAYED]


def replay(
    session: Session,
    questions: Sequence[str],
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
    for question in questions:
        old, new = (_outcome(session, engine, question, day, limit) for engine in (before, after))
        if old != new:
            changed.append(ChangedVerdict(question, old, new))
    return Replay(len(questions), tuple(changed))


def _outcome(
    session: Session, engine: RetrievalEngine, question: str, day: date, limit: int
) -> ReplayOutcome:
    """Return the outcome of ``engine``, given the pairs that may be shown on ``day``."""

    def showable(pair_ids: Sequence[int]) -> frozenset[int]:
        views = view_pairs(session, pair_ids, day=day, with_variants=False)
        return frozenset(view.pair_id for view in views if view.showable)

    def contested(pair_ids: Sequence[int]) -> frozenset[int]:
        return contested_ids(session, pair_ids, day=day) & set(pair_ids)

    answer = engine.answer(
        search_text(question),
        showable,
        contested=contested,
        limit=limit,
        assume_calibrated=True,
        day=day,
    )
    verdict = answer.decision.verdict
    is_shown = answer.ranked and verdict is not Verdict.UNMATCHED
    return ReplayOutcome(verdict, answer.ranked[0].pair_id if is_shown else None)
