"""Measures the engine on a judged set: ranking by each signal and the whole, and verdicts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from qa_service.retrieval.decision import Decision, Ranked, Verdict
from qa_service.retrieval.dense import Vectors
from qa_service.retrieval.engine import DESCRIBED_CANDIDATES, RetrievalEngine, Stopwatch
from qa_service.retrieval.evaluation_set import EvaluationSet, JudgedQuery
from qa_service.retrieval.metrics import ndcg, recall, reciprocal_rank
from qa_service.retrieval.query import Query

BATCH = 64
"""Texts embedded between two reports of progress."""

Progress = Callable[[int, int], None]
"""Told how many texts or queries are done, and of how many."""


@dataclass(frozen=True, slots=True)
class RankingFigures:
    """Means over the answerable queries."""

    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mrr_at_10: float
    ndcg_at_10: float


@dataclass(frozen=True, slots=True)
class VerdictFigures:
    """How often the service answers outright, and how often wrongly.

    ``coverage`` is the share of answerable queries answered outright, ``precision`` the
    share of outright answers that are right (None when there are none), and
    ``false_answer_rate`` the share of unanswerable queries answered all the same (None
    when the set has none).
    """

    coverage: float
    precision: float | None
    false_answer_rate: float | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What ``evaluate`` measured on one set; times in milliseconds a query."""

    name: str
    pairs: int
    answerable: int
    unanswerable: int
    lexical: RankingFigures
    dense: RankingFigures | None
    whole: RankingFigures
    verdicts: VerdictFigures
    ms_p50: float
    ms_p99: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that came of one query."""

    query: JudgedQuery
    lexical: tuple[int, ...]
    dense: tuple[int, ...]
    ranked: tuple[Ranked, ...]
    decision: Decision
    took_ms: float

    @property
    def is_right(self) -> bool:
        """Whether the first candidate answers the query."""
        return bool(self.ranked) and self.ranked[0].pair_id in self.query.relevant


def _no_progress(_done: int, _total: int) -> None:
    return None


def index_set(
    engine: RetrievalEngine,
    evaluated: EvaluationSet,
    *,
    known: dict[str, Vectors] | None = None,
    progress: Progress = _no_progress,
) -> None:
    """Let ``engine`` search the set's pairs and nothing else.

    ``known`` holds vectors made before, by text; they are not made again.
    """
    vectors = _embed(engine, evaluated, dict(known or {}), progress)
    engine.adopt(engine.build(evaluated.pairs, vectors))


def run(
    engine: RetrievalEngine, queries: Sequence[JudgedQuery], progress: Progress = _no_progress
) -> list[Outcome]:
    """The outcome of each query against what ``engine`` has indexed."""
    outcomes = []
    for number, query in enumerate(queries, start=1):
        outcomes.append(_outcome(engine, query))
        progress(number, len(queries))
    return outcomes


def summarise(evaluated: EvaluationSet, outcomes: Sequence[Outcome]) -> EvaluationReport:
    """The figures over ``outcomes``; raises ValueError when there are none."""
    if not outcomes:
        raise ValueError("no outcomes to summarise")
    took = [outcome.took_ms for outcome in outcomes]
    answerable = [outcome for outcome in outcomes if outcome.query.relevant]
    has_dense = any(outcome.dense for outcome in outcomes)
    return EvaluationReport(
        name=evaluated.name,
        pairs=len(evaluated.pairs),
        answerable=len(answerable),
        unanswerable=len(outcomes) - len(answerable),
        lexical=_figures((outcome.lexical, outcome.query) for outcome in answerable),
        dense=_figures((o.dense, o.query) for o in answerable) if has_dense else None,
        whole=_figures(
            (tuple(found.pair_id for found in outcome.ranked), outcome.query)
            for outcome in answerable
        ),
        verdicts=_verdicts(outcomes),
        ms_p50=round(float(np.percentile(took, 50)), 2),
        ms_p99=round(float(np.percentile(took, 99)), 2),
    )


def _embed(
    engine: RetrievalEngine,
    evaluated: EvaluationSet,
    vectors: dict[str, Vectors],
    progress: Progress,
) -> dict[str, Vectors]:
    texts = dict.fromkeys(text for pair in evaluated.pairs for _, text in pair.texts())
    # Texts of like length in one batch: a batch costs what its longest text costs.
    fresh = sorted((text for text in texts if text not in vectors), key=len)
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        made = engine.embed(batch)
        if made is None:
            return {}
        vectors.update(zip(batch, made, strict=True))
        progress(min(start + BATCH, len(fresh)), len(fresh))
    return vectors


def _outcome(engine: RetrievalEngine, judged: JudgedQuery) -> Outcome:
    watch = Stopwatch()
    query = engine.prepare(judged.text, watch)
    ranked = engine.rank(query, watch, limit=DESCRIBED_CANDIDATES, compared=DESCRIBED_CANDIDATES)
    decision = engine.decide(query, ranked)
    watch.lap("decide")
    return Outcome(
        query=judged,
        lexical=_by_lexical(engine, query),
        dense=_by_vector(engine, query),
        ranked=tuple(ranked),
        decision=decision,
        took_ms=sum(watch.timings.values()),
    )


def _by_lexical(engine: RetrievalEngine, query: Query) -> tuple[int, ...]:
    return engine.index.by_lexical(query)


def _by_vector(engine: RetrievalEngine, query: Query) -> tuple[int, ...]:
    return engine.index.by_vector(query)


def _figures(judged: Iterable[tuple[Sequence[int], JudgedQuery]]) -> RankingFigures:
    rows = [
        (
            recall(ranking, query.relevant, 1),
            recall(ranking, query.relevant, 5),
            recall(ranking, query.relevant, 10),
            reciprocal_rank(ranking, query.relevant),
            ndcg(ranking, query.relevant),
        )
        for ranking, query in judged
    ]
    means = [round(fmean(column), 4) for column in zip(*rows, strict=True)] or [0.0] * 5
    return RankingFigures(*means)


def _verdicts(outcomes: Sequence[Outcome]) -> VerdictFigures:
    answered = [o for o in outcomes if o.decision.verdict is Verdict.ANSWERED]
    answerable = sum(bool(outcome.query.relevant) for outcome in outcomes)
    unanswerable = len(outcomes) - answerable
    wrong = sum(not outcome.query.relevant for outcome in answered)
    right = sum(outcome.is_right for outcome in answered)
    return VerdictFigures(
        coverage=_share(len(answered) - wrong, answerable) or 0.0,
        precision=_share(right, len(answered)),
        false_answer_rate=_share(wrong, unanswerable),
        counts={
            verdict.value: sum(outcome.decision.verdict is verdict for outcome in outcomes)
            for verdict in Verdict
        },
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
