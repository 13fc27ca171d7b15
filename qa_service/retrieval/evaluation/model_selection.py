"""Compares a newly fitted calibration with the one in use, on unseen questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from qa_service.retrieval.engine import everything
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.ir_metrics import ndcg, recall
from qa_service.retrieval.ranking.calibration import Calibration
from qa_service.retrieval.ranking.decision import Permission
from qa_service.retrieval.ranking.judging import judge
from qa_service.retrieval.ranking.rescoring import Scorer
from qa_service.vocabulary import Verdict


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
class Comparison:
    """Figures of the calibration in use and of the new one, on the same questions."""

    current: CalibrationFigures
    fitted: CalibrationFigures

    @property
    def is_better(self) -> bool:
        """Whether the new one ranks better without more wrong answers."""
        return (
            self.fitted.ndcg_at_10 > self.current.ndcg_at_10
            and self.fitted.recall_at_1 >= self.current.recall_at_1
            and self.fitted.wrong_answers <= self.current.wrong_answers
        )


def compare(
    current: Calibration,
    fitted: Calibration,
    outcomes: Mapping[str, Sequence[Outcome]],
    scorer: Scorer | None = None,
) -> Comparison:
    """Compare both calibrations on ``outcomes`` of questions neither was fitted on, by set."""
    return Comparison(figures_of(current, outcomes, scorer), figures_of(fitted, outcomes, scorer))


def figures_of(
    calibration: Calibration, outcomes: Mapping[str, Sequence[Outcome]], scorer: Scorer | None
) -> CalibrationFigures:
    """Return the figures of ``calibration``, applied to every outcome's candidates."""
    rows, wrong, answers = [], 0, 0
    for judged in outcomes.values():
        first, gain, correct = [], [], []
        for outcome in judged:
            answer, relevant = outcome.answer, outcome.query.relevant
            found = judge(
                answer.question,
                answer.description,
                calibration,
                everything,
                allowed=Permission.ALL,
                scorer=scorer,
            )
            ids = [ranked.pair_id for ranked in found.ranked]
            is_right = bool(ids) and ids[0] in relevant
            is_answered = found.decision.verdict is Verdict.ANSWERED
            answers += is_answered
            wrong += is_answered and not is_right
            if relevant:
                first.append(recall(ids, relevant, 1))
                gain.append(ndcg(ids, relevant))
                correct.append(float(is_answered and is_right))
        if first:
            rows.append((fmean(first), fmean(gain), fmean(correct)))
    means = [fmean(column) for column in zip(*rows, strict=True)] or [0.0, 0.0, 0.0]
    return CalibrationFigures(means[0], means[1], means[2], wrong, answers)
