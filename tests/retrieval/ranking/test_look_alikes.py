"""A pair that differs from the question in one word that matters is shown, never told."""

from pathlib import Path

import numpy as np

from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Verdict

PAIRS = Path(__file__).parents[2] / "text" / "guards" / "minimal_pairs.tsv"


class TestLookAlikes:
    def test_are_never_answered_and_their_difference_is_marked(
        self, tokenizer: Tokenizer, encoder: Encoder
    ) -> None:
        engine = RetrievalEngine(tokenizer, encoder, load_calibration(default_calibration()))
        frames = [line.split("\t")[1:] for line in PAIRS.read_text(encoding="utf-8").splitlines()]
        pairs = [[frame.format(word) for word in words.split("|")] for frame, words in frames]
        vectors = encoder.encode_texts([stored for _, stored in pairs])
        assert engine.is_calibrated
        for (asked, stored), vector in zip(pairs, vectors, strict=True):
            index = engine.empty_index()
            index.upsert([IndexedPair(1, stored, (), "")], np.array([vector]))
            engine.adopt(index)
            answer = engine.answer(asked, everything)
            assert answer.decision.verdict is not Verdict.ANSWERED, (asked, stored)
            assert answer.ranked[0].described.guards.conflicts, (asked, stored)
