"""Retrieval as one piece: prepare a question, rank the bank's pairs, decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from time import perf_counter

import numpy as np

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.embedded.index import IndexArrays, SearchIndex
from qa_service.retrieval.backends.embedded.recipe import Recipe
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder, EncoderFailedError
from qa_service.retrieval.query import Query, TokenCutter, analyse
from qa_service.retrieval.ranking.calibration import Calibration
from qa_service.retrieval.ranking.decision import Decision, Ranked, decide, rank, reorder
from qa_service.retrieval.ranking.features import describe, guarded

DESCRIBED_CANDIDATES = 50
"""Candidates whose features are computed; the rest are too far behind to win."""

RANKED_CANDIDATES = 16
"""Candidates kept: enough to show some when the database refuses others."""

REHEARSED = "政策咨询"

GUARDED_CANDIDATES = 5
"""Candidates whose guard words are compared, and which are then ordered once more."""


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

    @property
    def is_calibrated(self) -> bool:
        """Whether the calibration holds for this dictionary and model; else nothing is answered."""
        return self.calibration.holds_for(self.recipe())

    def recipe(self) -> Recipe:
        """What this engine's index is made by."""
        return Recipe(
            cutter=self.cutter.fingerprint,
            encoder=self.encoder.fingerprint if self.encoder else "",
            dimension=self.encoder.dimension if self.encoder else 0,
        )

    def index_of(self, arrays: IndexArrays) -> SearchIndex:
        """An index of this engine's make that starts as ``arrays``."""
        return SearchIndex(self.cutter, self.encoder.dimension if self.encoder else None, arrays)

    def empty_index(self) -> SearchIndex:
        """An index of this engine's make with nothing in it."""
        return SearchIndex(self.cutter, self.encoder.dimension if self.encoder else None)

    def build(self, pairs: Iterable[IndexedPair], vectors: Mapping[str, Vectors]) -> SearchIndex:
        """An index of ``pairs``; ``vectors`` holds that of each of their texts."""
        index = self.empty_index()
        for pair in pairs:
            rows = [vectors[text] for _, text in pair.texts()] if self.encoder else None
            index.replace(pair, np.array(rows, np.float32) if rows is not None else None)
        return self.index_of(index.compacted())

    def vectors_by_text(self) -> dict[str, Vectors]:
        """The vector of every text that can be found; empty without an encoder."""
        with self._turn:
            dense = self.index.dense
            if dense is None:
                return {}
            texts = list(self.index.live_texts())
            rows = dense.vectors(np.array([stored.slot for stored in texts], np.int64))
            return {stored.text: row for stored, row in zip(texts, rows, strict=True)}

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

    def rehearse(self) -> None:
        """Answer a question for nobody, so that the first caller waits for no compilation.

        An empty bank would leave loops untried, so a pair of no bank is ranked as well. Where
        several processes serve, the one that starts them does so before: two that compile a
        function at once for different arrays may mix up its cache.
        """
        stage = RetrievalEngine(self.cutter, self.encoder, self.calibration)
        stage.replace([IndexedPair(0, REHEARSED, (), REHEARSED)])
        stage.adopt(stage.index_of(stage.index.compacted()))
        for engine in (stage, self):
            watch = Stopwatch()
            query = engine.prepare(REHEARSED, watch)
            engine.decide(query, engine.rank(query, watch))

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

    def rank(
        self,
        query: Query,
        watch: Stopwatch,
        *,
        area: str = "",
        limit: int = RANKED_CANDIDATES,
        compared: int = GUARDED_CANDIDATES,
    ) -> list[Ranked]:
        """At most ``limit`` pairs that may answer ``query``, the most relevant first.

        The guard words of the first ``compared`` are looked at, which are then ordered anew.
        """
        with self._turn:
            terms = self.index.lexical.weigh(query.tokens)
            by_words = self.index.best_slots(terms, area=area)
            watch.lap("lexical")
            nearest = self.index.nearest_slots(query, area=area)
            watch.lap("dense")
            proposed = np.concatenate([by_words, nearest])
            candidates = self.index.candidates(
                query, terms, proposed, limit=DESCRIBED_CANDIDATES, area=area
            )
            description = describe(query, candidates, self.index)
            ordered = rank(description, self.calibration, limit=limit)
        watch.lap("describe")
        with_guards = [guarded(query, found.described) for found in ordered[:compared]]
        ranked = [*reorder(with_guards, self.calibration), *ordered[compared:]]
        watch.lap("guards")
        return ranked

    def first_order(self, query: Query) -> tuple[int, ...]:
        """The pairs in the order they have before they are described and ranked."""
        with self._turn:
            terms = self.index.lexical.weigh(query.tokens)
            slots = np.concatenate([self.index.best_slots(terms), self.index.nearest_slots(query)])
            found = self.index.candidates(query, terms, slots, limit=DESCRIBED_CANDIDATES)
        return tuple(found.pair_ids.tolist())

    def decide(self, query: Query, ranked: Sequence[Ranked]) -> Decision:
        """The verdict on what is left of a ranking; see ``decision.decide``."""
        may_answer = query.vector is not None and self.is_calibrated
        return decide(ranked, self.calibration, may_answer=may_answer)
