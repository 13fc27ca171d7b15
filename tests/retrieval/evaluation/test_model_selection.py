from dataclasses import replace

import numpy as np
import pytest
from two_candidates import two_candidates

from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.model_selection import (
    WRONG_COSTS,
    CalibrationFigures,
    Comparison,
    Gain,
    Models,
    Result,
    SideBySide,
    compare,
    paired_gain,
)
from qa_service.retrieval.ranking.calibration import Calibration, unfitted
from qa_service.retrieval.ranking.features import FEATURES


def outcome(right: int) -> Outcome:
    """Cosine puts pair 1 first, overlap puts pair 2 first."""
    return Outcome(JudgedQuery("1", "问", frozenset({right})), {}, two_candidates())


def weighing(name: str) -> Calibration:
    start = unfitted()
    weights = np.zeros_like(start.relevance.weights)
    weights[:, FEATURES.index(name)] = 1
    return replace(start, relevance=replace(start.relevance, weights=weights))


COSINE, DICE = Models(weighing("cosine_question")), Models(weighing("bigram_dice"))


class TestCompare:
    def test_prefers_what_puts_the_right_pair_first(self) -> None:
        asked = [
            replace(one, query=replace(one.query, qid=str(number), relevant=frozenset({2, number})))
            for number, one in enumerate([outcome(right=2)] * 9, start=10)
        ]
        found = compare(COSINE, DICE, {"set": asked})
        assert (found.current.recall_at_1, found.fitted.recall_at_1) == (0, 1)
        assert found.right_first.mean == 1

    def test_keeps_what_is_in_use_when_the_new_one_is_worse_or_equal(self) -> None:
        assert not compare(COSINE, DICE, {"set": [outcome(right=1)]}).is_better
        assert not compare(COSINE, COSINE, {"set": [outcome(right=1)]}).is_better

    def test_counts_every_set_alike_in_the_figures(self) -> None:
        both = {"big": [outcome(right=1)] * 9, "small": [outcome(right=2)]}
        found = compare(COSINE, DICE, both)
        assert found.current.recall_at_1 == found.fitted.recall_at_1 == 0.5

    @pytest.mark.parametrize(("is_divided", "answers"), [(False, 1), (True, 0)])
    def test_counts_what_the_service_would_answer(self, is_divided: bool, answers: int) -> None:
        easy = Models(replace(COSINE.calibration, answer_threshold=0.0))
        one = outcome(right=1)
        asked = replace(one, answer=replace(one.answer, is_divided=is_divided))
        assert compare(easy, easy, {"set": [asked]}).current.answers == answers

    def test_of_no_answerable_question_is_nothing(self) -> None:
        assert not compare(Models(unfitted()), Models(unfitted()), {"set": []}).is_better


def groups(count: int) -> list[str]:
    return [str(number) for number in range(count)]


class TestBound:
    def test_of_a_clear_gain_lies_above_nothing(self) -> None:
        found = paired_gain([1.0] * 30 + [0.0] * 70, groups(100))
        assert found.mean == 0.3
        assert 0.2 < found.low < 0.3

    def test_of_few_gains_among_many_losses_and_gains_does_not(self) -> None:
        found = paired_gain([1.0] * 12 + [-1.0] * 9 + [0.0] * 79, groups(100))
        assert found.mean == 0.03
        assert found.low < 0

    def test_of_questions_about_one_pair_says_nothing_of_others(self) -> None:
        assert paired_gain([1.0] * 50, ["same"] * 50).low <= 0

    def test_is_wider_where_few_pairs_were_asked_about(self) -> None:
        differences = [1.0] * 60 + [0.0] * 40
        wide = paired_gain(differences, [str(place // 10) for place in range(100)])
        assert wide.low < paired_gain(differences, groups(100)).low

    def test_is_the_same_for_the_same_seed_and_nothing_of_nothing(self) -> None:
        differences = [1.0, 0.0, -1.0, 1.0]
        assert paired_gain(differences, groups(4), seed=3) == paired_gain(
            differences, groups(4), seed=3
        )
        assert paired_gain([], []) == Gain(0.0, 0.0)


def compared(*, low: float = 0.01, wrong: int = 0, shipped: CalibrationFigures) -> Comparison:
    """A comparison with models in use that answer half of the shipped questions, none wrongly."""
    figures = CalibrationFigures(0.9, 0.9, 0.5, 0, 50)
    return Comparison(
        figures,
        replace(figures, wrong_answers=wrong),
        questions=100,
        right_first=Gain(0.02, low),
        answering=Gain(0.02, low),
        gain=Gain(0.04, low),
        shipped=SideBySide(figures, shipped),
    )


class TestDecision:
    SAME = CalibrationFigures(0.9, 0.9, 0.5, 0, 50)

    def test_takes_what_is_better_by_the_bound(self) -> None:
        assert compared(shipped=self.SAME).is_better

    def test_keeps_what_is_better_on_average_alone(self) -> None:
        assert not compared(low=0.0, shipped=self.SAME).is_better

    def test_keeps_what_answers_no_more_wrongly(self) -> None:
        assert not compared(wrong=1, shipped=self.SAME).is_better

    def test_keeps_what_forgets_nothing(self) -> None:
        assert compared(shipped=replace(self.SAME, recall_at_1=0.885)).is_better
        for worse in (
            replace(self.SAME, recall_at_1=0.87),
            replace(self.SAME, coverage=0.47),
            replace(self.SAME, wrong_answers=1),
        ):
            assert not compared(shipped=worse).is_better

    def test_lets_a_wrong_answer_outweigh_several_right_ones(self) -> None:
        wrong = Result("1", True, 0.0, 0.0, is_answered=True, is_right=False)
        assert wrong.answer_gain == -WRONG_COSTS
        assert replace(wrong, is_right=True).answer_gain == 1
        assert replace(wrong, is_answered=False).answer_gain == 0
