"""Baselines: BM25 alone, one embedding alone, and the ranks of both fused.

Measured together with the engine, which must outperform them to justify its cost.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.embedded.bm25 import LexicalIndex
from qa_service.retrieval.backends.embedded.vectors import DenseIndex
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.query import AnalysedQuestion, Tokenizer
from qa_service.text.matching_form import matching_form

DEPTH = 50
"""Number of pairs that a baseline ranks."""

RRF_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke & Büttcher, 2009)."""


class Baselines:
    """Each pair as one text: all its words for BM25, its question for the embedding."""

    def __init__(
        self,
        pairs: Sequence[IndexedPair],
        tokenizer: Tokenizer,
        vectors: Mapping[str, Vectors],
    ) -> None:
        """Index ``pairs``; ``vectors`` holds those of their texts, or nothing."""
        self._ids = np.array([pair.pair_id for pair in pairs])
        self._lexical = LexicalIndex()
        for pair in pairs:
            written = " ".join([pair.question, *pair.variants, pair.answer])
            self._lexical.add(Counter(tokenizer.tokens(matching_form(written))))
        self._dense = self._embedded(pairs, vectors) if vectors else None

    def by_bm25(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return pair ids by the scores of rank-bm25 (see ``bm25``), best first."""
        weights = self._lexical.query_weights(question.tokens)
        slots = self._lexical.top_docs(weights, DEPTH)
        scores = self._lexical.scores(weights, slots)
        return tuple(self._ids[slots[np.lexsort((slots, -scores))]].tolist())

    def by_embedding(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return pair ids by cosine of the question's vector, best first; none without vectors."""
        if self._dense is None or question.vector is None:
            return ()
        return tuple(
            int(self._ids[near.slot]) for near in self._dense.nearest(question.vector, DEPTH)
        )

    @staticmethod
    def _embedded(pairs: Sequence[IndexedPair], vectors: Mapping[str, Vectors]) -> DenseIndex:
        """Return the index of one vector a pair."""
        # A document without a question is represented by the beginning of its text.
        rows = np.array([vectors[next(pair.texts())[1]] for pair in pairs], np.float32)
        index = DenseIndex(rows.shape[1])
        index.add(range(len(rows)), rows)
        return index


def reciprocal_rank_fusion(rankings: Sequence[Sequence[int]], k: int = RRF_K) -> tuple[int, ...]:
    """Return ids by the sum of 1 / (k + rank), ranks from 1; ties in the order first seen."""
    sums: dict[int, float] = {}
    for ranking in rankings:
        for rank, found in enumerate(ranking, start=1):
            sums[found] = sums.get(found, 0.0) + 1 / (k + rank)
    return tuple(sorted(sums, key=lambda found: -sums[found]))
