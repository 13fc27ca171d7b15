from collections.abc import Sequence
from pathlib import Path

import pytest

from qa_service.retrieval.reranking.models import Pair
from qa_service.retrieval.reranking.reranker import (
    Reranker,
    RerankerFailedError,
    RerankerUnavailableError,
    load_reranker,
)


class Counting:
    """Scores a pair by the length of its candidate and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Pair] = []

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        self.asked += pairs
        return [float("nan") if text == "坏" else float(len(text)) for _, text in pairs]


def ignore(line: str) -> None:
    """Take a report and do nothing with it."""


class TestScores:
    def test_come_in_the_order_of_the_candidates(self) -> None:
        assert Reranker(Counting(), "counting").scores("问", ["长长长", "短", "中中"]) == [3, 1, 2]

    def test_of_a_pair_that_did_not_change_are_not_computed_again(self) -> None:
        counting = Counting()
        reranker = Reranker(counting, "counting")
        reranker.scores("社保卡怎么补", ["社保卡补办", "医保卡补办"])
        counting.asked.clear()
        assert reranker.scores(" 社保卡怎么补 ", ["社保卡补办", "社保卡补领"]) == [5, 5]
        assert counting.asked == [("社保卡怎么补", "社保卡补领")]

    def test_that_are_no_numbers_are_refused(self) -> None:
        with pytest.raises(RerankerFailedError):
            Reranker(Counting(), "counting").scores("问", ["坏"])


class TestLoading:
    def test_none_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(RerankerUnavailableError, match="没有启用"):
            load_reranker("none", data_dir=tmp_path, report=ignore)

    def test_a_folder_without_a_model_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(RerankerUnavailableError, match="无法加载"):
            load_reranker(str(tmp_path), data_dir=tmp_path, report=ignore)
