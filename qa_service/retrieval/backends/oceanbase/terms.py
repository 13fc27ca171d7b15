"""Words and character bigrams as the numbers under which the engine keeps them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from qa_service.retrieval.arrays.code_points import code_points, word_characters
from qa_service.retrieval.arrays.ragged import Array, Rows, frozen
from qa_service.retrieval.backends.embedded.pair_bigrams import hashed_bigrams

BYTES = 6
DIGITS = 2 * BYTES
"""Hexadecimal digits of a term: its hash, too long for two words of a language to share one."""

_VALUES = np.zeros(128, np.int64)
_VALUES[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_PLACES = 16 ** np.arange(DIGITS - 1, -1, -1, dtype=np.int64)


@lru_cache(maxsize=1 << 17)
def term_of(word: str) -> str:
    """Return the term under which a word is kept."""
    return blake2b(word.encode(), digest_size=BYTES).hexdigest()


def number_of(term: str) -> int:
    """Return the number of a term."""
    return int(term, 16)


def written_terms(words: Iterable[str]) -> str:
    """Return the terms of a text as one string, in order, repeats included."""
    return " ".join(map(term_of, words))


def read_terms(written: Sequence[str]) -> Rows:
    """Return the numbers of the terms of each text, in order, repeats included."""
    lengths = [(len(terms) + 1) // (DIGITS + 1) for terms in written]
    starts = np.zeros(len(written) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    joined = " ".join(terms for terms in written if terms) + " "
    if not starts[-1]:
        return Rows(frozen(starts), frozen(np.empty(0, np.int64)))
    digits = np.frombuffer(joined.encode(), np.uint8).reshape(-1, DIGITS + 1)[:, :DIGITS]
    return Rows(frozen(starts), frozen(_VALUES[digits] @ _PLACES))


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Counts that one pair adds to the statistics: texts by term, itself by bigram, and lengths."""

    texts_by_term: Counter[int]
    buckets: frozenset[int]
    texts: int
    length: int
    bigrams: int


def counts_of(texts: Sequence[tuple[str, str]]) -> PairCounts:
    """Return the counts of a pair with these texts, each its normalised form and written terms."""
    by_term: Counter[int] = Counter()
    buckets: set[int] = set()
    length = bigrams = 0
    for normalised, written in texts:
        terms = written.split()
        by_term.update({number_of(term) for term in terms})
        length += len(terms)
        found = bigram_buckets(normalised)
        buckets.update(found.tolist())
        bigrams += len(found)
    return PairCounts(by_term, frozenset(buckets), len(texts), length, bigrams)


def bigram_buckets(normalised: str) -> Array:
    """Return the bucket of every character bigram of a normalised text, repeats included."""
    codes = frozen(code_points(normalised))
    found = np.empty(len(codes), np.int64)
    size = hashed_bigrams(codes, frozen(word_characters()), found)
    held: Array = found[:size]
    return held
