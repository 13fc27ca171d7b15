"""What another word list would change: the last questions asked of both (重放)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from qa_service.consultation.models import Consultation
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.ranking.judging import GUARDED_CANDIDATES
from qa_service.vocabulary import Verdict

REPLAYED = 500
"""Different questions that are asked at most, the newest first."""

DAYS = 30


@dataclass(frozen=True, slots=True)
class Told:
    """What one word list leads to: the verdict, and the first pair if any is shown."""

    verdict: Verdict
    pair_id: int | None


@dataclass(frozen=True, slots=True)
class ChangedVerdict:
    """A question that would be told otherwise."""

    question: str
    before: Told
    after: Told


@dataclass(frozen=True, slots=True)
class Replay:
    """How many questions were asked, and those that would be told otherwise."""

    asked: int
    changed: tuple[ChangedVerdict, ...]


def recent_questions(session: Session, *, now: datetime) -> list[str]:
    """Different questions of the last 30 days, the newest first."""
    statement = (
        select(Consultation.question)
        .where(col(Consultation.created_at) >= now - timedelta(days=DAYS))
        .order_by(col(Consultation.created_at).desc())
    )
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
    """Ask both engines, each as if its calibration fitted its words, and compare the verdicts.

    ``limit`` is the number of candidates the service shows.
    """
    changed = []
    for question in questions:
        old, new = (_told(session, engine, question, day, limit) for engine in (before, after))
        if old != new:
            changed.append(ChangedVerdict(question, old, new))
    return Replay(len(questions), tuple(changed))


def _told(session: Session, engine: RetrievalEngine, question: str, day: date, limit: int) -> Told:
    """Return what ``engine`` leads to, given the pairs that may be shown on ``day``."""

    def showable(pair_ids: Sequence[int]) -> frozenset[int]:
        views = view_pairs(session, pair_ids, day=day, with_variants=False)
        return frozenset(view.pair_id for view in views if view.showable)

    answer = engine.answer(question, showable, limit=limit, assume_calibrated=True)
    verdict = answer.decision.verdict
    is_shown = answer.ranked and verdict is not Verdict.UNMATCHED
    return Told(verdict, answer.ranked[0].pair_id if is_shown else None)
