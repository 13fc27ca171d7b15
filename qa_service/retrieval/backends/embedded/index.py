"""The searchable bank in memory: every text of every pair under both signals."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from qa_service.retrieval.arrays.ragged import Array, Vectors
from qa_service.retrieval.backends.embedded.bm25 import LexicalArrays, LexicalIndex, WeighedTerms
from qa_service.retrieval.backends.embedded.candidates import best_pairs
from qa_service.retrieval.backends.embedded.hnsw import build_approximate
from qa_service.retrieval.backends.embedded.pair_bigrams import PairBigrams
from qa_service.retrieval.backends.embedded.texts import CutText, StoredText, TextArrays, TextTable
from qa_service.retrieval.backends.embedded.vectors import (
    EXACT_LIMIT,
    DenseArrays,
    DenseIndex,
)
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.query import Query, TokenCutter
from qa_service.text.normalise import normalise

POOL = 50
"""Texts each signal proposes; their pairs are the candidates."""

AREA_POOL = 1_000
"""The same when only one field's pairs are wanted: most proposals then fall away."""

FOLDED_SHARE = 0.01
"""Later texts over all texts above which building the graph anew is worth its minutes."""

LEXICAL_SHARE = 0.3
"""Weight of BM25 beside cosine when texts and pairs are put in a first order."""


@dataclass(frozen=True, slots=True)
class IndexArrays:
    """All that an index without later changes is made of; ``dense`` is None without vectors."""

    texts: TextArrays
    lexical: LexicalArrays
    dense: DenseArrays | None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs that may answer a query, in their first order, with the scores of their texts.

    Pair ``i`` has the texts ``starts[i]:starts[i + 1]`` of the four arrays below ``starts``.
    ``bm25`` is divided by the query's own maximum; ``cosine`` is 0 without an encoder.
    """

    pair_ids: Array
    starts: Array
    slots: Array
    is_answer: Array
    bm25: Array
    cosine: Array

    def __len__(self) -> int:
        return len(self.pair_ids)


class SearchIndex:
    """Pairs by id; not safe for threads by itself, its owner takes turns."""

    def __init__(
        self, cutter: TokenCutter, dimension: int | None, arrays: IndexArrays | None = None
    ) -> None:
        self._cutter = cutter
        self.texts = TextTable(arrays.texts if arrays else None)
        self.lexical = LexicalIndex(arrays.lexical if arrays else None)
        self.bigrams = (
            PairBigrams.of(arrays.texts.codes, arrays.texts.pair_starts)
            if arrays
            else PairBigrams()
        )
        self.dense = DenseIndex(dimension, arrays.dense if arrays else None) if dimension else None

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def text_count(self) -> int:
        """How many texts can be found."""
        return len(self.lexical)

    @property
    def is_worth_folding(self) -> bool:
        """Whether later changes are so many, or the bank so small, that a new snapshot pays."""
        return (
            self.text_count <= EXACT_LIMIT
            or self.lexical.later_count > FOLDED_SHARE * self.text_count
        )

    def pair_ids(self) -> frozenset[int]:
        """Every pair that can be found."""
        return self.texts.pair_ids()

    def live_texts(self) -> Iterator[StoredText]:
        """Every text that can be found, by ascending pair id."""
        return self.texts.live_texts()

    def replace(self, pair: IndexedPair, vectors: Vectors | None) -> None:
        """Put the pair in, in place of what it was before.

        ``vectors`` has one row for each of ``pair.texts()``; raises ValueError when the
        index is dense and the shape does not fit.
        """
        texts = [
            CutText(kind, text, Counter(self._cutter.tokens(normalise(text))))
            for kind, text in pair.texts()
        ]
        self._check_shape(vectors, len(texts))
        self.remove([pair.pair_id])
        self.texts.add(pair.pair_id, pair.area, texts)
        slots = [self.lexical.add(text.terms) for text in texts]
        self.bigrams.add(self.texts.codes_of(np.array(slots, np.int64)))
        if self.dense is not None and vectors is not None:
            self.dense.add(slots, vectors)

    def remove(self, pair_ids: Iterable[int]) -> None:
        """Make the pairs unfindable; an unknown id is harmless.

        The dense index moves all its later vectors for one pair as for a thousand: give
        many at once.
        """
        slots: list[int] = []
        for pair_id in pair_ids:
            gone = self.texts.remove(pair_id)
            if gone:
                self.bigrams.remove(self.texts.codes_of(np.array(gone, np.int64)))
            slots += gone
        for slot in slots:
            self.lexical.remove(slot)
        if self.dense is not None:
            self.dense.remove(slots)

    def best_slots(self, terms: WeighedTerms, *, area: str = "") -> Array:
        """The slots BM25 scores highest, in no order."""
        return self.lexical.top(terms, _pool(area))

    def nearest_slots(self, query: Query, *, area: str = "") -> Array:
        """The slots nearest to the query's vector, in no order; none without a vector."""
        if self.dense is None or query.vector is None:
            return np.empty(0, np.int64)
        return self.dense.near_slots(query.vector, _pool(area))

    def by_lexical(self, query: Query) -> tuple[int, ...]:
        """The pairs of the texts BM25 scores highest, best first, each once."""
        terms = self.lexical.weigh(query.tokens)
        slots = self.best_slots(terms)
        return self._pairs_of(slots[np.lexsort((slots, -self.lexical.scores(terms, slots)))])

    def by_vector(self, query: Query) -> tuple[int, ...]:
        """The pairs of the texts nearest to the query's vector, best first, each once."""
        if self.dense is None or query.vector is None:
            return ()
        near = self.dense.nearest(query.vector, POOL)
        return self._pairs_of(np.array([found.slot for found in near], np.int64))

    def candidates(
        self, query: Query, terms: WeighedTerms, proposed: Array, *, limit: int, area: str = ""
    ) -> Candidates:
        """The pairs of the ``proposed`` slots, at most ``limit``; of one field when it is given.

        ``terms`` are those of ``query``, as the lexical index weighs them.
        """
        ids, starts, slots = self.texts.pairs_of(proposed, area)
        bm25 = self.lexical.scores(terms, slots) / (terms.most or 1.0)
        cosine = self._cosines(query, slots)
        ids, starts, slots, bm25, cosine = best_pairs(
            ids, starts, slots, bm25, cosine, LEXICAL_SHARE, limit
        )
        return Candidates(ids, starts, slots, self.texts.are_answers(slots), bm25, cosine)

    def area(self, pair_id: int) -> str:
        """The field of a pair that can be found."""
        return self.texts.area(pair_id)

    def terms(self, stored: StoredText) -> Mapping[str, int]:
        """The terms of a stored text with their frequencies."""
        return self.lexical.terms(stored.slot)

    def compacted(self) -> IndexArrays:
        """The pairs that can be found, by ascending id, without a trace of former ones."""
        texts, slots = self.texts.compacted()
        return IndexArrays(texts, self.lexical.compacted(slots), self._compacted_vectors(slots))

    def _compacted_vectors(self, slots: Array) -> DenseArrays | None:
        if self.dense is None:
            return None
        vectors = self.dense.vectors(slots)
        return DenseArrays(
            vectors, build_approximate(vectors) if len(vectors) > EXACT_LIMIT else None
        )

    def _check_shape(self, vectors: Vectors | None, count: int) -> None:
        if self.dense is None:
            return
        if vectors is None or vectors.shape != (count, self.dense.dimension):
            raise ValueError("one vector of the index's dimension for each text is needed")

    def _pairs_of(self, slots: Array) -> tuple[int, ...]:
        return tuple(self.texts.ids_of(slots))

    def _cosines(self, query: Query, slots: Array) -> Array:
        if self.dense is None or query.vector is None:
            return np.zeros(len(slots))
        return self.dense.cosines(query.vector, slots).astype(np.float64)


def _pool(area: str) -> int:
    return AREA_POOL if area else POOL
