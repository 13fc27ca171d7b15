"""A question about another year is never answered with what holds today."""

from datetime import date

import numpy as np
import pytest

from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.retrieval.ranking.decision import allows_answer
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Verdict

STORED = "失业保险金每月能领多少钱？"
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def engine(tokenizer: Tokenizer, encoder: Encoder) -> RetrievalEngine:
    built = RetrievalEngine(tokenizer, encoder, load_calibration(default_calibration()))
    index = built.empty_index()
    index.upsert([IndexedPair(1, STORED, (), "")], np.array(encoder.encode_texts([STORED])))
    built.adopt(index)
    return built


@pytest.mark.parametrize("year", ["2018年", "二〇一八年", "18年的", "去年", "明年", "2018年度"])
def test_is_shown_to_be_checked(engine: RetrievalEngine, year: str) -> None:
    found = engine.answer(f"{year}{STORED}", everything, day=TODAY)
    assert found.decision.verdict is not Verdict.ANSWERED
    assert any("年份不同" in one for one in found.ranked[0].described.guards.conflicts)


@pytest.mark.parametrize("year", ["", "2026年", "今年"])
def test_of_this_year_may_be_answered(engine: RetrievalEngine, year: str) -> None:
    first = engine.answer(f"{year}{STORED}", everything, day=TODAY).ranked[0]
    assert allows_answer(first)
    assert first.described.guards.conflicts == ()
