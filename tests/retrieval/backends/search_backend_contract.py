"""Behaviour that every search backend must show; a backend's test class inherits it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Protocol

import numpy as np
import pytest

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import (
    ANSWER_KIND,
    CandidateBlock,
    SearchBackend,
    Stamp,
)
from qa_service.retrieval.documents import EVERYTHING, Filters, IndexedPair
from qa_service.retrieval.query import AnalysedQuestion, analyse
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.text.tokenize import Tokenizer

DIMENSION = 4

CARD = IndexedPair(7, "社保卡丢了怎么补办？", ("卡不见了怎么补",), "带身份证到网点补办。", "养老")
TAX = IndexedPair(9, "个体户怎么领发票？", (), "通过电子税务局申请。", "纳税")
AID = IndexedPair(3, "低保怎么申请？", ("吃低保找谁",), "向街道提出书面申请。", "社会救助")
BANK = (CARD, TAX, AID)


def vectors_of(*pairs: IndexedPair) -> Vectors:
    """One unit vector for each text, the same for all texts of a pair."""
    rows = [
        np.eye(DIMENSION, dtype=np.float32)[pair.pair_id % DIMENSION]
        for pair in pairs
        for _ in pair.texts()
    ]
    return np.array(rows, np.float32)


class Writer(Protocol):
    """What changes an index."""

    def upsert(self, pairs: Sequence[IndexedPair], vectors: Vectors | None) -> None: ...

    def remove(self, pair_ids: Iterable[int], *, revision: int = 0) -> None: ...


class SearchBackendContract(ABC):
    """Inherit and give ``create`` and how the index outlives processes."""

    @abstractmethod
    def create(self, tokenizer: Tokenizer, dimension: int | None) -> SearchBackend:
        """Return an empty index."""

    @abstractmethod
    def writers(self, index: SearchBackend, count: int) -> Sequence[Writer]:
        """Return what ``count`` threads change the index with at the same time."""

    @abstractmethod
    def restarted(self, index: SearchBackend) -> SearchBackend:
        """Return the index as it is found after an orderly stop of all that holds it."""

    @abstractmethod
    def killed(self, index: SearchBackend) -> SearchBackend:
        """Return the index as it is found after SIGKILL to what holds it, once it was kept."""

    def filled(self, tokenizer: Tokenizer, pairs: Sequence[IndexedPair] = BANK) -> SearchBackend:
        index = self.create(tokenizer, DIMENSION)
        index.upsert(pairs, vectors_of(*pairs))
        return index

    @staticmethod
    def proposed(
        index: SearchBackend,
        question: AnalysedQuestion,
        *,
        filters: Filters = EVERYTHING,
        limit: int = 50,
    ) -> CandidateBlock:
        return index.propose(question, limit=limit, filters=filters, watch=Stopwatch())

    def ids(
        self, index: SearchBackend, question: AnalysedQuestion, filters: Filters = EVERYTHING
    ) -> list[int]:
        found: list[int] = self.proposed(index, question, filters=filters).pair_ids.tolist()
        return found

    def test_finds_a_pair_by_words_and_by_vector_as_soon_as_it_is_put_in(
        self, tokenizer: Tokenizer
    ) -> None:
        index = self.create(tokenizer, DIMENSION)
        assert self.ids(index, analyse("发票", tokenizer, vectors_of(TAX)[0])) == []
        index.upsert([TAX], vectors_of(TAX))
        assert self.ids(index, analyse("发票", tokenizer, None)) == [9]
        assert self.ids(index, analyse("没见过", tokenizer, vectors_of(TAX)[0])) == [9]
        assert (len(index), index.pair_ids()) == (1, {9})

    def test_proposes_pairs_of_either_signal(self, tokenizer: Tokenizer) -> None:
        question = analyse("发票", tokenizer, vectors_of(CARD)[0])
        assert set(self.ids(self.filled(tokenizer), question)) >= {7, 9}

    def test_finds_a_replaced_pair_by_its_new_wording_only(self, tokenizer: Tokenizer) -> None:
        index = self.filled(tokenizer)
        changed = IndexedPair(7, "医保卡怎么激活？", (), "持卡到医院激活。", "医疗")
        index.upsert([changed], vectors_of(changed))
        assert 7 not in self.ids(index, analyse("身份证", tokenizer, None))
        assert self.ids(index, analyse("激活", tokenizer, None)) == [7]
        assert self.ids(index, analyse("激活", tokenizer, None), Filters(area="养老")) == []
        assert len(index) == len(BANK)

    def test_forgets_every_text_of_a_removed_pair(self, tokenizer: Tokenizer) -> None:
        index = self.filled(tokenizer)
        index.remove([7])
        question = analyse("社保卡补办", tokenizer, vectors_of(CARD)[0])
        assert 7 not in self.ids(index, question)
        assert index.pair_ids() == {3, 9}
        assert index.health().pairs == 2
        assert index.health().texts == len(list(TAX.texts())) + len(list(AID.texts()))

    def test_ignores_the_removal_of_unknown_pairs(self, tokenizer: Tokenizer) -> None:
        index = self.filled(tokenizer)
        index.remove([404, 9, 9])
        index.remove([])
        assert index.pair_ids() == {3, 7}

    def test_keeps_to_one_area_when_told_so(self, tokenizer: Tokenizer) -> None:
        index = self.filled(tokenizer)
        question = analyse("怎么申请", tokenizer, vectors_of(TAX)[0])
        assert self.ids(index, question, Filters(area="养老")) in ([], [7])
        assert self.ids(index, question, Filters(area="社会救助")) == [3]
        assert self.ids(index, question, Filters(area="生育")) == []

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            (Filters(unit="人社局"), [1, 2]),
            (Filters(unit="没有的单位"), []),
            (Filters(region="河东街道"), [1, 3]),
            (Filters(audience="企业"), [1, 2, 3]),
            (Filters(audience="个人"), [2, 3]),
            (Filters(day=date(2026, 1, 1)), [1, 3]),
            (Filters(day=date(2026, 6, 30)), [1, 2, 3]),
            (Filters(day=date(2026, 7, 1)), [1, 2]),
            (Filters(unit="人社局", region="河东街道", day=date(2026, 1, 1)), [1]),
        ],
    )
    def test_keeps_to_unit_region_audience_and_day(
        self, tokenizer: Tokenizer, filters: Filters, found: list[int]
    ) -> None:
        asked = IndexedPair(
            1, "培训补贴怎么申领？", (), "向街道申请。", unit="人社局", audience="企业"
        )
        pairs = [
            asked,
            replace(
                asked, pair_id=2, region="河西街道", audience="", effective_from=date(2026, 2, 1)
            ),
            replace(asked, pair_id=3, unit="教育局", audience="", expires_on=date(2026, 6, 30)),
        ]
        index = self.filled(tokenizer, pairs)
        for question in (
            analyse("培训补贴怎么申领", tokenizer, None),
            analyse("没见过", tokenizer, np.ones(DIMENSION, np.float32) / 2),
        ):
            assert sorted(self.ids(index, question, filters)) == found
            assert found == [pair.pair_id for pair in pairs if filters.admits(pair)]

    def test_put_in_twice_a_pair_is_found_and_counted_once(self, tokenizer: Tokenizer) -> None:
        question = analyse("社保卡丢了怎么补办？", tokenizer, vectors_of(CARD)[0])
        once, twice = self.filled(tokenizer), self.filled(tokenizer)
        twice.upsert([CARD], vectors_of(CARD))
        one, other = self.proposed(once, question), self.proposed(twice, question)
        assert other.pair_ids.tolist() == one.pair_ids.tolist()
        assert other.bm25 == pytest.approx(one.bm25, abs=1e-9)
        assert other.bigram_bm25 == pytest.approx(one.bigram_bm25, abs=1e-9)
        assert (twice.health(), other.text_count) == (once.health(), one.text_count)

    def test_tells_the_revision_it_shows_with_every_proposal(self, tokenizer: Tokenizer) -> None:
        index = self.filled(tokenizer)
        question = analyse("社保卡", tokenizer, None)
        assert self.proposed(index, question).revision == 0
        index.stamp = Stamp("bank", 5)
        assert index.refresh() == index.stamp == Stamp("bank", 5)
        assert self.proposed(index, question).revision == 5
        assert index.health().problem is None

    def test_takes_changes_of_several_writers_at_once(self, tokenizer: Tokenizer) -> None:
        index = self.create(tokenizer, DIMENSION)
        bank = [
            IndexedPair(number, f"第{number}号事项怎么办？", (), "到窗口办理。")
            for number in range(1, 25)
        ]

        def write(writer: Writer, pairs: Sequence[IndexedPair]) -> None:
            for pair in pairs:
                writer.upsert([pair], vectors_of(pair))
            writer.remove([pairs[0].pair_id])

        writers = self.writers(index, 3)
        with ThreadPoolExecutor(len(writers)) as pool:
            list(pool.map(write, writers, [bank[0::3], bank[1::3], bank[2::3]]))
        index.refresh()
        kept = bank[3:]
        assert index.pair_ids() == {pair.pair_id for pair in kept}
        alone = self.filled(tokenizer, kept)
        question = analyse("第9号事项怎么办？", tokenizer, vectors_of(kept[5])[0])
        found, wanted = self.proposed(index, question), self.proposed(alone, question)
        assert found.pair_ids.tolist() == wanted.pair_ids.tolist()
        assert found.bm25 == pytest.approx(wanted.bm25, abs=1e-9)
        assert found.bigram_bm25 == pytest.approx(wanted.bigram_bm25, abs=1e-9)
        assert index.health() == alone.health()

    @pytest.mark.parametrize("end", ["restarted", "killed"])
    def test_is_found_unchanged_after_a_stop_and_after_a_kill(
        self, tokenizer: Tokenizer, end: str
    ) -> None:
        index = self.filled(tokenizer)
        index.remove([9])
        index.stamp = Stamp("bank", 5)
        question = analyse("社保卡申请", tokenizer, vectors_of(CARD)[0])
        before = self.proposed(index, question)
        again = getattr(self, end)(index)
        after = self.proposed(again, question)
        assert (again.stamp, again.pair_ids()) == (Stamp("bank", 5), {3, 7})
        assert after.pair_ids.tolist() == before.pair_ids.tolist()
        assert after.bm25 == pytest.approx(before.bm25, abs=1e-9)
        assert after.cosine == pytest.approx(before.cosine, abs=1e-6)
        again.upsert([TAX], vectors_of(TAX))
        assert 9 in self.ids(again, analyse("发票", tokenizer, vectors_of(TAX)[0]))

    def test_orders_equal_pairs_by_id_whatever_order_they_came_in(
        self, tokenizer: Tokenizer
    ) -> None:
        twins = [IndexedPair(number, "公积金怎么提取？", (), "") for number in (12, 4, 8)]
        question = analyse("公积金怎么提取？", tokenizer, vectors_of(*twins)[0])
        for bank in (twins, twins[::-1]):
            vectors = np.ones((len(bank), DIMENSION), np.float32) / 2
            index = self.create(tokenizer, DIMENSION)
            index.upsert(bank, vectors)
            assert self.ids(index, question) == [4, 8, 12]
            assert self.proposed(index, question, limit=2).pair_ids.tolist() == [4, 8]

    def test_gives_each_pair_its_own_texts_with_their_signals(self, tokenizer: Tokenizer) -> None:
        question = analyse("社保卡丢了怎么补办？", tokenizer, vectors_of(CARD)[0])
        block = self.proposed(self.filled(tokenizer), question)
        assert block.pair_ids[0] == 7
        own = range(block.pair_starts[0], block.pair_starts[1])
        assert [block.written.row(at).tobytes().decode() for at in own] == [
            text for _, text in CARD.texts()
        ]
        assert (block.kinds[: len(own)] == ANSWER_KIND).tolist() == [False, False, True]
        assert block.cosine[: len(own)] == pytest.approx(1.0)
        assert block.bm25[0] == max(block.bm25)
        assert block.bigram_bm25[0] == max(block.bigram_bm25)
        assert set(block.asked_words) <= question.terms
        assert len(block.asked_words) + block.unknown_terms == len(question.terms)

    def test_of_an_empty_index_proposes_nothing(self, tokenizer: Tokenizer) -> None:
        index = self.create(tokenizer, DIMENSION)
        question = analyse("社保卡", tokenizer, vectors_of(CARD)[0])
        assert len(self.proposed(index, question)) == len(index) == 0
        assert index.ranked_by_words(question) == index.ranked_by_vector(question) == ()
        assert dict(index.vectors_by_text()) == {}

    def test_works_by_words_alone_without_an_encoder(self, tokenizer: Tokenizer) -> None:
        index = self.create(tokenizer, None)
        index.upsert(BANK, None)
        question = analyse("社保卡", tokenizer, None)
        assert self.ids(index, question)[0] == 7
        assert not self.proposed(index, question).cosine.any()
        assert index.ranked_by_vector(question) == ()

    def test_refuses_texts_without_their_vectors(self, tokenizer: Tokenizer) -> None:
        index = self.filled(tokenizer)
        for vectors in (None, vectors_of(CARD)[1:]):
            with pytest.raises(ValueError, match="vector"):
                index.upsert([CARD], vectors)
        assert index.pair_ids() == {3, 7, 9}

    def test_keeps_its_content_and_stamp_when_it_is_optimised(self, tokenizer: Tokenizer) -> None:
        index = self.filled(tokenizer)
        index.remove([9])
        index.stamp = Stamp("bank", 5)
        packed = index.optimised()
        question = analyse("社保卡申请", tokenizer, vectors_of(CARD)[0])
        assert (packed.stamp, packed.pair_ids()) == (Stamp("bank", 5), {3, 7})
        assert self.ids(packed, question) == self.ids(index, question)
        assert set(packed.vectors_by_text()) == {
            text for pair in (CARD, AID) for _, text in pair.texts()
        }

    def test_a_copy_finds_the_same_and_is_changed_apart(self, tokenizer: Tokenizer) -> None:
        question = analyse("社保卡申请", tokenizer, vectors_of(CARD)[0])
        for index in (self.filled(tokenizer), self.filled(tokenizer).optimised()):
            index.remove([9])
            before, stamp = self.proposed(index, question), index.stamp
            copied = index.copied()
            again = self.proposed(copied, question)
            assert again.pair_ids.tolist() == before.pair_ids.tolist()
            assert (again.cosine == before.cosine).all()
            assert (again.bm25 == before.bm25).all()
            copied.remove([7])
            copied.upsert([TAX], vectors_of(TAX))
            assert (copied.pair_ids(), copied.stamp) == ({3, 9}, stamp)
            assert index.pair_ids() == {3, 7}
            kept = self.proposed(index, question)
            assert kept.pair_ids.tolist() == before.pair_ids.tolist()
            assert (kept.bm25 == before.bm25).all()

    def test_scores_words_as_its_reference_does(self, tokenizer: Tokenizer) -> None:
        check = self.filled(tokenizer).check_scores([["社保卡", "申请"], ["没见过"]])
        assert check is None or (check.queries, check.max_difference < 1e-6) == (2, True)
