from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from qa_service.retrieval.lexical import LexicalIndex

Tokens = list[str]

tokens = st.sampled_from(["社保", "卡", "丢", "补办", "医保", "的", "养老", "a1"])
texts = st.lists(tokens, max_size=12)
banks = st.lists(texts, min_size=1, max_size=12)
queries = st.lists(tokens | st.just("没见过"), max_size=8)
histories = st.lists(texts | st.integers(0, 30), min_size=1, max_size=40)
"""A text to add, or which of the live texts to remove."""


class SmoothedBM25(BM25Okapi):
    """The reference: rank-bm25's formula with Lucene's IDF."""

    def _calc_idf(self, nd: dict[str, int]) -> None:
        for word, count in nd.items():
            self.idf[word] = log(1 + (self.corpus_size - count + 0.5) / (count + 0.5))


def index_of(bank: list[Tokens]) -> LexicalIndex:
    index = LexicalIndex()
    for text in bank:
        index.add(Counter(text))
    return index


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
        expected = SmoothedBM25(bank).get_scores(query)
        assert index_of(bank).scores(query) == pytest.approx(expected, abs=1e-6)

    @given(histories, queries)
    def test_equal_rank_bm25_after_any_additions_and_removals(
        self, history: list[Tokens | int], query: Tokens
    ) -> None:
        index, live = replay(history)
        assume(any(live.values()))
        expected = np.zeros(index.slot_count)
        expected[list(live)] = SmoothedBM25(list(live.values())).get_scores(query)
        assert index.scores(query) == pytest.approx(expected, abs=1e-6)

    @given(histories, queries)
    def test_of_removed_texts_are_nothing(self, history: list[Tokens | int], query: Tokens) -> None:
        index, live = replay(history)
        removed = sorted(set(range(index.slot_count)) - set(live))
        assert not index.scores(query)[removed].any()

    def test_of_an_empty_index_are_none(self) -> None:
        assert index_of([]).scores(["社保"]).shape == (0,)

    def test_of_blank_texts_are_zero(self) -> None:
        assert index_of([[], []]).scores(["社保"]).tolist() == [0.0, 0.0]

    def test_are_never_negative_for_a_word_in_every_text(self) -> None:
        assert (index_of([["的", "卡"], ["的"]]).scores(["的"]) > 0).all()


class TestStatistics:
    @given(histories, queries)
    def test_are_those_of_an_index_built_anew(
        self, history: list[Tokens | int], query: Tokens
    ) -> None:
        index, live = replay(history)
        rebuilt = index_of(list(live.values()))
        assert len(index) == len(rebuilt) == len(live)
        assert index.self_score(query) == pytest.approx(rebuilt.self_score(query))
        assert [index.idf(term) for term in query] == [rebuilt.idf(term) for term in query]

    def test_weigh_an_unseen_word_most(self) -> None:
        index = index_of([["社保", "卡"], ["卡"]])
        assert index.idf("没见过") > index.idf("社保") > index.idf("卡") > 0


class TestSelfScore:
    @given(banks, queries.filter(bool))
    def test_is_what_an_equal_text_scores(self, bank: list[Tokens], query: Tokens) -> None:
        index = index_of([*bank, query])
        assert index.self_score(query) == pytest.approx(index.scores(query)[-1])

    def test_of_nothing_is_zero(self) -> None:
        assert index_of([["社保"]]).self_score([]) == 0


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
