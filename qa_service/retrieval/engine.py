"""Retrieval as one piece: prepare a question, rank the bank's pairs, decide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import RLock
from time import perf_counter

import numpy as np

from qa_service.retrieval.decision import Calibration, Decision, Ranked, decide, rank
from qa_service.retrieval.dense import Vectors
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoder import Encoder, EncoderFailedError
from qa_service.retrieval.features import describe, first_order
from qa_service.retrieval.index import SearchIndex
from qa_service.retrieval.query import Query, TokenCutter, analyse
from qa_service.retrieval.recipe import Recipe

DESCRIBED_CANDIDATES = 30
"""Candidates whose features are computed; the rest are too far behind to win."""


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds by stage of one query."""

    timings: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=perf_counter)

    def lap(self, stage: str) -> None:
        """Book the time since the last lap to ``stage``."""
        now = perf_counter()
        self.timings[stage] = self.timings.get(stage, 0.0) + (now - self._since) * 1000
        self._since = now


class RetrievalEngine:
    """Answers queries and takes changes from any thread, one at a time.

    Without an ``encoder`` it runs on BM25 alone and says so in ``degraded``.
    """

    def __init__(
        self, cutter: TokenCutter, encoder: Encoder | None, calibration: Calibration
    ) -> None:
        self.cutter = cutter
        self.encoder = encoder
        self.calibration = calibration
        self._turn = RLock()
        self.index = self.empty_index()

    @property
    def degraded(self) -> bool:
        """Whether the encoder is missing."""
        return self.encoder is None

    def recipe(self) -> Recipe:
        """What this engine's index is made by."""
        return Recipe(
            cutter=self.cutter.fingerprint,
            encoder=self.encoder.fingerprint if self.encoder else "",
            dimension=self.encoder.dimension if self.encoder else 0,
        )

    def empty_index(self) -> SearchIndex:
        """An index of this engine's make with nothing in it."""
        return SearchIndex(self.cutter, self.encoder.dimension if self.encoder else None)

    def adopt(self, index: SearchIndex) -> None:
        """Search in ``index`` from now on."""
        with self._turn:
            self.index = index

    def embed(self, texts: Sequence[str]) -> Vectors | None:
        """Vectors of stored texts, shape (len(texts), dimension); None without an encoder."""
        if self.encoder is None:
            return None
        return self.encoder.encode_texts(texts)

    def replace(self, pairs: Sequence[IndexedPair]) -> None:
        """Make each pair searchable as it now is."""
        vectors = self.embed([text for pair in pairs for _, text in pair.texts()])
        start = 0
        with self._turn:
            self.index.remove(pair.pair_id for pair in pairs)
            for pair in pairs:
                end = start + sum(1 for _ in pair.texts())
                self.index.replace(pair, None if vectors is None else vectors[start:end])
                start = end

    def remove(self, pair_ids: Iterable[int]) -> None:
        """Make the pairs unfindable."""
        with self._turn:
            self.index.remove(pair_ids)

    def prepare(self, question: str, watch: Stopwatch) -> Query:
        """The query for ``question``; a failing encoder leaves it without a vector."""
        vector = None
        if self.encoder is not None:
            try:
                vector = np.asarray(self.encoder.encode_queries([question])[0])
            except EncoderFailedError:
                vector = None
        watch.lap("encode")
        query = analyse(question, self.cutter, vector)
        watch.lap("analyse")
        return query

    def rank(self, query: Query, watch: Stopwatch, *, field: str = "") -> list[Ranked]:
        """The pairs that may answer ``query``, the most relevant first."""
        with self._turn:
            scores = self.index.lexical_scores(query)
            watch.lap("lexical")
            nearest = self.index.nearest_slots(query, field=field)
            watch.lap("dense")
            matches = self.index.match(query, scores, nearest, field=field)
            matches.sort(key=lambda match: (-first_order(match), match.pair_id))
            described = [
                describe(query, match, self.index) for match in matches[:DESCRIBED_CANDIDATES]
            ]
        ranked = rank(described, self.calibration)
        watch.lap("decide")
        return ranked

    def decide(self, query: Query, ranked: Sequence[Ranked]) -> Decision:
        """The verdict on what is left of a ranking; see ``decision.decide``."""
        return decide(ranked, self.calibration, degraded=query.vector is None)
