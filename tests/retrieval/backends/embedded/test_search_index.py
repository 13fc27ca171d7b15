from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import ANSWER_KIND, CandidateBlock
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.documents import Filters, IndexedPair
from qa_service.retrieval.query import AnalysedQuestion, analyse
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.text.tokenize import Tokenizer

CARD = IndexedPair(7, "社保卡丢了怎么补办？", ("卡不见了怎么补",), "带身份证到网点补办。", "养老")
TAX = IndexedPair(9, "个体户怎么领发票？", (), "通过电子税务局申请。", "纳税")


def vectors_for(pair: IndexedPair) -> Vectors:
    rows = np.zeros((len(list(pair.texts())), 4), np.float32)
    rows[:, pair.pair_id % 4] = 1
    return rows


def filled(tokenizer: Tokenizer, pairs: Sequence[IndexedPair]) -> SearchIndex:
    index = SearchIndex(tokenizer, 4)
    for pair in pairs:
        index.upsert([pair], vectors_for(pair))
    return index


def toward(pair: IndexedPair) -> Vectors:
    return vectors_for(pair)[0]


def candidates(index: SearchIndex, question: AnalysedQuestion, area: str = "") -> CandidateBlock:
    return index.propose(question, limit=50, filters=Filters(area=area), watch=Stopwatch())


def found(index: SearchIndex, question: AnalysedQuestion, area: str = "") -> set[int]:
    return set(candidates(index, question, area).pair_ids.tolist())


class TestSearchIndex:
    def test_holds_the_vectors_of_the_very_first_pair(self, tokenizer: Tokenizer) -> None:
        index = filled(tokenizer, [CARD])
        assert index.ranked_by_vector(analyse("补卡", tokenizer, toward(CARD))) == (7,)

    def test_proposes_pairs_of_either_signal(self, tokenizer: Tokenizer) -> None:
        index = filled(tokenizer, [CARD, TAX])
        assert found(index, analyse("发票", tokenizer, toward(CARD))) == {7, 9}

    def test_keeps_to_one_field_when_told_so(self, tokenizer: Tokenizer) -> None:
        index = filled(tokenizer, [CARD, TAX])
        query = analyse("发票", tokenizer, toward(TAX))
        assert found(index, query, "养老") == {7}
        assert found(index, query, "生育") == set()

    def test_forgets_every_text_of_a_removed_pair(self, tokenizer: Tokenizer) -> None:
        index = filled(tokenizer, [CARD, TAX])
        index.remove([7])
        assert 7 not in found(index, analyse("社保卡补办", tokenizer, toward(CARD)))
        assert index.health().texts == len(list(TAX.texts()))

    def test_a_replaced_pair_is_found_by_its_new_wording_only(self, tokenizer: Tokenizer) -> None:
        index = filled(tokenizer, [CARD])
        changed = IndexedPair(7, "医保卡怎么激活？", (), "持卡到医院激活。", "医疗")
        index.upsert([changed], vectors_for(changed))
        assert index.ranked_by_words(analyse("身份证", tokenizer, None)) == ()
        assert index.ranked_by_words(analyse("激活", tokenizer, None)) == (7,)

    def test_works_by_words_alone_without_vectors(self, tokenizer: Tokenizer) -> None:
        index = SearchIndex(tokenizer, None)
        index.upsert([CARD], None)
        assert not candidates(index, analyse("社保卡", tokenizer, None)).cosine.any()

    def test_refuses_texts_without_their_vectors(self, tokenizer: Tokenizer) -> None:
        with pytest.raises(ValueError, match="one vector"):
            SearchIndex(tokenizer, 4).upsert([CARD], None)

    def test_candidates_carry_the_scores_of_their_own_texts(self, tokenizer: Tokenizer) -> None:
        index = filled(tokenizer, [TAX, CARD])
        query = analyse("社保卡丢了怎么补办？", tokenizer, toward(CARD))
        made = candidates(index, query)
        own = slice(made.pair_starts[0], made.pair_starts[1])
        assert made.pair_ids.tolist() == [7, 9]
        written = [made.written.row(at).tobytes().decode() for at in range(3)]
        assert written == [text for _, text in CARD.texts()]
        assert (made.kinds[own] == ANSWER_KIND).tolist() == [False, False, True]
        assert made.cosine[own].tolist() == [1.0] * 3
        assert made.bm25[own].argmax() == 0


class TestFolding:
    def test_of_a_small_bank_always_pays(self, tokenizer: Tokenizer) -> None:
        assert filled(tokenizer, [CARD]).is_worth_saving

    def test_of_a_large_bank_waits_for_enough_changes(
        self, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("qa_service.retrieval.backends.embedded.index.EXACT_LIMIT", 3)
        large = filled(tokenizer, [CARD, TAX])
        folded = SearchIndex(tokenizer, 4, replace(large.compacted(), dense=None))
        assert not folded.is_worth_saving
        assert large.is_worth_saving


histories = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3)), max_size=25)
"""Pairs put in place with a wording, or taken out (wording 0)."""

WORDINGS = ("", "社保卡丢了怎么补办？", "个体户怎么领发票？", "低保怎么申请")


class TestCompaction:
    @settings(max_examples=40)
    @given(histories, st.integers(0, 24))
    def test_at_any_point_changes_nothing_that_is_found(
        self, tokenizer: Tokenizer, history: list[tuple[int, int]], at: int
    ) -> None:
        plain = replay(tokenizer, history)
        folded = replay(tokenizer, history[:at])
        folded = SearchIndex(tokenizer, 4, folded.compacted())
        folded = replay(tokenizer, history[at:], folded)
        assert folded.pair_ids() == plain.pair_ids()
        for wording in WORDINGS[1:]:
            query = analyse(wording, tokenizer, toward(CARD))
            ours, theirs = candidates(folded, query), candidates(plain, query)
            assert ours.pair_ids.tolist() == theirs.pair_ids.tolist()
            assert ours.bm25 == pytest.approx(theirs.bm25)
            assert ours.cosine == pytest.approx(theirs.cosine)
        assert shown(folded) == shown(plain)


def replay(
    tokenizer: Tokenizer, history: list[tuple[int, int]], index: SearchIndex | None = None
) -> SearchIndex:
    made = index or SearchIndex(tokenizer, 4)
    for pair_id, wording in history:
        pair = IndexedPair(pair_id, WORDINGS[wording], (), "到窗口办理。", "养老")
        if wording:
            made.upsert([pair], vectors_for(pair))
        else:
            made.remove([pair_id])
    return made


def shown(index: SearchIndex) -> list[tuple[object, ...]]:
    return [
        (text.pair_id, text.kind, text.text, index.area(text.pair_id), dict(index.terms(text)))
        for text in index.live_texts()
    ]
