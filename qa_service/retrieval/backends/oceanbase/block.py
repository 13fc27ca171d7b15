"""Computes the signals of proposed texts by the same formulas as the embedded backend.

The engine only proposes. BM25, cosine and the bigrams' BM25 of each candidate are computed from
its own texts and the statistics of the whole collection, so that features and verdict have one
scale whatever engine proposed.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from qa_service.retrieval.arrays.code_points import code_points, word_characters
from qa_service.retrieval.arrays.gather import selected
from qa_service.retrieval.arrays.ragged import Array, Rows, frozen
from qa_service.retrieval.backends.contract import LEXICAL_WEIGHT, CandidateBlock
from qa_service.retrieval.backends.embedded.bm25 import K1, B
from qa_service.retrieval.backends.embedded.candidates import best_pairs
from qa_service.retrieval.backends.embedded.kernels import query_weights
from qa_service.retrieval.backends.embedded.pair_bigrams import BUCKETS, score_pairs
from qa_service.retrieval.backends.oceanbase.collections import Collection
from qa_service.retrieval.backends.oceanbase.connection import Row
from qa_service.retrieval.backends.oceanbase.statistics import Statistics
from qa_service.retrieval.backends.oceanbase.terms import (
    bigram_buckets,
    number_of,
    read_terms,
    term_of,
)
from qa_service.retrieval.query import AnalysedQuestion


class BlockBuilder:
    """Builds candidate blocks with the statistics of a collection."""

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self._places = np.full(BUCKETS, -1, np.int16)

    def build(
        self, question: AnalysedQuestion, lines: Sequence[Row], collection: Collection, limit: int
    ) -> CandidateBlock:
        """Return the ``limit`` best pairs of ``lines``, which stand pair by pair, ids ascending."""
        ids, starts = _pairs_of(lines)
        held = read_terms([line[4] for line in lines])
        counters = collection.counters
        asked = Counter(question.tokens)
        numbers = {number_of(term_of(word)): word for word in asked}
        vocabulary = np.union1d(held.values, np.array(list(numbers), np.int64))
        frequency = self._statistics.texts_with(vocabulary)
        average = counters.length / counters.texts if counters.length else 1.0
        bm25 = _bm25(asked, vocabulary, frequency, held, counters.texts, average)
        cosine = np.array([float(line[5]) for line in lines], np.float64)
        ids, starts, slots, bm25, cosine = best_pairs(
            ids, starts, np.arange(len(lines)), bm25, cosine, LEXICAL_WEIGHT, limit
        )
        known = [
            (place, numbers[number])
            for place, number in enumerate(vocabulary.tolist())
            if number in numbers and frequency[place]
        ]
        chosen = [lines[slot] for slot in slots.tolist()]
        codes = Rows.of([code_points(line[3]) for line in chosen], np.int32)
        return CandidateBlock(
            pair_ids=ids,
            pair_starts=starts,
            kinds=np.array([line[1] for line in chosen], np.uint8),
            written=Rows.of([_utf8(line[2]) for line in chosen], np.uint8),
            codes=codes,
            terms=selected(_distinct(held, vocabulary), slots),
            document_frequency=frozen(frequency),
            text_count=counters.texts,
            asked_terms=np.array([place for place, _ in known], np.int32),
            asked_words=tuple(word for _, word in known),
            unknown_terms=len(numbers) - len(known),
            bm25=bm25,
            cosine=cosine,
            bigram_bm25=self._bigram_bm25(question.normalised, starts, codes, collection),
            revision=collection.stamp.revision,
        )

    def _bigram_bm25(
        self, normalised: str, starts: Array, codes: Rows, collection: Collection
    ) -> Array:
        """Return BM25 over character bigrams of each candidate; see ``PairBigrams.scores``."""
        counters = collection.counters
        by_bucket = self._statistics.pairs_by_bucket(np.unique(bigram_buckets(normalised)))
        found: Array = score_pairs(
            frozen(code_points(normalised)),
            starts,
            codes.starts,
            codes.values,
            frozen(word_characters()),
            frozen(by_bucket),
            self._places,
            counters.pairs,
            counters.bigrams / counters.pairs if counters.bigrams else 1.0,
            K1,
            B,
        )
        return found


def _bm25(
    asked: Counter[str],
    vocabulary: Array,
    frequency: Array,
    held: Rows,
    texts: int,
    average: float,
) -> Array:
    """Return the BM25 of each text over that of a text equal to the question."""

    def norm(length: int | Array) -> Array:
        return np.asarray(K1 * (1 - B + B * length / average))

    hashes = np.array([number_of(term_of(word)) for word in asked], np.int64)
    places, weights, most = query_weights(
        np.searchsorted(vocabulary, hashes),
        np.array(list(asked.values()), np.float64),
        frozen(frequency),
        texts,
        K1 + 1,
        float(norm(asked.total())),
    )
    lengths = np.diff(held.starts)
    norms = norm(lengths)
    text_of = np.repeat(np.arange(len(held)), lengths)
    scores = np.zeros(len(held))
    for number, weight in zip(vocabulary[places].tolist(), weights.tolist(), strict=True):
        count = np.bincount(text_of[held.values == number], minlength=len(held))
        scores += weight * count / (count + norms)
    return scores / (most or 1.0)


def _distinct(held: Rows, vocabulary: Array) -> Rows:
    """Return the distinct terms of each text as places in ``vocabulary``, ascending."""
    size = max(len(vocabulary), 1)
    text_of = np.repeat(np.arange(len(held)), np.diff(held.starts))
    keys = np.unique(text_of * size + np.searchsorted(vocabulary, held.values))
    starts = np.searchsorted(keys, np.arange(len(held) + 1) * size)
    return Rows(frozen(starts.astype(np.int64)), frozen((keys % size).astype(np.int32)))


def _pairs_of(lines: Sequence[Row]) -> tuple[Array, Array]:
    """Return the ids of the pairs and the start of each one's texts, shape (pairs + 1,)."""
    ids = np.array([line[0] for line in lines], np.int64)
    firsts = np.flatnonzero(np.diff(ids, prepend=-1))
    return ids[firsts], np.append(firsts, len(lines)).astype(np.int64)


def _utf8(text: str) -> Array:
    """Return the bytes of ``text`` in UTF-8."""
    return np.frombuffer(text.encode(), np.uint8)
