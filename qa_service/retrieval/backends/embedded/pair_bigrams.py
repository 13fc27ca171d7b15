"""BM25 over character bigrams of a pair: all wordings and the answer as one text.

A second lexical field in addition to words: it needs no dictionary, matches compounds that
jieba cuts differently in question and answer, and sums up evidence over a pair's texts. It
is computed for the candidates only, so only the document frequencies (by pair) are stored.
Bigrams are hashed into 2^18 buckets, few of which are used, so that collisions are rare. Each
kernel is checked against plain Python in tests.
"""

import numpy as np

from qa_service.retrieval.arrays.code_points import PLANE, word_characters
from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array, Rows, frozen
from qa_service.retrieval.backends.embedded.bm25 import K1, B

BUCKETS = 1 << 18


class PairBigrams:
    """The number of findable pairs that contain each bigram."""

    def __init__(self) -> None:
        """Start with no pair counted."""
        self._document_frequency = np.zeros(BUCKETS, np.int32)
        self._places = np.full(BUCKETS, -1, np.int16)
        self._pairs = 0
        self._length = 0

    @classmethod
    def of(cls, codes: Rows, pair_starts: Array) -> "PairBigrams":
        """Count the pairs of a snapshot, whose texts are contiguous."""
        counted = cls()
        counted._pairs = len(pair_starts) - 1
        counted._length = count_pairs(
            codes.starts,
            codes.values,
            pair_starts,
            frozen(word_characters()),
            counted._document_frequency,
        )
        return counted

    def add(self, texts: Rows) -> None:
        """Count a pair, given the code points of its texts."""
        self._change(texts, 1)

    def remove(self, texts: Rows) -> None:
        """Remove a pair from the count."""
        self._change(texts, -1)

    def scores(self, asked: Array, pair_starts: Array, texts: Rows) -> Array:
        """Return BM25 of each candidate over that of a pair equal to ``asked``, by candidate.

        Candidate ``i`` has the ``texts``, given as code points, from ``pair_starts[i]`` to
        ``pair_starts[i + 1]``.
        """
        found: Array = score_pairs(
            asked,
            pair_starts,
            texts.starts,
            texts.values,
            frozen(word_characters()),
            frozen(self._document_frequency),
            self._places,
            self._pairs,
            self._length / self._pairs if self._length else 1.0,
            K1,
            B,
        )
        return found

    def _change(self, texts: Rows, by: int) -> None:
        """Count a pair in (1) or out (-1)."""
        is_word = frozen(word_characters())
        self._length += by * change_pair(
            texts.starts, texts.values, is_word, self._document_frequency, by
        )
        self._pairs += by


@compiled()
def hashed_bigrams(codes: Array, is_word: Array, found: Array) -> int:
    """Fill ``found`` with the buckets of the bigrams of ``codes``; return their number.

    As in ``string_similarity``: neighbours within runs of word characters, a lone one by itself.
    """
    size = 0
    at = 0
    while at < codes.size:
        end = at
        while end < codes.size and (codes[end] >= PLANE or is_word[codes[end]]):
            end += 1
        if end == at + 1:
            found[size] = bucket(codes[at], 0)
            size += 1
        for first in range(at, end - 1):
            found[size] = bucket(codes[first], codes[first + 1])
            size += 1
        at = end + 1
    return size


@compiled()
def bucket(first: int, second: int) -> int:
    """Return the bucket of a bigram by multiplicative hashing (Knuth, 1973)."""
    return ((first * 2654435761 + second * 2246822519) >> 9) & (BUCKETS - 1)


@compiled()
def count_pairs(
    starts: Array,
    codes: Array,
    pair_starts: Array,
    is_word: Array,
    document_frequency: Array,
) -> int:
    """Count in ``document_frequency`` the pairs with each bucket; return the bigrams of all."""
    seen_in = np.full(BUCKETS, -1, np.int32)
    longest = 0
    for slot in range(starts.size - 1):
        longest = max(longest, starts[slot + 1] - starts[slot])
    found = np.empty(longest, np.int64)
    total = 0
    for pair in range(pair_starts.size - 1):
        for slot in range(pair_starts[pair], pair_starts[pair + 1]):
            size = hashed_bigrams(codes[starts[slot] : starts[slot + 1]], is_word, found)
            total += size
            for at in range(size):
                if seen_in[found[at]] != pair:
                    seen_in[found[at]] = pair
                    document_frequency[found[at]] += 1
    return total


@compiled()
def change_pair(
    starts: Array, codes: Array, is_word: Array, document_frequency: Array, by: int
) -> int:
    """Add ``by`` to every bucket of one pair; return the number of bigrams of its texts."""
    found = np.empty(codes.size, np.int64)
    size = 0
    for slot in range(starts.size - 1):
        size += hashed_bigrams(codes[starts[slot] : starts[slot + 1]], is_word, found[size:])
    for held in np.unique(found[:size]):
        document_frequency[held] += by
    return size


@compiled()
def score_pairs(
    asked: Array,
    pair_starts: Array,
    starts: Array,
    codes: Array,
    is_word: Array,
    document_frequency: Array,
    places: Array,
    pairs: int,
    average: float,
    k1: float,
    b: float,
) -> Array:
    """Compute ``PairBigrams.scores``; ``places`` holds -1 for each bucket before and after."""
    scores = np.zeros(pair_starts.size - 1)
    ours = np.empty(asked.size, np.int64)
    size = hashed_bigrams(asked, is_word, ours)
    if size == 0:
        return scores
    terms = np.unique(ours[:size])
    weights = np.zeros(terms.size)
    for term in range(terms.size):
        places[terms[term]] = term
    for at in range(size):
        weights[places[ours[at]]] += 1
    own = weights / (weights + k1 * (1 - b + b * size / average))
    for term in range(terms.size):
        held = document_frequency[terms[term]]
        weights[term] *= np.log(1 + (pairs - held + 0.5) / (held + 0.5))
    max_score = (weights * own).sum()
    frequencies = np.empty(terms.size)
    theirs = np.empty(codes.size, np.int64)
    for pair in range(pair_starts.size - 1):
        frequencies[:] = 0
        length = 0
        for text in range(pair_starts[pair], pair_starts[pair + 1]):
            count = hashed_bigrams(codes[starts[text] : starts[text + 1]], is_word, theirs)
            length += count
            for one in range(count):
                term = places[theirs[one]]
                if term >= 0:
                    frequencies[term] += 1
        norm = k1 * (1 - b + b * length / average)
        scores[pair] = (weights * frequencies / (frequencies + norm)).sum() / max_score
    places[terms] = -1
    return scores
