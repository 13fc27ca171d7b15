"""Compiled inner loops of the lexical index; each is checked against plain Python in tests.

Compiled on first use and kept beside the code, or in ``NUMBA_CACHE_DIR``. They release the
interpreter lock. Arrays read from must be frozen (see ``columns``).
"""

from numba import njit

from qa_service.retrieval.columns import Array


@njit(cache=True, nogil=True)
def add_postings(
    scores: Array,
    slots: Array,
    counts: Array,
    lengths: Array,
    weight: float,
    flat: float,
    slope: float,
) -> None:
    """Add one term's BM25 to ``scores``; a removed slot has a length below zero."""
    for at in range(slots.size):
        slot = slots[at]
        length = lengths[slot]
        if length >= 0:
            count = float(counts[at])
            scores[slot] += weight * count / (count + flat + slope * length)


@njit(cache=True, nogil=True)
def add_terms(
    scores: Array,
    terms: Array,
    weights: Array,
    starts: Array,
    slots: Array,
    counts: Array,
    lengths: Array,
    flat: float,
    slope: float,
) -> None:
    """Add the BM25 of each of ``terms``, whose postings lie at ``starts``; see above."""
    for at in range(terms.size):
        first, end = starts[terms[at]], starts[terms[at] + 1]
        add_postings(scores, slots[first:end], counts[first:end], lengths, weights[at], flat, slope)


@njit(cache=True, nogil=True)
def invert(
    starts: Array, terms: Array, counts: Array, posting_starts: Array, slots: Array, held: Array
) -> None:
    """Fill the postings ``slots`` and ``held`` (frequencies) from rows of terms.

    ``posting_starts`` has shape (terms + 1,); slots come out ascending for each term.
    """
    places = posting_starts[:-1].copy()
    for slot in range(starts.size - 1):
        for at in range(starts[slot], starts[slot + 1]):
            place = places[terms[at]]
            slots[place] = slot
            held[place] = counts[at]
            places[terms[at]] = place + 1
