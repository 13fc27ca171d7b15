"""An engine that comes and goes, played by an embedded index that can be told to fail."""

from typing import TypeVar

import pytest
from search_backend_contract import BANK, CARD, DIMENSION, TAX, vectors_of

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import (
    CandidateBlock,
    CollectionUnfitError,
    EngineUnreachableError,
    SearchEngineError,
    Stamp,
)
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.backends.failover import (
    RETRY_SECONDS,
    WATCHED_RETRY_SECONDS,
    FailoverIndex,
)
from qa_service.retrieval.documents import EVERYTHING, Filters, IndexedPair
from qa_service.retrieval.query import AnalysedQuestion, analyse
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.text.tokenize import Tokenizer

Index = TypeVar("Index", bound=SearchIndex)


class FailingIndex(SearchIndex):
    """An embedded index that stands for an engine outside; ``gone`` makes it fail."""

    gone = False
    asked = 0

    def _reach(self) -> None:
        self.asked += 1
        if self.gone:
            raise EngineUnreachableError("检索引擎无法连接")

    def refresh(self) -> Stamp:
        self._reach()
        return self.stamp

    def upsert(self, pairs: list[IndexedPair], vectors: Vectors | None) -> None:  # type: ignore[override]
        self._reach()
        super().upsert(pairs, vectors)

    def propose(
        self,
        question: AnalysedQuestion,
        *,
        limit: int,
        filters: Filters = EVERYTHING,
        watch: Stopwatch,
    ) -> CandidateBlock:
        self._reach()
        return super().propose(question, limit=limit, filters=filters, watch=watch)


class Times:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def engine(tokenizer: Tokenizer) -> FailingIndex:
    return _filled(FailingIndex(tokenizer, DIMENSION))


def _filled(index: Index) -> Index:
    index.upsert(list(BANK), vectors_of(*BANK))
    index.stamp = Stamp("bank", 3)
    return index


def found(index: FailoverIndex, text: str, tokenizer: Tokenizer) -> list[int]:
    block = index.propose(analyse(text, tokenizer, None), limit=9, watch=Stopwatch())
    ids: list[int] = block.pair_ids.tolist()
    return ids


def test_the_index_that_stands_by_answers_and_the_reason_is_named(
    engine: FailingIndex, times: Times, tokenizer: Tokenizer
) -> None:
    index = FailoverIndex(engine, _filled(SearchIndex(tokenizer, DIMENSION)), now=times)
    assert (found(index, "发票", tokenizer), index.problem) == ([9], None)
    engine.gone = True
    assert found(index, "发票", tokenizer) == [9]
    assert index.problem == "检索引擎无法连接；正用本机索引检索"
    asked = engine.asked
    found(index, "发票", tokenizer)
    assert engine.asked == asked, "an engine that failed just now is left alone"
    engine.gone = False
    times.seconds += RETRY_SECONDS
    assert (found(index, "发票", tokenizer), index.problem) == ([9], None)


def test_nothing_is_found_without_an_index_that_stands_by(
    engine: FailingIndex, times: Times, tokenizer: Tokenizer
) -> None:
    index = FailoverIndex(engine, None, now=times)
    engine.gone = True
    assert found(index, "发票", tokenizer) == []
    assert "请先登记" in str(index.problem)
    assert not index.takes_changes
    assert index.health().problem == index.problem
    engine.gone = False
    times.seconds += RETRY_SECONDS
    assert index.takes_changes
    assert found(index, "发票", tokenizer) == [9]


def test_an_engine_that_missed_a_change_is_searched_only_when_it_has_it(
    engine: FailingIndex, times: Times, tokenizer: Tokenizer
) -> None:
    index = FailoverIndex(engine, _filled(SearchIndex(tokenizer, DIMENSION)), now=times)
    changed = IndexedPair(7, "医保卡怎么激活？", (), "", revision=4)
    engine.gone = True
    index.refresh()
    index.upsert([changed], vectors_of(changed))
    index.stamp = Stamp("bank", 4)
    assert (index.stamp.revision, engine.stamp.revision) == (4, 3)
    engine.gone = False
    times.seconds += RETRY_SECONDS
    assert found(index, "激活", tokenizer) == [7], "not yet from the engine"
    assert index.problem is None
    assert index.stamp.revision == 3, "so that whoever follows the bank brings it up to date"
    index.refresh()
    index.upsert([changed], vectors_of(changed))
    index.stamp = Stamp("bank", 4)
    asked = engine.asked
    assert found(index, "激活", tokenizer) == [7]
    assert engine.asked == asked + 1
    assert engine.stamp.revision == 4


def test_a_change_cut_off_in_the_middle_does_not_count_as_taken_in(
    engine: FailingIndex, times: Times, tokenizer: Tokenizer
) -> None:
    index = FailoverIndex(engine, None, now=times)
    index.refresh()
    engine.gone = True
    index.upsert([TAX], vectors_of(TAX))
    engine.gone = False
    times.seconds += RETRY_SECONDS
    index.upsert([CARD], vectors_of(CARD))
    index.stamp = Stamp("bank", 4)
    assert engine.stamp.revision == 3
    assert found(index, "发票", tokenizer) == [], "it may hold an older form of what changed"
    index.refresh()
    assert found(index, "发票", tokenizer) == [9]


def test_an_engine_that_another_process_brought_up_to_date_is_searched_again(
    engine: FailingIndex, times: Times, tokenizer: Tokenizer
) -> None:
    index = FailoverIndex(engine, _filled(SearchIndex(tokenizer, DIMENSION)), now=times)
    changed = IndexedPair(7, "医保卡怎么激活？", (), "", revision=4)
    engine.gone = True
    index.refresh()
    index.upsert([changed], vectors_of(changed))
    index.stamp = Stamp("bank", 4)
    engine.gone = False
    engine.upsert([changed], vectors_of(changed))
    engine.stamp = Stamp("bank", 4)
    times.seconds += RETRY_SECONDS
    asked = engine.asked
    assert found(index, "激活", tokenizer) == [7]
    assert engine.asked == asked + 2, "looked at, then searched"


@pytest.mark.parametrize("stands_by", [True, False])
def test_an_engine_gone_at_the_start_is_opened_when_it_is_back(
    engine: FailingIndex, times: Times, tokenizer: Tokenizer, stands_by: bool
) -> None:
    absent = SearchIndex(tokenizer, DIMENSION)
    absent.stamp = Stamp("bank", -1)
    standby = _filled(SearchIndex(tokenizer, DIMENSION)) if stands_by else None
    index = FailoverIndex(absent, standby, now=times)
    unfit, gone = (
        CollectionUnfitError("没有建完，请运行 index rebuild"),
        EngineUnreachableError("检索引擎无法连接"),
    )
    answers: list[SearchEngineError] = [unfit]

    def opens() -> FailingIndex:
        if answers:
            raise answers.pop()
        return engine

    index.opened_by(opens, gone)
    assert found(index, "发票", tokenizer) == ([9] if stands_by else [])
    assert str(index.problem).startswith("检索引擎无法连接；")
    assert index.stamp == Stamp("bank", 3 if stands_by else -1)
    times.seconds += RETRY_SECONDS
    found(index, "发票", tokenizer)
    assert "index rebuild" in str(index.problem)
    times.seconds += RETRY_SECONDS
    assert (found(index, "发票", tokenizer), index.problem) == ([9], None)
    assert index.engine is engine


def test_whoever_watches_tries_an_engine_before_an_asker_would(
    engine: FailingIndex, times: Times, tokenizer: Tokenizer
) -> None:
    index = FailoverIndex(engine, _filled(SearchIndex(tokenizer, DIMENSION)), now=times)
    engine.gone = True
    found(index, "发票", tokenizer)
    times.seconds += WATCHED_RETRY_SECONDS
    index.refresh()
    asked = engine.asked
    times.seconds += RETRY_SECONDS - WATCHED_RETRY_SECONDS
    found(index, "发票", tokenizer)
    assert engine.asked == asked, "no asker waits for an engine that was tried just now"
