import numpy as np
import pytest
from two_candidates import two_candidates

from qa_service.retrieval.evaluation.fitting import NEVER, Example
from qa_service.retrieval.evaluation.verdict_fitting import (
    _answer_threshold,
    lower_bound,
    near_misses,
)
from qa_service.retrieval.ranking.calibration import unfitted


class TestLowerBound:
    def test_is_below_the_share_and_nears_it_with_more_questions(self) -> None:
        assert lower_bound(99, 100) < lower_bound(990, 1000) < 0.99

    def test_of_nothing_is_nothing(self) -> None:
        assert lower_bound(0, 0) == 0.0

    def test_agrees_with_the_formula_worked_out_by_hand(self) -> None:
        assert lower_bound(8, 10) == pytest.approx(0.541, abs=0.001)


def example(name: str, *right: int) -> Example:
    """A question of the set ``name`` that the pairs ``right`` answer."""
    return Example(two_candidates(), (), frozenset(right), group=f"{name}:1", weight=1.0)


class TestNearMisses:
    def test_are_made_where_a_set_has_only_answerable_questions(self) -> None:
        found = near_misses([example("bank", 1), example("bank", 2)], unfitted())
        assert [[one.pair_id for one in made.ranked] for made in found] == [[2], [1]]
        assert not any(made.is_right for made in found)

    def test_are_not_made_where_a_set_has_unanswerable_ones_itself(self) -> None:
        assert near_misses([example("judged", 1), example("judged")], unfitted()) == []


class TestThreshold:
    def test_is_never_reached_where_too_few_were_asked_to_know(self) -> None:
        right = np.ones(20, np.bool_)
        assert _answer_threshold(np.linspace(0.5, 1, 20), right, right, 0.99) == NEVER

    def test_lies_above_the_wrong_answers(self) -> None:
        probabilities = np.linspace(0, 1, 1000)
        right = probabilities > 0.4
        threshold = _answer_threshold(probabilities, right, np.ones(1000, np.bool_), 0.99)
        assert 0.38 < threshold < 0.41

    def test_leaves_out_what_the_rules_forbid(self) -> None:
        probabilities = np.linspace(0, 1, 1000)
        right = probabilities < 0.9
        allowed = probabilities < 0.9
        assert _answer_threshold(probabilities, right, allowed, 0.99) == 0.0
