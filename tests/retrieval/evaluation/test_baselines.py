import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.evaluation.baselines import Baselines, reciprocal_rank_fusion
from qa_service.retrieval.query import analyse
from qa_service.text.normalise import normalise
from qa_service.text.tokenize import Tokenizer

PAIRS = (
    IndexedPair(7, "社保卡丢了怎么补办？", ("卡不见了",), "带身份证到网点补办。"),
    IndexedPair(9, "个体户怎么领发票？", (), "通过电子税务局申请。"),
    IndexedPair(11, "低保怎么申请？", (), "向街道申请，社保卡带上。"),
)

rankings = st.lists(st.lists(st.integers(1, 20), unique=True), max_size=3)


class TestBaselines:
    @pytest.mark.parametrize("question", ["社保卡怎么补", "发票去哪申请", "街道"])
    def test_rank_as_the_rank_bm25_library_does(self, tokenizer: Tokenizer, question: str) -> None:
        texts = [" ".join([pair.question, *pair.variants, pair.answer]) for pair in PAIRS]
        # Every word here is in under half of the texts, where the library's IDF is positive.
        scores = BM25Okapi([tokenizer.tokens(normalise(text)) for text in texts]).get_scores(
            analyse(question, tokenizer, None).tokens
        )
        best = PAIRS[int(np.argmax(scores))].pair_id
        found = Baselines(PAIRS, tokenizer, {}).by_bm25(analyse(question, tokenizer, None))
        assert found[0] == best

    def test_know_a_pair_by_the_vector_of_its_question(self, tokenizer: Tokenizer) -> None:
        rows = dict(
            zip((pair.question for pair in PAIRS), np.eye(3, dtype=np.float32), strict=True)
        )
        found = Baselines(PAIRS, tokenizer, rows).by_embedding(
            analyse("随便", tokenizer, rows["个体户怎么领发票？"])
        )
        assert found[0] == 9

    def test_without_vectors_have_no_embedding(self, tokenizer: Tokenizer) -> None:
        found = Baselines(PAIRS, tokenizer, {}).by_embedding(analyse("卡", tokenizer, None))
        assert found == ()


class TestReciprocalRankFusion:
    @given(rankings)
    def test_holds_every_id_once(self, given_rankings: list[list[int]]) -> None:
        found = reciprocal_rank_fusion(given_rankings)
        assert sorted(found) == sorted({each for ranking in given_rankings for each in ranking})

    def test_of_nothing_is_nothing(self) -> None:
        assert reciprocal_rank_fusion([]) == reciprocal_rank_fusion([[], []]) == ()

    def test_prefers_what_both_rank_high(self) -> None:
        assert reciprocal_rank_fusion([[1, 2, 3], [2, 4, 1]])[0] == 2

    def test_keeps_the_order_of_a_single_ranking(self) -> None:
        assert reciprocal_rank_fusion([[5, 3, 8], []]) == (5, 3, 8)

    def test_settles_a_tie_by_who_was_seen_first(self) -> None:
        assert reciprocal_rank_fusion([[1], [2]]) == (1, 2)
