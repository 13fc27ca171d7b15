from collections.abc import Sequence

import numpy as np
import pytest

from qa_service.retrieval.dense import Vectors
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.index import SearchIndex
from qa_service.retrieval.query import analyse
from qa_service.text.tokenise import Tokeniser

CARD = IndexedPair(7, "社保卡丢了怎么补办？", ("卡不见了怎么补",), "带身份证到网点补办。", "养老")
TAX = IndexedPair(9, "个体户怎么领发票？", (), "通过电子税务局申请。", "纳税")


def vectors_for(pair: IndexedPair) -> Vectors:
    rows = np.zeros((len(list(pair.texts())), 4), np.float32)
    rows[:, pair.pair_id % 4] = 1
    return rows


def filled(tokeniser: Tokeniser, pairs: Sequence[IndexedPair]) -> SearchIndex:
    index = SearchIndex(tokeniser, 4)
    for pair in pairs:
        index.replace(pair, vectors_for(pair))
    return index


def toward(pair: IndexedPair) -> Vectors:
    return vectors_for(pair)[0]


class TestSearchIndex:
    def test_holds_the_vectors_of_the_very_first_pair(self, tokeniser: Tokeniser) -> None:
        index = filled(tokeniser, [CARD])
        query = analyse("补卡", tokeniser, toward(CARD))
        assert index.pairs_of(index.nearest_slots(query)) == (7,)

    def test_proposes_pairs_of_either_signal(self, tokeniser: Tokeniser) -> None:
        index = filled(tokeniser, [CARD, TAX])
        query = analyse("发票", tokeniser, toward(CARD))
        matches = index.match(query, index.lexical_scores(query), index.nearest_slots(query))
        assert {match.pair_id for match in matches} == {7, 9}

    def test_keeps_to_one_field_when_told_so(self, tokeniser: Tokeniser) -> None:
        index = filled(tokeniser, [CARD, TAX])
        query = analyse("发票", tokeniser, toward(TAX))
        scores, nearest = index.lexical_scores(query), index.nearest_slots(query, field="养老")
        matches = index.match(query, scores, nearest, field="养老")
        assert [match.pair_id for match in matches] == [7]

    def test_forgets_every_text_of_a_removed_pair(self, tokeniser: Tokeniser) -> None:
        index = filled(tokeniser, [CARD, TAX])
        index.remove([7])
        query = analyse("社保卡补办", tokeniser, toward(CARD))
        found = index.match(query, index.lexical_scores(query), index.nearest_slots(query))
        assert 7 not in {match.pair_id for match in found}
        assert index.text_count == len(list(TAX.texts()))

    def test_a_replaced_pair_is_found_by_its_new_wording_only(self, tokeniser: Tokeniser) -> None:
        index = filled(tokeniser, [CARD])
        changed = IndexedPair(7, "医保卡怎么激活？", (), "持卡到医院激活。", "医疗")
        index.replace(changed, vectors_for(changed))
        old = analyse("身份证", tokeniser, None)
        new = analyse("激活", tokeniser, None)
        assert index.pairs_by_score(index.lexical_scores(old)) == ()
        assert index.pairs_by_score(index.lexical_scores(new)) == (7,)

    def test_works_by_words_alone_without_vectors(self, tokeniser: Tokeniser) -> None:
        index = SearchIndex(tokeniser, None)
        index.replace(CARD, None)
        query = analyse("社保卡", tokeniser, None)
        matches = index.match(query, index.lexical_scores(query), index.nearest_slots(query))
        assert [text.cosine for text in matches[0].texts] == [None] * len(matches[0].texts)

    def test_refuses_texts_without_their_vectors(self, tokeniser: Tokeniser) -> None:
        with pytest.raises(ValueError, match="one vector"):
            SearchIndex(tokeniser, 4).replace(CARD, None)
