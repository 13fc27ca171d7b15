"""Fits the logistic models of the verdict, one for each length of a question."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from qa_service.retrieval.evaluation.fitting import FOLDS
from qa_service.retrieval.evaluation.verdict_sample import Sample
from qa_service.retrieval.ranking.calibration import Matrix
from qa_service.retrieval.ranking.verdict_model import Flags, Length, of_length


@dataclass(frozen=True, slots=True)
class _Learned:
    """Rows that a model is fitted on."""

    features: Matrix
    right: Flags
    weights: Matrix

    @classmethod
    def of(cls, sample: Sample, chosen: Flags) -> Self:
        """Return the chosen rows of a sample."""
        return cls(sample.features[chosen], sample.right[chosen], sample.weights[chosen])

    def beside(self, other: Self) -> Self:
        """Return these rows and other ones, which weigh as much in sum."""
        own, theirs = self.weights.sum(), other.weights.sum()
        factor = own / theirs if own and theirs else 1.0
        return replace(
            self,
            features=np.vstack([self.features, other.features]),
            right=np.concatenate([self.right, other.right]),
            weights=np.concatenate([self.weights, factor * other.weights]),
        )


def fitted(
    sample: Sample, chosen: Flags, elsewhere: Sample | None, held_out: Flags | None = None
) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Return mean, scale, weights and bias fitted on the chosen rows, apart by length.

    The model of letters is also fitted on those ``elsewhere``, with the same weight in sum, but
    for what is ``held_out`` there.
    """
    features = sample.features[chosen]
    mean, spread = features.mean(axis=0), features.std(axis=0)
    scale = np.where(spread > 1e-6, spread, 1.0)
    weights, bias = np.zeros((len(Length), len(mean))), np.zeros(len(Length))
    for length in Length:
        learned = _of_length(sample, chosen, length, elsewhere, held_out)
        if len(np.unique(learned.right)) < 2:
            learned = _Learned.of(sample, chosen)  # too few of this length: all lengths' model
        model = LogisticRegression(C=1.0, max_iter=3000)
        model.fit((learned.features - mean) / scale, learned.right, sample_weight=learned.weights)
        weights[length], bias[length] = model.coef_[0], model.intercept_[0]
    return mean, scale, weights, bias


def _of_length(
    sample: Sample,
    chosen: Flags,
    length: Length,
    elsewhere: Sample | None,
    held_out: Flags | None,
) -> _Learned:
    """Return the rows that the model of a length is fitted on."""
    found = _Learned.of(sample, chosen & (sample.lengths == length))
    if length is not Length.LETTER or elsewhere is None:
        return found
    letters = elsewhere.lengths == length
    kept = letters if held_out is None else letters & ~held_out
    return found.beside(_Learned.of(elsewhere, kept))


def unseen_probabilities(sample: Sample, elsewhere: Sample | None) -> Matrix:
    """Return the probability of each row by a model fitted on the other folds."""
    folds = _folds(sample)
    odds = np.zeros(len(folds))
    for fold in range(FOLDS):
        held = folds == fold
        if not held.any() or len(np.unique(sample.right[~held])) < 2:
            continue
        mean, scale, weights, bias = fitted(sample, ~held, elsewhere)
        every = (sample.features - mean) / scale @ weights.T + bias
        odds[held] = of_length(every, sample.lengths)[held]
    return _probabilities(odds)


def unseen_elsewhere(sample: Sample, elsewhere: Sample) -> Matrix:
    """Return the probability of each row ``elsewhere`` by a model that did not learn from it."""
    folds, everything = _folds(elsewhere), np.ones(len(sample.right), np.bool_)
    odds = np.zeros(len(folds))
    for fold in range(FOLDS):
        held = folds == fold
        mean, scale, weights, bias = fitted(sample, everything, elsewhere, held)
        every = (elsewhere.features - mean) / scale @ weights.T + bias
        odds[held] = of_length(every, elsewhere.lengths)[held]
    return _probabilities(odds)


def _folds(sample: Sample) -> npt.NDArray[np.int64]:
    """Return the fold of each row; the rows of a group are in one."""
    fold_of = {group: number % FOLDS for number, group in enumerate(dict.fromkeys(sample.groups))}
    return np.array([fold_of[group] for group in sample.groups])


def _probabilities(odds: Matrix) -> Matrix:
    found: Matrix = 1 / (1 + np.exp(-odds))
    return found
