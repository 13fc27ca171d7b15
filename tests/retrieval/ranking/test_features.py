from collections import Counter
from difflib import SequenceMatcher
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.arrays.code_points import word_characters
from qa_service.retrieval.arrays.ragged import Array, Rows
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.backends.embedded.kernels import idf
from qa_service.retrieval.backends.embedded.texts import code_points
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.query import analyse
from qa_service.retrieval.ranking.features import FEATURES, Described, describe, guarded
from qa_service.retrieval.ranking.string_similarity import compare_texts
from qa_service.text.tokenize import Tokenizer, character_bigrams

texts = st.text(st.sampled_from("社保卡丢了怎么补办?， a1-"), max_size=20)
pairs = st.builds(
    IndexedPair,
    pair_id=st.just(0),
    question=st.sampled_from(["社保卡丢了怎么补办？", "个体户怎么领发票？", "低保怎么申请"]),
    variants=st.lists(st.sampled_from(["卡不见了", "发票找谁领", "申请低保"]), max_size=2).map(
        tuple
    ),
    answer=st.sampled_from(["", "带身份证到网点补办。", "通过电子税务局申请。"]),
)
banks = st.lists(pairs, min_size=1, max_size=5)
questions = st.sampled_from(["卡丢了去哪补", "发票", "低保申请条件", "没见过的词"])


def match_reason(asked: str, stored: str) -> Array:
    held = Rows.of([code_points(stored)], np.int32)
    found: Array = compare_texts(
        code_points(asked), np.array([0]), held.starts, held.values, word_characters()
    )
    return found[0]


def described(
    tokenizer: Tokenizer, bank: list[IndexedPair], question: str
) -> tuple[SearchIndex, list[Described]]:
    index = SearchIndex(tokenizer, None)
    for number, pair in enumerate(bank, start=1):
        index.replace(
            IndexedPair(number, pair.question, pair.variants, pair.answer, pair.area), None
        )
    query = analyse(question, tokenizer, None)
    terms = index.lexical.weigh(query.tokens)
    slots = index.best_slots(terms)
    found = describe(query, index.candidates(query, terms, slots, limit=50), index)
    return index, [found.described(at) for at in range(len(found.pair_ids))]


def rarity(index: SearchIndex, term: str) -> float:
    """The IDF of a term in the index."""
    number = index.lexical.number(term)
    return idf(int(index.lexical.holding()[number]) if number >= 0 else 0, len(index.lexical))


class TestLikeness:
    @given(texts, texts)
    def test_is_that_of_plain_python(self, asked: str, stored: str) -> None:
        ours, theirs = set(character_bigrams(asked)), set(character_bigrams(stored))
        dice = 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours and theirs else 0.0
        match = SequenceMatcher(None, asked, stored, autojunk=False).find_longest_match()
        shorter = min(len(asked), len(stored))
        assert match_reason(asked, stored) == pytest.approx(
            [
                dice,
                match.size / shorter if shorter else 0.0,
                float(asked.rstrip("?") == stored.rstrip("?")),
                abs(log((len(asked) + 1) / (len(stored) + 1))),
            ]
        )

    def test_of_a_text_to_itself_is_full_even_with_rare_characters(self) -> None:
        assert match_reason("𠮷野家怎么走", "𠮷野家怎么走").tolist() == [1.0, 1.0, 1.0, 0.0]


class TestCoverage:
    @given(banks, questions)
    def test_is_that_of_plain_python(
        self, tokenizer: Tokenizer, bank: list[IndexedPair], question: str
    ) -> None:
        index, found = described(tokenizer, bank, question)
        asked = set(analyse(question, tokenizer, None).tokens)
        for candidate in found:
            held = set(index.terms(candidate.best))
            anywhere: Counter[str] = Counter()
            for slot in index.texts.slots(candidate.pair_id):
                anywhere.update(index.lexical.terms(slot))
            unseen = rarity(index, "")

            def weight(words: set[str], index: SearchIndex = index) -> float:
                return sum(rarity(index, word) for word in words)

            def heaviest(words: set[str], index: SearchIndex = index) -> float:
                return max((rarity(index, word) for word in words), default=0.0)

            expected = {
                "query_covered": weight(asked & held) / weight(asked),
                "text_covered": weight(asked & held) / weight(held),
                "pair_covered": weight(asked & set(anywhere)) / weight(asked),
                "query_missing": heaviest(asked - held) / unseen,
                "text_missing": heaviest(held - asked) / unseen,
            }
            assert {name: candidate.feature(name) for name in expected} == pytest.approx(expected)
            assert set(candidate.matched_words) == asked & held


class TestDescribe:
    def test_takes_the_best_text_that_is_asked_even_if_an_answer_scores_more(
        self, tokenizer: Tokenizer
    ) -> None:
        bank = [IndexedPair(1, "社保卡怎么办？", (), "发票发票发票")]
        _, (found,) = described(tokenizer, bank, "发票怎么办")
        assert found.best.text == "社保卡怎么办？"
        assert found.feature("answer_only") == 0

    def test_says_when_only_an_answer_can_match(self, tokenizer: Tokenizer) -> None:
        _, (found,) = described(tokenizer, [IndexedPair(1, "", (), "到税务局领发票")], "发票")
        assert found.feature("answer_only") == 1

    def test_compares_guard_words_only_when_told_to(self, tokenizer: Tokenizer) -> None:
        bank = [IndexedPair(1, "二孩怎么申请生育津贴？", (), "")]
        _, (found,) = described(tokenizer, bank, "三孩怎么申请生育津贴")
        compared = guarded(analyse("三孩怎么申请生育津贴", tokenizer, None), found)
        assert found.feature("guard_conflicts") == 0
        assert compared.feature("guard_conflicts") == 1
        assert len(compared.features) == len(FEATURES)
