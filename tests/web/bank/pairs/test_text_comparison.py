import random
from time import perf_counter

import pytest

from qa_service.web.bank.pairs.text_comparison import changed_lines, compare_texts

SECONDS = 3
"""Far above what a comparison takes, far below what an unbounded one would."""


def mixed(signs: str, length: int, seed: int) -> str:
    return "".join(random.Random(seed).choices(signs, k=length))  # noqa: S311 - no secret


class TestCompareTexts:
    def test_shows_what_was_removed_and_added(self) -> None:
        runs = [(run.text, run.change) for run in compare_texts("补贴三千元。", "补贴五千元。")]
        assert runs == [("补贴", "same"), ("三", "gone"), ("五", "added"), ("千元。", "same")]

    def test_a_long_text_is_compared_by_sentence(self) -> None:
        old = "".join(f"第{number}条照办。" for number in range(300))
        runs = list(compare_texts(old, old.replace("第150条照办", "第150条不办")))
        assert [(run.text, run.change) for run in runs[1:3]] == [
            ("第150条照办。", "gone"),
            ("第150条不办。", "added"),
        ]

    @pytest.mark.parametrize("signs", ["。；！？", "\n", "。\n", "甲乙", "甲。乙；丙\n"])
    @pytest.mark.parametrize("length", [999, 10_000])
    def test_texts_of_separators_are_compared_in_bounded_time(
        self, signs: str, length: int
    ) -> None:
        old, new = mixed(signs, length, 1), mixed(signs, length - 1, 2)
        began = perf_counter()
        runs = list(compare_texts(old, new))
        assert perf_counter() - began < SECONDS
        assert "".join(run.text for run in runs if run.change != "added") == old
        assert "".join(run.text for run in runs if run.change != "gone") == new


class TestChangedLines:
    def test_finds_lines_on_one_side_whatever_their_order(self) -> None:
        assert changed_lines(["甲", "乙", "乙"], ["丙", "乙", "甲"]) == (["乙"], ["丙"])

    def test_a_list_in_reverse_takes_linear_time(self) -> None:
        lines = [str(number) for number in range(200_000)]
        began = perf_counter()
        assert changed_lines(lines, lines[::-1]) == ([], [])
        assert perf_counter() - began < SECONDS
