"""A pair that differs from the question in one word that matters is shown, never told."""

from pathlib import Path

import numpy as np

from qa_service.parts import default_calibration
from qa_service.retrieval.calibration import load_calibration
from qa_service.retrieval.decision import Verdict
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine, Stopwatch
from qa_service.text.tokenise import Tokeniser

PAIRS = Path(__file__).parents[1] / "text" / "minimal_pairs.tsv"


class TestLookAlikes:
    def test_are_never_answered_and_their_difference_is_marked(
        self, tokeniser: Tokeniser, encoder: Encoder
    ) -> None:
        engine = RetrievalEngine(tokeniser, encoder, load_calibration(default_calibration()))
        frames = [line.split("\t")[1:] for line in PAIRS.read_text(encoding="utf-8").splitlines()]
        pairs = [[frame.format(word) for word in words.split("|")] for frame, words in frames]
        vectors = encoder.encode_texts([stored for _, stored in pairs])
        assert engine.is_calibrated
        for (asked, stored), vector in zip(pairs, vectors, strict=True):
            index = engine.empty_index()
            index.replace(IndexedPair(1, stored, (), ""), np.array([vector]))
            engine.adopt(index)
            query = engine.prepare(asked, Stopwatch())
            ranked = engine.rank(query, Stopwatch())
            assert engine.decide(query, ranked).verdict is not Verdict.ANSWERED, (asked, stored)
            assert ranked[0].described.guards.conflicts, (asked, stored)
