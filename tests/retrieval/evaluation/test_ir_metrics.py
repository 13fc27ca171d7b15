from math import log2

import pytest

from qa_service.retrieval.evaluation.ir_metrics import ndcg, recall, reciprocal_rank

RANKING = (5, 3, 9, 1)


class TestRecall:
    def test_counts_the_relevant_within_the_depth(self) -> None:
        assert recall(RANKING, frozenset({3, 1}), 2) == 0.5
        assert recall(RANKING, frozenset({3, 1}), 10) == 1

    def test_of_one_place_is_whole_when_it_holds_any_of_several(self) -> None:
        assert recall(RANKING, frozenset({5, 3}), 1) == 1

    def test_is_nothing_when_nothing_is_relevant(self) -> None:
        assert recall(RANKING, frozenset(), 5) == 0


class TestReciprocalRank:
    def test_is_one_over_the_first_relevant_place(self) -> None:
        assert reciprocal_rank(RANKING, frozenset({9, 1})) == pytest.approx(1 / 3)

    def test_looks_no_deeper_than_told(self) -> None:
        assert reciprocal_rank(RANKING, frozenset({1}), depth=3) == 0


class TestNdcg:
    def test_is_one_for_a_perfect_ranking(self) -> None:
        assert ndcg(RANKING, frozenset({5, 3})) == 1

    def test_discounts_by_the_logarithm_of_the_place(self) -> None:
        assert ndcg(RANKING, frozenset({9})) == pytest.approx(1 / log2(4))

    def test_is_nothing_when_nothing_is_relevant(self) -> None:
        assert ndcg(RANKING, frozenset()) == 0
