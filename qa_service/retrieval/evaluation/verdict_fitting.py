"""Fits the verdict on re-ranked candidates, with thresholds that hold by a confidence bound."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Self

import numpy as np

from qa_service.retrieval.evaluation.fitting import (
    CHOOSE_LOSS,
    NEVER,
    TAKEN_OUT,
    Example,
)
from qa_service.retrieval.evaluation.verdict_regression import (
    fitted,
    unseen_elsewhere,
    unseen_probabilities,
)
from qa_service.retrieval.evaluation.verdict_sample import (
    Sample,
    near_misses,
    ranked_by,
    rescored,
    sample_of,
    set_of,
)
from qa_service.retrieval.ranking.calibration import Calibration, Matrix
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.retrieval.ranking.rescoring import Scorer, is_in_doubt
from qa_service.retrieval.ranking.verdict_model import (
    VERDICT_FEATURES,
    Flags,
    Length,
    Measured,
    VerdictModel,
)

SCORE_WEIGHTS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Weights of the score beside the relevance that are tried for the order."""

CERTAINTY = 1.645
"""Standard deviations of the one-sided bound: 95 %."""

UNMATCHED_SHARE = 0.75
"""Share of the questions without an answer that shall be unmatched."""

MOST_LOST = 0.05
"""Greatest share of answerable questions that may become unmatched for it."""

NO_BOUND = -99.0
LOG_ODDS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 99.0)
"""Least log-odds before re-ranking that are tried: an answer is more probable than not."""

CURVE_POINTS = 40
"""Points of the curve of precision over thresholds."""

BY_POINT = 0.5
"""Share of the wrong answers that a precision by the bound allows which it allows by the point:
0.98 by the bound is met from some 0.99 upward."""

FEW = 30
"""Number of answers of a set below which its own precision says little."""


def fit_verdict(
    examples: Sequence[Example],
    calibration: Calibration,
    scorer: Scorer,
    *,
    precision: float,
    others: Sequence[Example] = (),
    domain: DomainModel | None = None,
    former: VerdictModel | None = None,
) -> VerdictModel | None:
    """Fit on ``examples`` as ``calibration`` ranks them; None if they are all right or all wrong.

    Learned from are questions as they were asked and ``near_misses``, every set with the same
    weight. Of those no model of their fold was fitted on, the answered ones are right at
    ``precision`` by the bound, and in each set by itself. One threshold serves every length:
    apart, each would need as many questions to be as certain. ``others`` are questions of sets
    of another origin, on which order and answers must hold as well: they set the least log-odds of
    questions about policy, as ``domain`` tells, of letters, and of others; the model of letters
    learns from theirs too, of which our own sets have few. Without such questions
    they are those of ``former``, if there is one, and so is its domain unless another is given.
    The precision is that of what callers ask: contrasts (一字之差) are learned from, with a
    smaller weight, and measured apart by ``evaluate``.
    """
    ranked = [
        *(example.by(calibration) for example in examples),
        *near_misses(examples, calibration),
    ]
    doubtful = [one for one in ranked if is_in_doubt(one.ranked, calibration)]
    asked = [one for one in ranked_by(others, calibration) if is_in_doubt(one.ranked, calibration)]
    weight = max(
        SCORE_WEIGHTS,
        key=lambda tried: _first_right([*doubtful, *asked], calibration, scorer, tried),
    )
    domain = domain or (former.domain if former else None)
    sample = sample_of(doubtful, calibration, scorer, weight, domain)
    if sample.right.all() or not sample.right.any():
        return None
    elsewhere = sample_of(asked, calibration, scorer, weight, domain) if asked else None
    unseen = unseen_probabilities(sample, elsewhere)
    mean, scale, weights, bias = fitted(sample, np.ones(len(sample.right), np.bool_), elsewhere)
    usual = _usual(sample)
    threshold = _answer_threshold(unseen, usual, precision)
    model = VerdictModel(
        mean=mean,
        scale=scale,
        weights=weights,
        bias=bias,
        answer_threshold=threshold,
        letter_threshold=max(threshold, former.letter_threshold if former else threshold),
        choose_threshold=_choose_threshold(unseen, sample),
        score_weight=weight,
        least_log_odds=former.least_log_odds if former else NO_BOUND,
        least_elsewhere=former.least_elsewhere if former else NO_BOUND,
        domain=domain,
    )
    if elsewhere:
        theirs = _Judged(elsewhere, unseen_elsewhere(sample, elsewhere))
        model = _bounded(model, (_Judged(usual, unseen), theirs), precision)
    agreed = _agreed(_Judged(usual, unseen), model)
    return replace(model, measured=_measured(unseen, agreed, threshold))


def _usual(sample: Sample) -> Sample:
    """Return the sample with no contrast allowed to be answered: callers hardly ask so."""
    return replace(sample, allowed=sample.allowed & ~sample.is_contrast)


@dataclass(frozen=True, slots=True)
class _Judged:
    """Questions with probabilities by models that did not learn from them."""

    sample: Sample
    unseen: Matrix

    def of_kind(self, chosen: Flags) -> Self:
        """Return the questions with no others than the chosen ones to be answered or not."""
        one = self.sample
        kept = replace(one, allowed=one.allowed & chosen, unanswerable=one.unanswerable & chosen)
        return replace(self, sample=kept)

    def answered(self, least: float, threshold: float) -> Flags:
        """Return which are answered from these least log-odds before re-ranking and threshold."""
        found: Flags = (
            self.sample.allowed & (_before(self.sample) >= least) & (self.unseen >= threshold)
        )
        return found


def _agreed(judged: _Judged, model: VerdictModel) -> Sample:
    """Return the sample that allows only what is probable enough before re-ranking.

    Of letters, what is also probable enough for one.
    """
    one = judged.sample
    is_agreed = _before(one) >= model.least(one.is_policy, one.lengths)
    is_agreed &= (one.lengths != Length.LETTER) | (judged.unseen >= model.letter_threshold)
    return replace(one, allowed=one.allowed & is_agreed)


def _bounded(model: VerdictModel, asked: Sequence[_Judged], precision: float) -> VerdictModel:
    """Return ``model`` with the least log-odds of each kind of question, and letters' threshold.

    ``asked`` are our own questions and those of sets of another origin. Letters (来信) are parted
    better by their probability than by the log-odds before re-ranking, other questions are not.
    """
    letters = [one.of_kind(one.sample.lengths == Length.LETTER) for one in asked]
    others = [one.of_kind(one.sample.lengths != Length.LETTER) for one in asked]
    policy = [one.of_kind(one.sample.is_policy) for one in others]
    rest = [one.of_kind(~one.sample.is_policy) for one in others]
    threshold, never = model.answer_threshold, LOG_ODDS[-1]
    tried = [(least, threshold) for least in LOG_ODDS]
    least, _ = _most(policy, tried, precision) or (never, threshold)
    elsewhere, _ = _most(rest, tried, precision) or (never, threshold)
    levels = [(least, level) for level in _levels(letters, threshold)]
    _, letter_threshold = _most(letters, levels, precision) or (least, NEVER)
    return replace(
        model,
        least_log_odds=least,
        least_elsewhere=elsewhere,
        letter_threshold=letter_threshold,
    )


def _levels(asked: Sequence[_Judged], threshold: float) -> list[float]:
    """Return the thresholds that are tried: the common one, and the probabilities above it."""
    found = np.concatenate([one.unseen[one.sample.allowed] for one in asked])
    return [threshold, *np.unique(found[found > threshold]).tolist()]


def _most(
    asked: Sequence[_Judged], bounds: Sequence[tuple[float, float]], precision: float
) -> tuple[float, float] | None:
    """Return the bounds by which most are answered, and right enough; None if there are none.

    ``bounds`` are least log-odds and thresholds, of which the first counts where others answer
    as many. Questions of all sets count together: of one set alone there are too few.
    """
    found = [_answers(asked, least, level, precision) for least, level in bounds]
    return bounds[int(np.argmax(found))] if any(found) else None


def _answers(asked: Sequence[_Judged], least: float, threshold: float, precision: float) -> int:
    """Return the number of answers by these bounds, 0 where too many of them are wrong.

    Sets of another origin contain right answers that are not judged, hence a factor. Numbers are
    rounded: a fraction of an answer is no reason for another bound.
    """
    may_be_wrong = TAKEN_OUT * BY_POINT * (1 - precision)
    may_be_false = TAKEN_OUT * (1 - precision)
    answered = wrong = false = nothing = 0
    for one in asked:
        chosen = one.answered(least, threshold)
        answered += int(chosen.sum())
        wrong += int((chosen & ~one.sample.right).sum())
        false += int((chosen & one.sample.unanswerable).sum())
        nothing += int(one.sample.unanswerable.sum())
    is_right = wrong <= round(may_be_wrong * answered) and false <= may_be_false * nothing
    return answered if is_right else 0


def _before(sample: Sample) -> Matrix:
    """Return the log-odds of each question before re-ranking."""
    found: Matrix = sample.features[:, VERDICT_FEATURES.index("log_odds")]
    return found


def lower_bound(right: int, total: int) -> float:
    """Return the lower bound of a share (Wilson, 1927), one-sided at 95 %; 0 of none."""
    if not total:
        return 0.0
    share, squared = right / total, CERTAINTY**2
    spread = CERTAINTY * sqrt(share * (1 - share) / total + squared / (4 * total**2))
    return (share + squared / (2 * total) - spread) / (1 + squared / total)


def _first_right(
    examples: Sequence[Example], calibration: Calibration, scorer: Scorer, weight: float
) -> float:
    """Return the share of questions with the right pair first, on average over the sets."""
    found: dict[str, list[bool]] = {}
    for one in examples:
        if one.relevant and not one.is_taken_out:
            first = rescored(one, calibration, scorer, weight).ranked[0]
            found.setdefault(set_of(one), []).append(first.pair_id in one.relevant)
    return sum(sum(hits) / len(hits) for hits in found.values()) / max(1, len(found))


def _answer_threshold(probabilities: Matrix, sample: Sample, precision: float) -> float:
    """Return the least probability from which answers are right at ``precision``.

    Over all questions by the bound, in each set by the share, and at most the rest of the
    questions without an answer is answered in each set.
    """
    order = np.argsort(-probabilities)
    answered, won = sample.allowed[order], (sample.allowed & sample.right)[order]
    total, right = np.cumsum(answered), np.cumsum(won)
    is_good = np.array(
        [lower_bound(int(r), int(t)) >= precision for r, t in zip(right, total, strict=True)]
    )
    sets = np.array(sample.sets)[order]
    nothing = sample.unanswerable[order]
    for name in dict.fromkeys(sets.tolist()):
        own = sets == name
        total, right = np.cumsum(answered & own), np.cumsum(won & own)
        is_good &= (total < FEW) | (right >= precision * total)
        false = np.cumsum(answered & own & nothing)
        is_good &= false <= (1 - precision) * max(int((own & nothing).sum()), 1)
    good = np.flatnonzero(is_good)
    return float(probabilities[order][good[-1]]) if len(good) else NEVER


def _measured(probabilities: Matrix, sample: Sample, threshold: float) -> Measured:
    """Return the outright answers from ``threshold`` upward, and the curve over thresholds."""

    def answered_from(level: float) -> tuple[int, int]:
        """Return the numbers of answers and of right ones from a threshold upward."""
        chosen = sample.allowed & (probabilities >= level)
        return int(chosen.sum()), int((chosen & sample.right).sum())

    curve = []
    total = int((~sample.is_contrast).sum())
    for level in np.quantile(probabilities, np.linspace(1, 0, CURVE_POINTS + 1)[1:]):
        answered, right = answered_from(float(level))
        if answered:
            curve.append((round(float(level), 4), answered / total, right / answered))
    answered, right = answered_from(threshold)
    return Measured(
        questions=total,
        answered=answered,
        right=right,
        low=lower_bound(right, answered),
        curve=tuple((level, round(share, 4), round(good, 4)) for level, share, good in curve),
    )


def _choose_threshold(probabilities: Matrix, sample: Sample) -> float:
    """Return the probability below which nothing is offered as a match.

    So high that most questions without an answer are unmatched, and no higher: a question whose
    pair is not shown waits five days for what the bank holds. Of those that have one it loses a
    small share at most.
    """
    kept = probabilities[sample.right]
    if not sample.unanswerable.any():
        return float(np.quantile(kept, CHOOSE_LOSS))
    wanted = np.quantile(probabilities[sample.unanswerable], UNMATCHED_SHARE)
    return float(min(wanted, np.quantile(kept, MOST_LOST)))
