"""Fits the calibration: order of candidates, probability of the first one, thresholds.

Both models are logistic regressions. The order is learned from pairs of a right and a
wrong candidate of one query (RankNet's objective, Burges et al., 2005, with a linear
scorer). The probability is learned from the first candidate of each query in two forms:
from the full bank, and from the bank without the right pairs, which yields the near misses
of a bank that lacks the answer; it is then scaled to the unmodified questions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from qa_service.errors import InvalidInputError
from qa_service.retrieval.engine import DESCRIBED_CANDIDATES, everything
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.ranking.answer import Answer
from qa_service.retrieval.ranking.calibration import ANSWER_ONLY, Calibration, LinearModel, Matrix
from qa_service.retrieval.ranking.decision import Permission, Ranked, allows_answer, top_features
from qa_service.retrieval.ranking.judging import judge

Labels = npt.NDArray[np.bool_]

WRONG_PER_QUERY = 10
"""Greatest number of wrong candidates of a query that the order is learned from."""

ORDER_FREEDOM = 0.03
"""Inverse strength of the penalty on the order's weights; 1 overfits single sets."""

CHOOSE_LOSS = 0.02
"""Share of answerable questions that may become unmatched so that noise is not shown."""

FOLDS = 5

TAKEN_OUT = 1.5
"""Factor on the allowed rate of false answers for questions whose right pairs were removed
from the bank: evaluation sets contain further right answers that are not judged."""

NEVER = 1.01
"""A threshold that no probability reaches."""


class TooLittleToFitError(InvalidInputError):
    """The sets hold too few right and wrong examples."""

    code = "too_little_to_fit"
    title = "样本太少，无法校准"


@dataclass(frozen=True, slots=True)
class Example:
    """A query with its ranking, the ids of the right pairs, and its group for cross-validation.

    ``ranked`` is the ranking by a calibration, see ``by``. With ``is_taken_out`` it excludes
    the right pairs, as in a bank that lacks the answer.
    """

    answer: Answer
    ranked: tuple[Ranked, ...]
    relevant: frozenset[int]
    group: str
    weight: float
    kind: str = ""
    is_taken_out: bool = False

    @property
    def is_by_question(self) -> bool:
        """Whether the first candidate has a question of its own."""
        return not self.ranked[0].described.feature("answer_only")

    @property
    def allows_answer(self) -> bool:
        """Whether the rules allow an outright answer with the first candidate."""
        return self.answer.asks_once and allows_answer(self.ranked[0])

    @property
    def is_right(self) -> bool:
        """Whether the first candidate is right."""
        return self.ranked[0].pair_id in self.relevant

    def by(self, calibration: Calibration, *, is_taken_out: bool = False) -> "Example":
        """Return the example as the service would rank it by ``calibration``.

        With ``is_taken_out`` as if the bank lacked the right pairs.
        """
        judged = judge(
            self.answer.question,
            self.answer.description,
            calibration,
            self._wrong_only if is_taken_out else everything,
            allowed=Permission.ALL,
            limit=DESCRIBED_CANDIDATES,
        )
        return replace(self, ranked=judged.ranked, is_taken_out=is_taken_out)

    def _wrong_only(self, pair_ids: Sequence[int]) -> frozenset[int]:
        """Return the ids that do not answer the query."""
        return frozenset(pair_ids) - self.relevant


def examples_of(name: str, outcomes: Sequence[Outcome]) -> list[Example]:
    """Return the examples of one set; the sum of their weights is the same for every set."""
    kept = [outcome for outcome in outcomes if outcome.answer.ranked]
    return [
        Example(
            outcome.answer,
            outcome.answer.ranked,
            outcome.query.relevant,
            group=f"{name}:{min(outcome.query.relevant, default=outcome.query.qid)}",
            weight=1000 / len(kept),
            kind=outcome.query.kind,
        )
        for outcome in kept
    ]


def require_unanswerable(relevant: Iterable[frozenset[int]]) -> None:
    """Raise TooLittleToFitError unless some question has no answer, given those of each.

    Without one, every first candidate looks right and the thresholds would be too low.
    """
    if all(relevant):
        raise TooLittleToFitError(
            "评测集中没有“库里没有答案”的问题，无法校准何时不该答复；请补充这类问题"
        )


def fit(
    examples: Sequence[Example], start: Calibration, *, precision: float, provenance: dict[str, str]
) -> Calibration:
    """Fit a calibration on ``examples`` whose outright answers are right at ``precision``.

    ``start`` gives the shape only. The thresholds come from probabilities of folds that
    were not fitted on: of the questions as they were asked, answers are right at
    ``precision``, and of those without an answer at most the rest is answered. Raises
    TooLittleToFitError.
    """
    relevance = _fit_relevance([example.by(start) for example in examples])
    ordering = replace(start, relevance=relevance)
    ordered = [example.by(ordering) for example in examples]
    lacking = [example.by(ordering, is_taken_out=True) for example in examples if example.relevant]
    shown = [example for example in (*ordered, *lacking) if example.ranked]
    features = np.array([top_features(example.ranked) for example in shown])
    right = np.array([example.is_right for example in shown])
    weights = np.array([example.weight for example in shown])
    odds = _unseen_odds(features, right, weights, [example.group for example in shown])
    as_asked = np.array([not example.is_taken_out for example in shown])
    slope, shift = _platt(odds[as_asked], right[as_asked], weights[as_asked])
    unseen = 1 / (1 + np.exp(-(slope * odds + shift)))
    return replace(
        ordering,
        decision=_moved(_fit_model(features, right, weights), slope, shift),
        answer_threshold=_answer_threshold(shown, unseen, precision),
        choose_threshold=float(np.quantile(unseen[right], CHOOSE_LOSS)),
        provenance=provenance,
    )


def _fit_relevance(examples: Sequence[Example]) -> LinearModel:
    """Fit the order on pairs of a right and a wrong candidate."""
    wins = [row for example in examples for row in _preferences(example)]
    if not wins:
        raise TooLittleToFitError("评测集中没有可用于排序的样本，请增加有答案的问题")
    better = np.array([row for row, _, _ in wins])
    worse = np.array([row for _, row, _ in wins])
    weights = np.array([weight for _, _, weight in wins])
    mean, scale = np.zeros(better.shape[1]), _scale(better - worse)
    differences = _parted(better, mean, scale) - _parted(worse, mean, scale)
    labels = np.repeat([True, False], len(wins))
    model = LogisticRegression(C=ORDER_FREEDOM, fit_intercept=False, max_iter=3000)
    model.fit(
        np.concatenate([differences, -differences]),
        labels,
        sample_weight=np.concatenate([weights, weights]),
    )
    return _as_model(mean, scale, model.coef_[0])


def _preferences(example: Example) -> list[tuple[Matrix, Matrix, float]]:
    """Return features of a right and of a wrong candidate, and the weight, of each such pair."""
    right = [c for c in example.ranked if c.pair_id in example.relevant]
    wrong = [c for c in example.ranked if c.pair_id not in example.relevant][:WRONG_PER_QUERY]
    weight = example.weight / max(1, len(right) * len(wrong))
    return [
        (better.described.features, worse.described.features, weight)
        for better in right
        for worse in wrong
    ]


def _fit_model(features: Matrix, right: Labels, weights: Matrix) -> LinearModel:
    """Fit the probability that the first candidate is right."""
    if right.all() or not right.any():
        raise TooLittleToFitError("评测集中须同时有可答与不可答的问题，请补充")
    mean, scale = features.mean(axis=0), _scale(features)
    model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=5000)
    model.fit(_parted(features, mean, scale), right, sample_weight=weights)
    return _as_model(mean, scale, model.coef_[0])


def _parted(features: Matrix, mean: Matrix, scale: Matrix) -> Matrix:
    """Return standardised features and a one, in the columns of the model that is for the row."""
    standard = np.hstack([(features - mean) / scale, np.ones((len(features), 1))])
    answer_only = features[:, ANSWER_ONLY, None] > 0
    return np.hstack([np.where(answer_only, 0, standard), np.where(answer_only, standard, 0)])


def _as_model(mean: Matrix, scale: Matrix, coefficients: Matrix) -> LinearModel:
    """Return the model of fitted coefficients."""
    both = coefficients.reshape(2, -1)
    return LinearModel(mean, scale, both[:, :-1], both[:, -1])


def _scale(values: Matrix) -> Matrix:
    """Return the standard deviation of each feature; 1 for a constant one."""
    # A constant feature, such as a flag in one kind of set, must not be scaled up.
    spread = values.std(axis=0)
    return np.where(spread > 1e-6, spread, 1.0)


def _unseen_odds(features: Matrix, right: Labels, weights: Matrix, groups: Sequence[str]) -> Matrix:
    """Return the log-odds of each row by a model fitted on the other folds."""
    fold_of_group = {group: number % FOLDS for number, group in enumerate(dict.fromkeys(groups))}
    folds = np.array([fold_of_group[group] for group in groups])
    odds = np.zeros(len(features))
    for fold in range(FOLDS):
        held = folds == fold
        if held.any():
            model = _fit_model(features[~held], right[~held], weights[~held])
            odds[held] = model.score(features[held])
    return odds


def _platt(odds: Matrix, right: Labels, weights: Matrix) -> tuple[float, float]:
    """Return slope and shift that turn log-odds into those of real questions (Platt, 1999).

    Corrects for the training set, which has more near misses than real questions.
    """
    if right.all() or not right.any():
        return 1.0, 0.0
    model = LogisticRegression(C=1e6).fit(odds[:, None], right, sample_weight=weights)
    slope, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
    # A slope that is not positive would reverse the order; the data then teach nothing.
    return (slope, shift) if slope > 0 else (1.0, 0.0)


def _moved(model: LinearModel, slope: float, shift: float) -> LinearModel:
    """Return ``model`` with its log-odds times ``slope`` plus ``shift``."""
    return replace(model, weights=slope * model.weights, bias=slope * model.bias + shift)


def _answer_threshold(shown: Sequence[Example], probabilities: Matrix, precision: float) -> float:
    """Return the least probability from which answers are right at ``precision``."""
    order = np.argsort(-probabilities)
    ordered = [shown[place] for place in order]
    weights = np.array([example.weight for example in ordered])
    allowed = weights * [example.allows_answer for example in ordered]
    as_asked = allowed * [not example.is_taken_out for example in ordered]
    won = as_asked * [example.is_right for example in ordered]
    by_question = np.array([example.is_by_question for example in ordered])
    taken_out = np.array([example.is_taken_out for example in ordered])
    unanswerable = np.array([not example.relevant for example in ordered])
    good = np.flatnonzero(
        (np.cumsum(won) >= precision * np.cumsum(as_asked))
        & (_share_answered(allowed, weights * (unanswerable & by_question)) <= 1 - precision)
        & (
            _share_answered(allowed, weights * (taken_out & by_question))
            <= TAKEN_OUT * (1 - precision)
        )
    )
    # Without a sufficient place nothing is answered: no probability reaches ``NEVER``.
    return float(probabilities[order][good[-1]]) if len(good) else NEVER


def _share_answered(allowed: Matrix, among: Matrix) -> Matrix:
    """Return the share of the weight ``among`` that is answered up to each place."""
    found: Matrix = np.cumsum(np.where(allowed > 0, among, 0)) / max(float(among.sum()), 1e-9)
    return found
