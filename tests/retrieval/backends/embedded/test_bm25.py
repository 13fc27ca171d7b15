from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qa_service.retrieval.backends.contract import ScoresDifferError
from qa_service.retrieval.backends.embedded.bm25 import LexicalIndex, Scores
from qa_service.retrieval.backends.embedded.bm25_reference import ReferenceBM25, check_scores
from qa_service.retrieval.backends.embedded.kernels import BLOCK

Tokens = list[str]

tokens = st.sampled_from(["社保", "卡", "丢", "补办", "医保", "的", "养老", "a1"])
texts = st.lists(tokens, max_size=12)
banks = st.lists(texts, min_size=1, max_size=12)
queries = st.lists(tokens | st.just("没见过"), max_size=8)
histories = st.lists(texts | st.integers(0, 30), min_size=1, max_size=40)
"""A text to add, or which of the live texts to remove."""


def index_of(bank: list[Tokens]) -> LexicalIndex:
    index = LexicalIndex()
    for text in bank:
        index.add(Counter(text))
    return index


def scores(index: LexicalIndex, query: Tokens) -> Scores:
    """The score of every slot."""
    return index.scores(index.query_weights(query), np.arange(index.slot_count))


def weight(index: LexicalIndex, term: str) -> float:
    """What a term held by the index, asked once, counts for."""
    (weight,) = index.query_weights([term]).weights.tolist()
    return float(weight)


def replay(history: list[Tokens | int]) -> tuple[LexicalIndex, dict[int, Tokens]]:
    """The index after ``history``, and the live texts by slot."""
    index = LexicalIndex()
    live: dict[int, Tokens] = {}
    for step in history:
        if isinstance(step, list):
            live[index.add(Counter(step))] = step
        elif live:
            slot = list(live)[step % len(live)]
            index.remove(slot)
            del live[slot]
    return index, live


class TestScores:
    @given(banks, queries)
    def test_equal_rank_bm25(self, bank: list[Tokens], query: Tokens) -> None:
        assume(any(bank))
        expected = ReferenceBM25(bank).get_scores(query)
        assert scores(index_of(bank), query) == pytest.approx(expected, abs=1e-6)

    @given(histories, queries)
    def test_equal_rank_bm25_after_any_additions_and_removals(
        self, history: list[Tokens | int], query: Tokens
    ) -> None:
        index, live = replay(history)
        assume(any(live.values()))
        expected = np.zeros(index.slot_count)
        expected[list(live)] = ReferenceBM25(list(live.values())).get_scores(query)
        assert scores(index, query) == pytest.approx(expected, abs=1e-6)

    @given(histories, queries)
    def test_of_removed_texts_are_nothing(self, history: list[Tokens | int], query: Tokens) -> None:
        index, live = replay(history)
        removed = sorted(set(range(index.slot_count)) - set(live))
        assert not scores(index, query)[removed].any()

    def test_of_an_empty_index_are_none(self) -> None:
        assert scores(index_of([]), ["社保"]).shape == (0,)

    def test_of_blank_texts_are_zero(self) -> None:
        assert scores(index_of([[], []]), ["社保"]).tolist() == [0.0, 0.0]

    def test_are_never_negative_for_a_word_in_every_text(self) -> None:
        assert (scores(index_of([["的", "卡"], ["的"]]), ["的"]) > 0).all()


class TestStatistics:
    @given(histories, queries)
    def test_are_those_of_an_index_built_anew(
        self, history: list[Tokens | int], query: Tokens
    ) -> None:
        index, live = replay(history)
        rebuilt = index_of(list(live.values()))
        assert len(index) == len(rebuilt) == len(live)
        weighed, anew = index.query_weights(query), rebuilt.query_weights(query)
        assert weighed.max_score == pytest.approx(anew.max_score)
        assert sorted(weighed.weights) == pytest.approx(sorted(anew.weights))

    def test_weigh_a_rare_word_more(self) -> None:
        index = index_of([["社保", "卡"], ["卡"]])
        assert weight(index, "社保") > weight(index, "卡") > 0


class TestMostThatCanBeScored:
    @given(banks, queries.filter(bool))
    def test_is_what_an_equal_text_scores(self, bank: list[Tokens], query: Tokens) -> None:
        index = index_of([*bank, query])
        assert index.query_weights(query).max_score == pytest.approx(scores(index, query)[-1])

    def test_of_nothing_is_zero(self) -> None:
        assert index_of([["社保"]]).query_weights([]).max_score == 0

    def test_grows_with_a_word_no_text_holds(self) -> None:
        index = index_of([["社保"], ["卡"]])
        assert (
            index.query_weights(["社保", "没见过"]).max_score
            > 2 * index.query_weights(["社保"]).max_score
        )


class TestTop:
    @given(histories, queries, st.integers(1, 6), st.integers(0, 40))
    def test_is_the_best_of_all_scores(
        self, history: list[Tokens | int], query: Tokens, limit: int, folded: int
    ) -> None:
        index, live = replay(history)
        kept = list(live)[:folded]
        index = LexicalIndex(index.compacted(np.array(kept, np.int64)))
        for slot in list(live)[folded:]:
            index.add(Counter(live[slot]))
        every = scores(index, query)
        best = sorted(np.flatnonzero(every > 0), key=lambda slot: (-every[slot], slot))[:limit]
        assert sorted(index.top_docs(index.query_weights(query), limit)) == sorted(best)

    @pytest.mark.parametrize("limit", [10, 2_000])
    def test_is_found_among_more_texts_than_a_block(self, limit: int) -> None:
        generator = np.random.default_rng(5)
        texts = [
            {f"t{number}": 1 for number in generator.zipf(1.4, size=9) % 50}
            for _ in range(3 * BLOCK)
        ]
        index = LexicalIndex()
        for text in texts:
            index.add(text)
        index = LexicalIndex(index.compacted(np.arange(len(texts))))
        index.remove(BLOCK + 1)
        query = ["t1", "t2", "t7"]
        every = scores(index, query)
        best = np.lexsort((np.arange(len(texts)), -every))[:limit]
        assert sorted(index.top_docs(index.query_weights(query), limit)) == sorted(best)


class TestTerms:
    @given(histories)
    def test_are_kept_with_their_frequencies(self, history: list[Tokens | int]) -> None:
        index, live = replay(history)
        for slot in range(index.slot_count):
            assert index.terms(slot) == Counter(live.get(slot, []))

    def test_leave_with_the_text_even_when_removed_twice(self) -> None:
        index = index_of([["社保"], ["医保"]])
        index.remove(0)
        index.remove(0)
        assert (len(index), index.slot_count, index.terms(0)) == (1, 2, {})

    def test_slots_are_never_used_again(self) -> None:
        index = index_of([["社保"]])
        index.remove(0)
        assert index.add({"医保": 1}) == 1


class TestCheck:
    @given(banks, st.lists(queries, max_size=3))
    def test_passes_for_the_texts_of_the_index(
        self, bank: list[Tokens], asked: list[Tokens]
    ) -> None:
        found = check_scores(index_of(bank), bank, asked)
        assert (found.texts, found.max_difference < 1e-9) == (len(bank), True)
        assert found.queries > 0 or not any(bank)

    def test_fails_when_a_text_was_indexed_with_other_words(self) -> None:
        index = index_of([["社保", "卡"], ["医保", "卡"], ["养老"]])
        with pytest.raises(ScoresDifferError):
            check_scores(index, [["社保", "卡"], ["医保", "补办"], ["养老"]])
