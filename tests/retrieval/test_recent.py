"""A question that is asked again is not sought again, unless the index has changed."""

from dataclasses import replace

import pytest

from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.ranking.answer import Answer
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.text.tokenize import Tokenizer

CARD = IndexedPair(1, "社保卡丢了怎么补办？", (), "带身份证到社区。", "社保")
PENSION = IndexedPair(2, "养老金几号发放？", (), "每月十五日。", "养老")
QUESTION = "社保卡丢了怎么补办"


@pytest.fixture
def engine(tokenizer: Tokenizer) -> RetrievalEngine:
    built = RetrievalEngine(tokenizer, None, load_calibration(default_calibration()))
    built.upsert([CARD, PENSION])
    return built


def asked(engine: RetrievalEngine, area: str = "") -> Answer:
    return engine.answer(QUESTION, everything, area=area)


def test_the_same_question_to_the_same_index_is_described_once(engine: RetrievalEngine) -> None:
    first, again = asked(engine), asked(engine)
    assert again.description is first.description
    assert [one.pair_id for one in again.ranked] == [one.pair_id for one in first.ranked]


def test_a_pair_put_in_meanwhile_is_found(engine: RetrievalEngine) -> None:
    asked(engine)
    engine.upsert([replace(CARD, pair_id=3, question="社保卡丢了怎么补办新卡？")])
    assert {one.pair_id for one in asked(engine).ranked} >= {1, 3}


def test_a_pair_reworded_meanwhile_is_described_anew(engine: RetrievalEngine) -> None:
    asked(engine)
    engine.upsert([replace(CARD, question="社保卡遗失后如何补办？")])
    assert asked(engine).ranked[0].described.matched_text == "社保卡遗失后如何补办？"


def test_a_pair_taken_out_meanwhile_is_not_found(engine: RetrievalEngine) -> None:
    asked(engine)
    engine.remove([1])
    assert 1 not in {one.pair_id for one in asked(engine).ranked}


def test_another_index_is_asked_itself(engine: RetrievalEngine) -> None:
    asked(engine)
    engine.adopt(engine.empty_index())
    assert asked(engine).ranked == ()


def test_each_area_has_its_own_candidates(engine: RetrievalEngine) -> None:
    asked(engine)
    assert [one.pair_id for one in asked(engine, "养老").ranked] == []
    assert [one.pair_id for one in asked(engine, "社保").ranked] == [1]
