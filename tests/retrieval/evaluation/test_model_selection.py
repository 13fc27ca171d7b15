from dataclasses import replace

import numpy as np
from two_candidates import two_candidates

from qa_service.retrieval.evaluation.dataset import JudgedQuery
from qa_service.retrieval.evaluation.evaluation import Outcome
from qa_service.retrieval.evaluation.model_selection import compare
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


class TestCompare:
    def test_prefers_what_puts_the_right_pair_first(self) -> None:
        found = compare(
            weighing("cosine_question"), weighing("bigram_dice"), {"set": [outcome(right=2)]}
        )
        assert (found.current.recall_at_1, found.fitted.recall_at_1) == (0, 1)
        assert found.is_better

    def test_keeps_what_is_in_use_when_the_new_one_is_worse_or_equal(self) -> None:
        cosine, dice = weighing("cosine_question"), weighing("bigram_dice")
        assert not compare(cosine, dice, {"set": [outcome(right=1)]}).is_better
        assert not compare(cosine, cosine, {"set": [outcome(right=1)]}).is_better

    def test_counts_every_set_alike(self) -> None:
        found = compare(
            weighing("cosine_question"),
            weighing("bigram_dice"),
            {"big": [outcome(right=1)] * 9, "small": [outcome(right=2)]},
        )
        assert found.current.recall_at_1 == found.fitted.recall_at_1 == 0.5

    def test_of_no_answerable_question_is_nothing(self) -> None:
        assert not compare(unfitted(), unfitted(), {"set": []}).is_better
