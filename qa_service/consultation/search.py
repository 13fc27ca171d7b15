"""Search the bank for a question: the index proposes, the database decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from qa_service.consultation.candidates import Candidate, Why
from qa_service.knowledge.indexing.index_sync import Indexed, IndexSync
from qa_service.knowledge.pairs.queries import PairView, view_pairs
from qa_service.observability.metrics import note_search
from qa_service.retrieval.engine import GUARDED_CANDIDATES, Stopwatch
from qa_service.retrieval.query import Query
from qa_service.retrieval.ranking.decision import Decision, Ranked
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea, Verdict

NEAR_MISS = 0.1
"""Least probability at which the nearest pair's owner is taken for the unit to ask."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The verdict on a question and the candidates to show, best first.

    ``confidence`` is the calibrated probability that the first one is right.
    ``nearest_unit`` is the key of the unit that owns the nearest pair, shown or not.
    ``timings`` holds milliseconds by stage.
    """

    verdict: Verdict
    confidence: float
    candidates: tuple[Candidate, ...]
    nearest_unit: str | None
    degraded: bool
    index_revision: int
    timings: dict[str, float]

    @property
    def took_ms(self) -> float:
        """Milliseconds of all stages together."""
        return round(sum(self.timings.values()), 3)


class Searcher:
    """Answers one question at a time, from any thread."""

    def __init__(self, database: Engine, index_sync: IndexSync, *, limit: int) -> None:
        self._database = database
        self._follower = index_sync
        self._limit = limit

    @property
    def degraded(self) -> bool:
        """Whether nothing is answered outright, for want of an encoder or a fitting calibration."""
        engine = self._follower.engine
        return engine.degraded or not engine.is_calibrated

    def search(
        self, question: str, *, area: PolicyArea | None, day: date, limit: int | None = None
    ) -> SearchResult:
        """What the bank holds for ``question`` on ``day``.

        A proposal that the database does not know as published, in its dates and on
        valid ground, or that was changed since it was indexed, is dropped before anything is
        decided.
        """
        watch = Stopwatch()
        engine = self._follower.engine
        query = engine.prepare(question, watch)
        indexed = self._follower.follow()
        watch.lap("database")
        # What is shown must be compared, so that its differences are marked.
        compared = max(GUARDED_CANDIDATES, limit or self._limit)
        ranked = engine.rank(query, watch, area=area or "", compared=compared)
        with session_scope(self._database, read_only=True) as session:
            ids = [found.pair_id for found in ranked]
            views = view_pairs(session, ids, day=day, with_variants=False)
        shown = {view.pair_id: view for view in views if _may_be_shown(view, indexed)}
        watch.lap("database")
        kept = [found for found in ranked if found.pair_id in shown]
        decision = engine.decide(query, kept)
        candidates = _candidates(query, kept[: limit or self._limit], decision, shown)
        watch.lap("decide")
        note_search(decision.verdict.value, watch.timings)
        return SearchResult(
            verdict=decision.verdict,
            confidence=round(decision.confidences[0], 4) if kept else 0.0,
            candidates=() if decision.verdict is Verdict.UNMATCHED else candidates,
            nearest_unit=_nearest_unit(kept, decision, shown),
            degraded=query.vector is None or not engine.is_calibrated,
            index_revision=indexed.revision,
            timings={stage: round(spent, 3) for stage, spent in watch.timings.items()},
        )


def _may_be_shown(view: PairView, indexed: Indexed) -> bool:
    return view.showable and indexed.holds(view.pair_id, view.revision)


def _nearest_unit(
    ranked: Sequence[Ranked], decision: Decision, shown: Mapping[int, PairView]
) -> str | None:
    # Something is always nearest; only a near miss tells whose matter it is.
    if not ranked or decision.confidences[0] < NEAR_MISS:
        return None
    return shown[ranked[0].pair_id].unit_key


def _candidates(
    query: Query,
    ranked: Sequence[Ranked],
    decision: Decision,
    shown: Mapping[int, PairView],
) -> tuple[Candidate, ...]:
    return tuple(
        _candidate(found, shown[found.pair_id], confidence)
        for found, confidence in zip(ranked, decision.confidences, strict=False)
    )


def _candidate(ranked: Ranked, view: PairView, confidence: float) -> Candidate:
    described = ranked.described
    why = Why(
        matched_kind=described.best.kind,
        matched_words=described.matched_words,
        cosine=round(described.feature("cosine_question"), 4) or None,
        lexical=round(described.feature("bm25_question"), 4),
        differences=(*described.guards.conflicts, *described.guards.unconfirmed),
    )
    return Candidate(
        qa_id=view.pair_id,
        key=view.key,
        version=view.version,
        question=view.question,
        matched_text=described.best.text,
        answer=view.answer,
        phone_script=view.phone_script,
        area=view.area,
        unit_name=view.unit_name,
        confidence=round(confidence, 4),
        basis=view.basis,
        why=why,
        audience=view.audience,
        region=view.region,
        clarifying=view.clarifying,
    )
