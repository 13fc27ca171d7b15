"""Fits the calibration: how candidates are ordered, how sure the first one is, when to answer.

Both models are logistic regressions. The order is learned from pairs of a right and a
wrong candidate of one query (RankNet's objective, Burges et al., 2005, with a linear
scorer). The probability is learned from the first candidate of each query, asked twice:
as it is, and with every right pair taken out of the bank, which gives near misses as a
bank without the answer would show them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from qa_service.errors import InvalidInputError
from qa_service.retrieval.decision import (
    Calibration,
    LinearModel,
    Ranked,
    rank,
    top_features,
)
from qa_service.retrieval.evaluation import Outcome

Matrix = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]

WRONG_PER_QUERY = 10
"""Wrong candidates a query teaches the order with."""

CHOOSE_LOSS = 0.02
"""Share of answerable questions that may be called unmatched so that noise is not shown."""

FOLDS = 5


class TooLittleToFitError(InvalidInputError):
    """The sets hold too few right and wrong examples."""

    code = "too_little_to_fit"
    title = "样本太少，无法校准"


@dataclass(frozen=True, slots=True)
class Example:
    """A ranking, the ids that are right, and the group it must not be split from."""

    ranked: tuple[Ranked, ...]
    relevant: frozenset[int]
    group: str
    weight: float

    @property
    def is_right(self) -> bool:
        """Whether the first candidate is right."""
        return self.ranked[0].pair_id in self.relevant

    def without_answer(self) -> "Example":
        """The same question asked of a bank that lacks its answer."""
        left = tuple(found for found in self.ranked if found.pair_id not in self.relevant)
        return replace(self, ranked=left)


def examples_of(name: str, outcomes: Sequence[Outcome]) -> list[Example]:
    """Examples of one set; together they weigh as much as those of any other set."""
    kept = [outcome for outcome in outcomes if outcome.ranked]
    return [
        Example(
            outcome.ranked,
            outcome.query.relevant,
            group=f"{name}:{min(outcome.query.relevant, default=outcome.query.qid)}",
            weight=1000 / len(kept),
        )
        for outcome in kept
    ]


def fit(
    examples: Sequence[Example], start: Calibration, *, precision: float, provenance: dict[str, str]
) -> Calibration:
    """A calibration fitted on ``examples`` whose outright answers are right at ``precision``.

    ``start`` gives the shape only. The thresholds come from probabilities of folds that
    were not fitted on. Raises TooLittleToFitError.
    """
    relevance = _fit_relevance(examples)
    ordering = replace(start, relevance=relevance)
    ordered = [_reorder(example, ordering) for example in examples]
    lacking = [example.without_answer() for example in ordered if example.relevant]
    shown = [example for example in (*ordered, *lacking) if example.ranked]
    features = np.array([top_features(example.ranked) for example in shown])
    right = np.array([example.is_right for example in shown])
    weights = np.array([example.weight for example in shown])
    groups = [example.group for example in shown]
    unseen = _unseen_probabilities(features, right, weights, groups)
    candid = np.array([not example.ranked[0].described.guards.conflicts for example in shown])
    return replace(
        ordering,
        decision=_fit_model(features, right, weights),
        answer_threshold=_answer_threshold(
            unseen[candid], right[candid], weights[candid], precision
        ),
        choose_threshold=float(np.quantile(unseen[right], CHOOSE_LOSS)),
        provenance=provenance,
    )


def _reorder(example: Example, calibration: Calibration) -> Example:
    described = [found.described for found in example.ranked]
    return replace(example, ranked=tuple(rank(described, calibration)))


def _fit_relevance(examples: Sequence[Example]) -> LinearModel:
    differences = [row for example in examples for row in _preferences(example)]
    if not differences:
        raise TooLittleToFitError("评测集中没有可用于排序的样本，请增加有答案的问题")
    wins = np.array([row for row, _ in differences])
    weights = np.array([weight for _, weight in differences])
    scale = np.maximum(wins.std(axis=0), 1e-6)
    both_ways = np.concatenate([wins, -wins]) / scale
    labels = np.repeat([True, False], len(wins))
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=2000)
    model.fit(both_ways, labels, sample_weight=np.concatenate([weights, weights]))
    return LinearModel(np.zeros(wins.shape[1]), scale, model.coef_[0], 0.0)


def _preferences(example: Example) -> list[tuple[Matrix, float]]:
    right = [c for c in example.ranked if c.pair_id in example.relevant]
    wrong = [c for c in example.ranked if c.pair_id not in example.relevant][:WRONG_PER_QUERY]
    weight = example.weight / max(1, len(right) * len(wrong))
    return [
        (better.described.features - worse.described.features, weight)
        for better in right
        for worse in wrong
    ]


def _fit_model(features: Matrix, right: Labels, weights: Matrix) -> LinearModel:
    if right.all() or not right.any():
        raise TooLittleToFitError("评测集中须同时有可答与不可答的问题，请补充")
    mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    model = LogisticRegression(C=1.0, max_iter=5000)
    model.fit((features - mean) / scale, right, sample_weight=weights)
    return LinearModel(mean, scale, model.coef_[0], float(model.intercept_[0]))


def _unseen_probabilities(
    features: Matrix, right: Labels, weights: Matrix, groups: Sequence[str]
) -> Matrix:
    fold_of_group = {group: number % FOLDS for number, group in enumerate(dict.fromkeys(groups))}
    folds = np.array([fold_of_group[group] for group in groups])
    probabilities = np.zeros(len(features))
    for fold in range(FOLDS):
        held = folds == fold
        if held.any():
            model = _fit_model(features[~held], right[~held], weights[~held])
            odds = ((features[held] - model.mean) / model.scale) @ model.weights + model.bias
            probabilities[held] = 1 / (1 + np.exp(-odds))
    return probabilities


def _answer_threshold(
    probabilities: Matrix, right: Labels, weights: Matrix, precision: float
) -> float:
    order = np.argsort(-probabilities)
    won = np.cumsum((right * weights)[order])
    told = np.cumsum(weights[order])
    good = np.flatnonzero(won / told >= precision)
    if not len(good):
        return 1.0
    return float(probabilities[order][good[-1]])
