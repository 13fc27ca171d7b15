from collections import Counter
from difflib import SequenceMatcher
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.retrieval.arrays.code_points import code_points, text_of, word_characters
from qa_service.retrieval.arrays.idf import idf
from qa_service.retrieval.arrays.ragged import Array, Rows
from qa_service.retrieval.backends.contract import TEXT_KINDS, CandidateBlock
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.backends.plain_text import (
    CandidatePair,
    CandidateText,
    candidate_block,
)
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.query import AnalysedQuestion, analyse
from qa_service.retrieval.ranking.features import (
    FEATURES,
    Described,
    Description,
    describe,
    guarded,
)
from qa_service.retrieval.ranking.string_similarity import compare_texts
from qa_service.retrieval.ranking.unsaid import FULL, Unsaid
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.text.normalise import normalise
from qa_service.text.question_words import names_matter
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


def similarity(asked: str, stored: str) -> Array:
    held = Rows.of([code_points(stored)], np.int32)
    found: Array = compare_texts(
        code_points(asked), np.array([0]), held.starts, held.values, word_characters()
    )
    return found[0]


def index_of(tokenizer: Tokenizer, bank: list[IndexedPair]) -> SearchIndex:
    index = SearchIndex(tokenizer, None)
    numbered = [
        IndexedPair(number, pair.question, pair.variants, pair.answer, pair.area)
        for number, pair in enumerate(bank, start=1)
    ]
    index.upsert(numbered, None)
    return index


def proposed(index: SearchIndex, question: AnalysedQuestion) -> CandidateBlock:
    return index.propose(question, limit=50, watch=Stopwatch())


def described(
    tokenizer: Tokenizer, bank: list[IndexedPair], question: str
) -> tuple[SearchIndex, list[Described]]:
    index = index_of(tokenizer, bank)
    query = analyse(question, tokenizer, None)
    found = describe(query, proposed(index, query))
    return index, every(found)


def unsaid_of(tokenizer: Tokenizer, bank: list[IndexedPair], question: str) -> Unsaid:
    query = analyse(question, tokenizer, None)
    return describe(query, proposed(index_of(tokenizer, bank), query)).unsaid


def every(description: Description) -> list[Described]:
    return [description.described(at) for at in range(len(description.pair_ids))]


def rarity(index: SearchIndex, term: str) -> float:
    """The IDF of a term in the index."""
    number = index.lexical.number(term)
    held = int(index.lexical.document_frequency()[number]) if number >= 0 else 0
    return idf(held, len(index.lexical))


class TestSimilarity:
    @given(texts, texts)
    def test_is_that_of_plain_python(self, asked: str, stored: str) -> None:
        ours, theirs = set(character_bigrams(asked)), set(character_bigrams(stored))
        dice = 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours and theirs else 0.0
        match = SequenceMatcher(None, asked, stored, autojunk=False).find_longest_match()
        shorter = min(len(asked), len(stored))
        assert similarity(asked, stored) == pytest.approx(
            [
                dice,
                match.size / shorter if shorter else 0.0,
                float(asked.rstrip("?") == stored.rstrip("?")),
                abs(log((len(asked) + 1) / (len(stored) + 1))),
            ]
        )

    def test_of_a_text_to_itself_is_full_even_with_rare_characters(self) -> None:
        assert similarity("𠮷野家怎么走", "𠮷野家怎么走").tolist() == [1.0, 1.0, 1.0, 0.0]


class TestCoverage:
    @given(banks, questions)
    def test_is_that_of_plain_python(
        self, tokenizer: Tokenizer, bank: list[IndexedPair], question: str
    ) -> None:
        index, found = described(tokenizer, bank, question)
        asked = set(analyse(question, tokenizer, None).tokens)
        for candidate in found:
            held = set(tokenizer.tokens(candidate.normalised))
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
            assert set(candidate.matched_words) == set(filter(names_matter, asked & held))


class TestUnsaid:
    @given(banks, st.one_of(questions, texts.filter(str.strip)))
    def test_is_what_no_text_of_the_pair_says(
        self, tokenizer: Tokenizer, bank: list[IndexedPair], question: str
    ) -> None:
        query = analyse(question, tokenizer, None)
        block = proposed(index_of(tokenizer, bank), query)
        unsaid = describe(query, block).unsaid
        asked = {pair for pair in character_bigrams(query.normalised) if len(pair) > 1}
        words = {word for word in query.tokens if len(word) > 1 and names_matter(word)}
        for at in range(len(block)):
            stored = [
                text_of(block.codes.row(text))
                for text in range(block.pair_starts[at], block.pair_starts[at + 1])
            ]
            said = {token for text in stored for token in tokenizer.tokens(text)}
            left_out = [pair for pair in asked if not any(pair in text for text in stored)]
            assert unsaid.words[at] == len(words - said)
            assert unsaid.bigrams[at] == pytest.approx(len(left_out) / max(1, len(asked)))
            assert unsaid.extent[at] == pytest.approx(sum(map(len, stored)) / FULL)

    def test_is_more_of_a_question_about_another_thing_than_of_one_in_other_words(
        self, tokenizer: Tokenizer
    ) -> None:
        bank = [
            IndexedPair(1, "社保卡丢了怎么补办？", ("社保卡掉了去哪补",), "带身份证到网点补办。")
        ]
        same, other = (
            unsaid_of(tokenizer, bank, asked)
            for asked in ("社保卡掉了怎么补办", "社保卡照片怎么补办")
        )
        assert (same.words[0], same.bigrams[0]) == (0, 0)
        assert (other.words[0], other.bigrams[0]) == (1, pytest.approx(3 / 8))

    def test_counts_a_word_that_no_text_of_the_bank_has(self, tokenizer: Tokenizer) -> None:
        bank = [IndexedPair(1, "社保卡丢了怎么补办？", (), "")]
        assert unsaid_of(tokenizer, bank, "社保卡二维码怎么补办").words[0] >= 1

    def test_of_a_pair_that_says_much_counts_in_full(self, tokenizer: Tokenizer) -> None:
        bank = [IndexedPair(1, "社保卡丢了怎么补办？", (), "带身份证到网点补办。" * FULL)]
        assert unsaid_of(tokenizer, bank, "社保卡").extent[0] == 1


class TestDescribe:
    def test_takes_the_best_text_that_is_asked_even_if_an_answer_scores_more(
        self, tokenizer: Tokenizer
    ) -> None:
        bank = [IndexedPair(1, "社保卡怎么办？", (), "发票发票发票")]
        _, (found,) = described(tokenizer, bank, "发票怎么办")
        assert found.matched_text == "社保卡怎么办？"
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

    @pytest.mark.parametrize(
        ("asked", "conflicts"), [("生育津贴怎么申请", 0), ("2019年的生育津贴是多少", 1)]
    )
    def test_of_a_letter_compares_what_it_asks_not_its_story(
        self, tokenizer: Tokenizer, asked: str, conflicts: int
    ) -> None:
        story = (
            "我们家是2018年从外省搬到这里来的，房子租在老城区，我在工厂上班，爱人在商场做售货员，"
            "平时家里老人帮着带大的，日子还算过得去，上个月家里又添了一个小的，邻居都说国家有政策，"
        )
        bank = [IndexedPair(1, "生育津贴怎么申请？", (), "")]
        _, (found,) = described(tokenizer, bank, f"{story}{asked}")
        question = analyse(f"{story}{asked}", tokenizer, None)
        assert guarded(question, found).feature("guard_conflicts") == conflicts

    @pytest.mark.parametrize(
        ("question", "conflicts"), [("居民养老可以补缴吗？", 0), ("居民养老交了8年可以补缴吗？", 1)]
    )
    def test_takes_no_number_from_a_wording_that_the_question_of_the_pair_lacks(
        self, tokenizer: Tokenizer, question: str, conflicts: int
    ) -> None:
        bank = [IndexedPair(1, question, ("我居民养老只交了八年，可以补缴吗",), "")]
        asked = "我居民养老只交了九年，可以补缴吗"
        _, (found,) = described(tokenizer, bank, asked)
        assert "只交了" in found.matched_text
        guards = guarded(analyse(asked, tokenizer, None), found).guards
        assert len(guards.conflicts) == conflicts
        assert any("年限不同" in one for one in (*guards.conflicts, *guards.unconfirmed))

    def test_compares_the_question_of_the_pair_without_its_courtesy(
        self, tokenizer: Tokenizer
    ) -> None:
        bank = [IndexedPair(1, "麻烦帮我看一下特困怎么申请？", ("低保户怎么申请特困",), "")]
        asked = "低保怎么申请"
        _, (found,) = described(tokenizer, bank, asked)
        assert guarded(analyse(asked, tokenizer, None), found).guards.conflicts

    def test_conflicts_with_the_question_of_the_pair_where_the_wording_leaves_it_out(
        self, tokenizer: Tokenizer
    ) -> None:
        bank = [IndexedPair(1, "失业金最多能领多少个月？", ("失业金能领多少个月呢",), "")]
        asked = "失业金最少能领多少个月呢"
        _, (found,) = described(tokenizer, bank, asked)
        assert guarded(analyse(asked, tokenizer, None), found).guards.conflicts


def in_plain_strings(
    index: SearchIndex, tokenizer: Tokenizer, question: AnalysedQuestion, block: CandidateBlock
) -> CandidateBlock:
    """The same candidates as a backend would give them that has strings and signals only."""
    pairs = []
    for at, pair_id in enumerate(block.pair_ids.tolist()):
        texts = tuple(
            CandidateText(
                TEXT_KINDS[block.kinds[place]],
                block.written.row(place).tobytes().decode(),
                float(block.bm25[place]),
                float(block.cosine[place]),
            )
            for place in range(block.pair_starts[at], block.pair_starts[at + 1])
        )
        pairs.append(CandidatePair(pair_id, texts, float(block.bigram_bm25[at])))
    held: Counter[str] = Counter()
    for stored in index.live_texts():
        held.update(set(tokenizer.tokens(normalise(stored.text))))
    return candidate_block(
        question,
        pairs[::-1],
        tokenizer,
        document_frequency=held,
        text_count=len(index.lexical),
    )


class TestPlainText:
    @given(banks, questions)
    def test_gives_the_features_of_the_embedded_index(
        self, tokenizer: Tokenizer, bank: list[IndexedPair], question: str
    ) -> None:
        index = index_of(tokenizer, bank)
        query = analyse(question, tokenizer, None)
        block = proposed(index, query)
        ours = describe(query, in_plain_strings(index, tokenizer, query, block))
        theirs = describe(query, block)
        assert ours.pair_ids.tolist() == theirs.pair_ids.tolist()
        assert ours.features == pytest.approx(theirs.features)
        for one, other in zip(every(ours), every(theirs), strict=True):
            assert (one.matched_kind, one.matched_text) == (other.matched_kind, other.matched_text)
            assert one.normalised == other.normalised
            assert set(one.matched_words) == set(other.matched_words)

    def test_of_no_pairs_is_an_empty_block(self, tokenizer: Tokenizer) -> None:
        query = analyse("低保", tokenizer, None)
        block = candidate_block(query, [], tokenizer, document_frequency={}, text_count=0)
        assert describe(query, block).features.shape == (0, len(FEATURES))
