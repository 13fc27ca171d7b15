"""Measures the engine on a judged set: ranking by each signal and the whole, and verdicts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import numpy.typing as npt

from qa_service.progress import Progress, no_progress
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import ScoreCheck
from qa_service.retrieval.engine import Answer, RetrievalEngine, everything
from qa_service.retrieval.evaluation.baselines import Baselines, reciprocal_rank_fusion
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery
from qa_service.retrieval.evaluation.ir_metrics import ndcg, recall, reciprocal_rank
from qa_service.retrieval.evaluation.reliability import (
    CurvePoint,
    Interval,
    Reliability,
    answer_curve,
    bootstrap,
    reliability,
    share,
)
from qa_service.retrieval.ranking.decision import may_be_told
from qa_service.retrieval.ranking.judging import GUARDED_CANDIDATES
from qa_service.vocabulary import Verdict

Flags = npt.NDArray[np.bool_]
Gains = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

BATCH = 64
"""Texts embedded between two reports of progress."""

CHECKED_QUERIES = 50
"""Queries whose BM25 scores are checked against rank-bm25."""


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

    ``coverage`` is the share of answerable queries rightly answered outright, ``precision`` the
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
    """Figures that ``evaluate`` measured on one set; times in milliseconds a query.

    ``rank_bm25``, ``embedding`` and ``rrf`` are the baselines; ``lexical`` and ``dense`` the
    engine's two signals, ``fused`` its first order by both, ``whole`` what it answers with.
    ``intervals`` holds 95 % bootstrap intervals of the whole's figures, by name;
    ``bm25_check`` compares the index's BM25 scores with those of the rank-bm25 library.
    """

    name: str
    pairs: int
    answerable: int
    unanswerable: int
    rank_bm25: RankingFigures
    embedding: RankingFigures | None
    rrf: RankingFigures | None
    lexical: RankingFigures
    dense: RankingFigures | None
    fused: RankingFigures
    whole: RankingFigures
    verdicts: VerdictFigures
    reliability: Reliability
    curve: tuple[CurvePoint, ...]
    intervals: dict[str, Interval]
    ms_p50: float
    ms_p99: float
    bm25_check: ScoreCheck | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one query, as the service gives it; ``rankings`` holds pair ids by signal."""

    query: JudgedQuery
    rankings: dict[str, tuple[int, ...]]
    answer: Answer

    @property
    def took_ms(self) -> float:
        """Milliseconds the query took."""
        return self.answer.took_ms

    @property
    def is_right(self) -> bool:
        """Whether the first candidate answers the query."""
        return bool(self.answer.ranked) and self.answer.ranked[0].pair_id in self.query.relevant

    @property
    def is_answered(self) -> bool:
        """Whether it was answered outright."""
        return self.answer.decision.verdict is Verdict.ANSWERED

    @property
    def may_be_told(self) -> bool:
        """Whether no rule forbids to answer outright with the first candidate."""
        return bool(self.answer.ranked) and may_be_told(self.answer.ranked[0])


def index_set(
    engine: RetrievalEngine,
    evaluated: EvaluationSet,
    *,
    known: Mapping[str, Vectors] | None = None,
    progress: Progress = no_progress,
) -> Baselines:
    """Make ``engine`` search the pairs of the set alone; return baselines over the same pairs.

    ``known`` holds vectors made before, by text; they are not made again.
    """
    vectors = _embed(engine, evaluated, dict(known or {}), progress)
    engine.adopt(engine.build(evaluated.pairs, vectors))
    return Baselines(evaluated.pairs, engine.tokenizer, vectors)


def run(
    engine: RetrievalEngine,
    baselines: Baselines,
    queries: Sequence[JudgedQuery],
    progress: Progress = no_progress,
    *,
    limit: int = GUARDED_CANDIDATES,
) -> list[Outcome]:
    """Ask each query of the index of ``engine``; ``limit`` is the number of candidates shown."""
    outcomes = []
    for number, query in enumerate(queries, start=1):
        outcomes.append(_outcome(engine, baselines, query, limit))
        progress(number, len(queries))
    return outcomes


def check_bm25(engine: RetrievalEngine, queries: Sequence[JudgedQuery]) -> ScoreCheck | None:
    """Compare the index's BM25 scores with rank-bm25's on a sample of ``queries``.

    Raises ScoresDifferError when they differ; None for an index that computes no BM25.
    """
    asked = [engine.analyse(query.text).tokens for query in queries[:CHECKED_QUERIES]]
    return engine.index.check_scores(asked)


def summarise(
    evaluated: EvaluationSet, outcomes: Sequence[Outcome], bm25_check: ScoreCheck | None = None
) -> EvaluationReport:
    """Compute the figures over ``outcomes``; raises ValueError when there are none."""
    if not outcomes:
        raise ValueError("no outcomes to summarise")
    took = [outcome.took_ms for outcome in outcomes]
    answerable = [outcome for outcome in outcomes if outcome.query.relevant]
    confidences = [outcome.answer.confidence for outcome in outcomes]
    right = [outcome.is_right for outcome in outcomes]
    figures = {signal: _figures(answerable, signal) for signal in outcomes[0].rankings}
    has_dense = any(outcome.rankings["dense"] for outcome in outcomes)
    return EvaluationReport(
        name=evaluated.name,
        pairs=len(evaluated.pairs),
        answerable=len(answerable),
        unanswerable=len(outcomes) - len(answerable),
        rank_bm25=figures["rank_bm25"],
        embedding=figures["embedding"] if has_dense else None,
        rrf=figures["rrf"] if has_dense else None,
        lexical=figures["lexical"],
        dense=figures["dense"] if has_dense else None,
        fused=figures["fused"],
        whole=figures["whole"],
        verdicts=_verdicts(outcomes),
        reliability=reliability(confidences, right),
        curve=answer_curve(
            confidences,
            right,
            [bool(outcome.query.relevant) for outcome in outcomes],
            [outcome.may_be_told for outcome in outcomes],
        ),
        intervals=_intervals(outcomes),
        ms_p50=round(float(np.percentile(took, 50)), 2),
        ms_p99=round(float(np.percentile(took, 99)), 2),
        bm25_check=bm25_check,
    )


def _embed(
    engine: RetrievalEngine,
    evaluated: EvaluationSet,
    vectors: dict[str, Vectors],
    progress: Progress,
) -> dict[str, Vectors]:
    """Return the vector of every text of the set; empty without an encoder."""
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


def _outcome(
    engine: RetrievalEngine, baselines: Baselines, judged: JudgedQuery, limit: int
) -> Outcome:
    """Ask one query as the service does, and rank it by each signal alone."""
    answer = engine.answer(judged.text, everything, limit=limit)
    question = answer.question
    lexical = engine.index.ranked_by_words(question)
    dense = engine.index.ranked_by_vector(question)
    rankings = {
        "rank_bm25": baselines.by_bm25(question),
        "embedding": baselines.by_embedding(question),
        "lexical": lexical,
        "dense": dense,
        "rrf": reciprocal_rank_fusion([lexical, dense]),
        "fused": engine.first_order(question),
        "whole": answer.pair_ids,
    }
    return Outcome(judged, rankings, answer)


def _figures(outcomes: Sequence[Outcome], signal: str) -> RankingFigures:
    """Return the mean ranking figures of one signal."""
    rows = [
        (
            recall(ranking, query.relevant, 1),
            recall(ranking, query.relevant, 5),
            recall(ranking, query.relevant, 10),
            reciprocal_rank(ranking, query.relevant),
            ndcg(ranking, query.relevant),
        )
        for ranking, query in ((outcome.rankings[signal], outcome.query) for outcome in outcomes)
    ]
    means = [round(fmean(column), 4) for column in zip(*rows, strict=True)] or [0.0] * 5
    return RankingFigures(*means)


def _verdicts(outcomes: Sequence[Outcome]) -> VerdictFigures:
    """Return the figures of the verdicts."""
    answered = [outcome for outcome in outcomes if outcome.is_answered]
    answerable = sum(bool(outcome.query.relevant) for outcome in outcomes)
    unanswerable = len(outcomes) - answerable
    right = sum(outcome.is_right for outcome in answered)
    return VerdictFigures(
        coverage=share(right, answerable) or 0.0,
        precision=share(right, len(answered)),
        false_answer_rate=share(
            sum(not outcome.query.relevant for outcome in answered), unanswerable
        ),
        counts={
            verdict.value: sum(outcome.answer.decision.verdict is verdict for outcome in outcomes)
            for verdict in Verdict
        },
    )


def _intervals(outcomes: Sequence[Outcome]) -> dict[str, Interval]:
    """Return the bootstrap interval of each figure of the whole, by name."""
    can = np.array([bool(outcome.query.relevant) for outcome in outcomes])
    right = np.array([outcome.is_right for outcome in outcomes])
    answered = np.array([outcome.is_answered for outcome in outcomes])
    gains = np.array(
        [ndcg(outcome.rankings["whole"], outcome.query.relevant) for outcome in outcomes]
    )

    def ratio(part: Flags | Gains, whole: Flags) -> Callable[[Places], float]:
        """Return the statistic that divides two sums over resampled places."""

        def of(places: Places) -> float:
            """Return the ratio over ``places``; not a number when the divisor is 0."""
            total = whole[places].sum()
            return float(part[places].sum() / total) if total else float("nan")

        return of

    statistics = {
        "recall_at_1": ratio(right & can, can),
        "ndcg_at_10": ratio(gains, can),
        "coverage": ratio(right & answered, can),
        "precision": ratio(right & answered, answered),
        "false_answer_rate": ratio(answered & ~can, ~can),
    }
    return {name: bootstrap(len(outcomes), found) for name, found in statistics.items()}
