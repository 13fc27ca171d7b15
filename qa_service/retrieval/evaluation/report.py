"""Evaluation figures of a set: ranking by each signal and by the engine, and verdicts."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.backends.contract import ScoreCheck
from qa_service.retrieval.evaluation.dataset import EvaluationSet
from qa_service.retrieval.evaluation.evaluation import Outcome
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
from qa_service.vocabulary import Verdict

Flags = npt.NDArray[np.bool_]
Gains = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


SHOWN = 5
"""Candidates that stand on the page without scrolling."""


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
    """Rates of outright answers and of wrong ones.

    ``coverage`` is the share of answerable queries with a right outright answer, ``precision``
    the share of outright answers that are right (None when there are none), and
    ``false_answer_rate`` the share of unanswerable queries with an outright answer (None when
    the set has none).
    """

    coverage: float
    precision: float | None
    false_answer_rate: float | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Numbers of the queries of one kind.

    ``answered_right``: answered outright with a right pair; ``right_first``: a right pair stands
    first, whatever the verdict; ``shown_right``: one is among the first ``SHOWN`` the operator
    is shown.
    """

    queries: int
    answered: int
    answered_right: int
    choose: int
    unmatched: int
    right_first: int
    shown_right: int


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Figures that ``evaluate`` measured on one set; times in milliseconds a query.

    ``rank_bm25``, ``embedding`` and ``rrf`` are the baselines; ``lexical`` and ``dense`` the
    engine's two signals, ``fused`` its first order by both, ``whole`` its final ranking.
    ``kinds`` holds the numbers by kind of query, for a set that states it; ``intervals`` 95 %
    bootstrap intervals of the figures of ``whole``, by name; ``bm25_check`` compares the index's
    BM25 scores with those of the rank-bm25 library.
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
    kinds: dict[str, KindFigures]
    bm25_check: ScoreCheck | None = None


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
            [outcome.allows_answer for outcome in outcomes],
        ),
        intervals=_intervals(outcomes),
        ms_p50=round(float(np.percentile(took, 50)), 2),
        ms_p99=round(float(np.percentile(took, 99)), 2),
        kinds=_kinds(outcomes),
        bm25_check=bm25_check,
    )


def _kinds(outcomes: Sequence[Outcome]) -> dict[str, KindFigures]:
    """Return the numbers of each kind that queries state, in the order of their first query."""
    by_kind: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.query.kind:
            by_kind.setdefault(outcome.query.kind, []).append(outcome)
    return {kind: _of_kind(found) for kind, found in by_kind.items()}


def _of_kind(outcomes: Sequence[Outcome]) -> KindFigures:
    verdicts = Counter(outcome.answer.decision.verdict for outcome in outcomes)
    return KindFigures(
        queries=len(outcomes),
        answered=verdicts[Verdict.ANSWERED],
        answered_right=sum(one.is_answered and one.is_right for one in outcomes),
        choose=verdicts[Verdict.CHOOSE],
        unmatched=verdicts[Verdict.UNMATCHED],
        right_first=sum(one.is_right for one in outcomes),
        shown_right=sum(bool(one.query.relevant & set(_shown(one))) for one in outcomes),
    )


def _shown(outcome: Outcome) -> tuple[int, ...]:
    """Return the pairs that the operator is shown first; none for an unmatched query."""
    is_unmatched = outcome.answer.decision.verdict is Verdict.UNMATCHED
    return () if is_unmatched else outcome.answer.pair_ids[:SHOWN]


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
    """Return the bootstrap interval of each figure of the final ranking, by name."""
    can = np.array([bool(outcome.query.relevant) for outcome in outcomes])
    right = np.array([outcome.is_right for outcome in outcomes])
    answered = np.array([outcome.is_answered for outcome in outcomes])
    gains = np.array(
        [ndcg(outcome.rankings["whole"], outcome.query.relevant) for outcome in outcomes]
    )

    def ratio(part: Flags | Gains, divisor: Flags) -> Callable[[Places], float]:
        """Return the statistic that divides two sums over resampled places."""

        def of(places: Places) -> float:
            """Return the ratio over ``places``; not a number when the divisor is 0."""
            total = divisor[places].sum()
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
