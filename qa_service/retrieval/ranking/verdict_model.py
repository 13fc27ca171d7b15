"""The second calibrated model: how probably the first candidate is right, after re-ranking.

It has few features, so that the score of the cross-encoder is not drowned among signals of
words and vectors, and is fitted apart for short and long questions and for letters: two words
leave a cross-encoder little to read, of a letter it reads the beginning, and each time its score
means something else.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import exp

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.text.letters import is_letter

Matrix = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Lengths = npt.NDArray[np.int64]
"""Lengths of questions, as ``Length`` numbers them."""

VERDICT_FEATURES = (
    "log_odds",
    "score",
    "score_gap",
    "other_score",
    "other_scores",
    "scores_above_zero",
    "answer_score",
    "relevance_gap",
    "guard_conflicts",
    "guard_unconfirmed",
    "unsaid_words",
    "unsaid_bigrams",
    "text_covered",
    "length",
)
"""Log-odds before re-ranking; score of the first, its lead over the others, the best and the mean
score of the others, the number of scores above 0; score of the first's answer; lead in relevance
(below 0 where the re-ranker put another first); numbers of guard differences; words and share of
bigrams of the question that no text of the pair says and weight of the best text found in the
question, each less what is usual and the less the shorter the pair; characters of the question."""

LONG_QUESTION = 12
"""Least number of characters of a long question."""


class Length(IntEnum):
    """The length of a question, by which its model is chosen."""

    SHORT, LONG, LETTER = range(3)


def length_of(normalised: str) -> Length:
    """Return the length of a question in matching form."""
    if is_letter(normalised):
        return Length.LETTER
    return Length.LONG if len(normalised) >= LONG_QUESTION else Length.SHORT


ALONE = 6.0
"""Lead of a candidate that is the only one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Outright answers on questions that the model was not fitted on.

    ``low`` is the one-sided 95 % bound of the precision ``right / answered``; ``curve`` holds
    (threshold, share answered, precision) from the highest threshold down.
    """

    questions: int
    answered: int
    right: int
    low: float
    curve: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class VerdictModel:
    """Logistic models of questions of each ``Length``, in this order, and thresholds.

    ``mean`` and ``scale`` have shape (features,), ``weights`` (3, features), ``bias`` (3,).
    ``answer_threshold`` is that of questions, ``letter_threshold`` that of letters.
    ``score_weight`` is the weight of a score beside the relevance in the order of candidates.
    Below the least log-odds before re-ranking nothing is answered, however high its score: both
    models must agree, because each errs where questions are of another origin. It is
    ``least_log_odds`` for questions that ``domain`` takes for ones about policy, themselves or by
    their first candidate, for letters, and for all where there is none, ``least_elsewhere`` for
    the rest.
    """

    mean: Matrix
    scale: Matrix
    weights: Matrix
    bias: Matrix
    answer_threshold: float
    letter_threshold: float
    choose_threshold: float
    score_weight: float
    least_log_odds: float
    least_elsewhere: float
    domain: DomainModel | None = None
    measured: Measured | None = None

    def least(self, is_policy: Flags, lengths: Lengths) -> Matrix:
        """Return the least log-odds before re-ranking of questions, shape (rows,)."""
        is_near = is_policy | (lengths == Length.LETTER)
        return np.where(is_near, self.least_log_odds, self.least_elsewhere)

    def threshold(self, length: Length) -> float:
        """Return the least probability of an outright answer."""
        return self.letter_threshold if length is Length.LETTER else self.answer_threshold

    def is_policy(self, vector: npt.NDArray[np.floating] | None) -> bool:
        """Return whether the question with this vector counts as one about policy."""
        if self.domain is None or vector is None:
            return True
        return bool(self.domain.is_policy(vector[None])[0])

    def log_odds(self, features: Matrix, lengths: Lengths) -> Matrix:
        """Return the log-odds of each row of ``features``, shape (rows,)."""
        every = (features - self.mean) / self.scale @ self.weights.T + self.bias
        return of_length(every, lengths)

    def probability(self, features: Matrix, length: Length) -> float:
        """Return the probability for one row, shape (features,)."""
        found = float(self.log_odds(features[None], np.array([length]))[0])
        return 1 / (1 + exp(-max(-50.0, min(50.0, found))))


def of_length(every: Matrix, lengths: Lengths) -> Matrix:
    """Return, of log-odds by each model, shape (rows, 3), those of the row's own length."""
    return np.take_along_axis(every, lengths[:, None], axis=1)[:, 0]
