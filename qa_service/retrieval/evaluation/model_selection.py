"""Compares newly fitted models with those in use, question by question, on unseen questions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from qa_service.retrieval.engine import everything
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.ir_metrics import ndcg, recall
from qa_service.retrieval.evaluation.reliability import RESAMPLES
from qa_service.retrieval.ranking.calibration import Calibration
from qa_service.retrieval.ranking.decision import Permission
from qa_service.retrieval.ranking.judging import judge
from qa_service.retrieval.ranking.rescoring import Scorer
from qa_service.vocabulary import Verdict

WRONG_COSTS = 5.0
"""Right outright answers that one wrong outright answer outweighs."""

ONE_SIDED = 0.05
"""Share of resamples below a bound: one-sided at 95 %."""

TOLERANCE = 0.02
"""Share of R@1 and of coverage that may be lost on the shipped judged questions."""


@dataclass(frozen=True, slots=True)
class CalibrationFigures:
    """Figures of a calibration on unseen questions, the mean over sets of equal weight.

    ``answers`` counts outright answers, ``wrong_answers`` those that were not right.
    """

    recall_at_1: float
    ndcg_at_10: float
    coverage: float
    wrong_answers: int
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one question; ``group`` is the pair it is about, or the question itself."""

    group: str
    is_answerable: bool
    recall: float
    ndcg: float
    is_answered: bool
    is_right: bool

    @property
    def answer_gain(self) -> float:
        """1 for a right outright answer, a loss for a wrong one, 0 for none."""
        if not self.is_answered:
            return 0.0
        return 1.0 if self.is_right else -WRONG_COSTS


@dataclass(frozen=True, slots=True)
class Models:
    """A calibration, and the scores of the re-ranker that it was fitted with."""

    calibration: Calibration
    scorer: Scorer | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """Mean of the differences by question, and its lower bound, one-sided at 95 %."""

    mean: float
    low: float


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Figures of the models in use and of the new ones, on the same questions."""

    current: CalibrationFigures
    fitted: CalibrationFigures


@dataclass(frozen=True, slots=True)
class Comparison:
    """Figures of both on ``questions`` held-out questions, and how much better the new ones are.

    ``right_first`` is the gain in questions whose right pair stands first, ``answering`` that in
    right outright answers less the cost of wrong ones; ``gain`` is the sum of both by question.
    ``shipped`` compares on judged questions that came with the program, where they are at hand.
    """

    current: CalibrationFigures
    fitted: CalibrationFigures
    questions: int
    right_first: Gain
    answering: Gain
    gain: Gain
    shipped: SideBySide | None = None

    @property
    def is_better(self) -> bool:
        """Whether the new ones are better by the bound, answer no more wrongly, and forget little.

        One bound decides, on the sum: of several the best would be above 0 too often by chance.
        """
        is_no_worse = self.fitted.wrong_answers <= self.current.wrong_answers
        return self.gain.low > 0 and is_no_worse and not self.forgets

    @property
    def forgets(self) -> bool:
        """Whether the shipped questions are answered worse, beyond ``TOLERANCE``."""
        if self.shipped is None:
            return False
        before, after = self.shipped.current, self.shipped.fitted
        return (
            after.recall_at_1 < before.recall_at_1 - TOLERANCE
            or after.coverage < before.coverage - TOLERANCE
            or after.wrong_answers > before.wrong_answers
        )


def compare(
    current: Models,
    fitted: Models,
    outcomes: Mapping[str, Sequence[Outcome]],
    *,
    shipped: Sequence[Outcome] = (),
    seed: int = 1,
) -> Comparison:
    """Compare on ``outcomes`` by set, and on ``shipped`` ones; neither was learned from."""
    before, after = _by_set(current, outcomes), _by_set(fitted, outcomes)
    pairs = [
        (name, one, other)
        for name in before
        for one, other in zip(before[name], after[name], strict=True)
    ]
    groups = [f"{name}:{one.group}" for name, one, _ in pairs]
    first = [other.recall - one.recall for _, one, other in pairs]
    answers = [other.answer_gain - one.answer_gain for _, one, other in pairs]
    both = [one + other for one, other in zip(first, answers, strict=True)]
    return Comparison(
        _figures(before.values()),
        _figures(after.values()),
        questions=len(pairs),
        right_first=paired_gain(first, groups, seed=seed),
        answering=paired_gain(answers, groups, seed=seed),
        gain=paired_gain(both, groups, seed=seed),
        shipped=_side_by_side(current, fitted, shipped) if shipped else None,
    )


def paired_gain(differences: Sequence[float], groups: Sequence[str], *, seed: int = 1) -> Gain:
    """Return the mean difference and its lower bound by the paired bootstrap.

    Koehn (2004), with the percentile of Efron & Tibshirani (1993), ch. 13. Whole groups are drawn,
    because questions about one pair are right or wrong together. Of one group nothing is
    known about others, so that its bound is never above 0.
    """
    if not differences:
        return Gain(0.0, 0.0)
    mean = fmean(differences)
    places = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    sums, counts = np.zeros(len(places)), np.zeros(len(places))
    for difference, group in zip(differences, groups, strict=True):
        sums[places[group]] += difference
        counts[places[group]] += 1
    drawn = np.random.default_rng(seed).integers(0, len(places), (RESAMPLES, len(places)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low = float(np.quantile(means, ONE_SIDED))
    return Gain(round(mean, 4), round(low if len(places) > 1 else min(low, 0.0), 4))


def figures_of(
    calibration: Calibration, outcomes: Mapping[str, Sequence[Outcome]], scorer: Scorer | None
) -> CalibrationFigures:
    """Return the figures of ``calibration``, applied to every outcome's candidates."""
    return _figures(_by_set(Models(calibration, scorer), outcomes).values())


def _side_by_side(current: Models, fitted: Models, outcomes: Sequence[Outcome]) -> SideBySide:
    both = {"shipped": outcomes}
    return SideBySide(
        figures_of(current.calibration, both, current.scorer),
        figures_of(fitted.calibration, both, fitted.scorer),
    )


def _by_set(
    models: Models, outcomes: Mapping[str, Sequence[Outcome]]
) -> dict[str, tuple[Result, ...]]:
    return {
        name: tuple(_result(models, outcome) for outcome in judged)
        for name, judged in outcomes.items()
    }


def _result(models: Models, outcome: Outcome) -> Result:
    """Return the result of one question, judged once more on its candidates."""
    answer, relevant = outcome.answer, outcome.query.relevant
    found = judge(
        answer.question,
        answer.description,
        models.calibration,
        everything,
        allowed=Permission.ALL,
        scorer=models.scorer,
    )
    ids = [ranked.pair_id for ranked in found.ranked]
    return Result(
        group=str(min(relevant)) if relevant else outcome.query.qid,
        is_answerable=bool(relevant),
        recall=recall(ids, relevant, 1) if relevant else 0.0,
        ndcg=ndcg(ids, relevant) if relevant else 0.0,
        # What asks for several matters, and a keyword, is never answered outright.
        is_answered=answer.asks_once and found.decision.verdict is Verdict.ANSWERED,
        is_right=bool(ids) and ids[0] in relevant,
    )


def _figures(sets: Iterable[Sequence[Result]]) -> CalibrationFigures:
    """Return the mean figures of the sets that have a question with an answer."""
    judged = list(sets)
    rows = []
    for results in judged:
        asked = [one for one in results if one.is_answerable]
        if asked:
            right = [float(one.is_answered and one.is_right) for one in asked]
            rows.append(
                (fmean(one.recall for one in asked), fmean(one.ndcg for one in asked), fmean(right))
            )
    means = [fmean(column) for column in zip(*rows, strict=True)] or [0.0, 0.0, 0.0]
    answered = [one for results in judged for one in results if one.is_answered]
    wrong = sum(not one.is_right for one in answered)
    return CalibrationFigures(means[0], means[1], means[2], wrong, len(answered))
