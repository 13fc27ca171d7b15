"""Compiled inner loops of the lexical index; each is checked against plain Python in tests.

Compiled on first use and cached next to the code, or in ``NUMBA_CACHE_DIR``. They release
the GIL. Input arrays must be frozen (see ``ragged.frozen``).
"""

import numpy as np

from qa_service.retrieval.arrays.idf import idf
from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array

BLOCK = 4096
"""Texts per block: few enough for their scores to stay in the processor's cache."""

GROUP = 128
"""Scores that are compared with the threshold at once."""

SPARE = 64
"""Texts gathered in excess of the limit before the threshold is raised."""


@compiled()
def query_weights(
    numbers: Array, counts: Array, document_frequency: Array, texts: int, gain: float, norm: float
) -> tuple[Array, Array, float]:
    """Return numbers and weights of the terms any text contains, and the query's maximum score.

    ``numbers`` are -1 for unknown terms; ``norm`` is the saturation of the query's length.
    """
    held, weights = np.empty_like(numbers), np.empty_like(counts)
    size = 0
    max_score = 0.0
    for at in np.argsort(numbers):
        texts_with = document_frequency[numbers[at]] if numbers[at] >= 0 else 0
        weight = counts[at] * gain * idf(texts_with, texts)
        max_score += weight * counts[at] / (counts[at] + norm)
        if texts_with:
            held[size], weights[size] = numbers[at], weight
            size += 1
    return held[:size], weights[:size], max_score


@compiled()
def top_docs(
    starts: Array,
    ends: Array,
    weights: Array,
    slots: Array,
    counts: Array,
    first: int,
    stop: int,
    sizes: Array,
    norms: Array,
    limit: int,
) -> tuple[Array, Array]:
    """Return the ``limit`` slots from ``first`` to ``stop`` with the best BM25, and the scores.

    The postings of term ``i`` are ``slots[starts[i]:ends[i]]``, ascending; ``sizes`` holds one
    more than a text's length, 0 for a removed one, and ``norms`` the saturation by size. Scores
    are added up block by block, and those below the worst of ``limit`` found so far are left.
    """
    places = starts.copy()
    scores = np.zeros(BLOCK)
    room = limit + SPARE + BLOCK
    found, reached = np.empty(room, np.int64), np.empty(room)
    size = 0
    least = 0.0
    for begin in range(first, stop, BLOCK):
        end = min(begin + BLOCK, stop)
        for term in range(places.size):
            at, weight = places[term], weights[term]
            last = end_of_block(slots, at, ends[term], end)
            for place in range(at, last):
                # Unsigned numbers avoid the check for negative indices.
                slot = np.uint32(slots[place])
                count = float(counts[place])
                norm = norms[np.uint32(sizes[slot])]
                scores[np.uint32(slot - begin)] += weight * count / (count + norm)
            places[term] = last
        size = gather_above(scores[: end - begin], least, begin, found, reached, size)
        scores[:] = 0
        if size > limit + SPARE or end == stop:
            size, least = keep_best(found, reached, size, limit, least)
    return found[:size].copy(), reached[:size].copy()


@compiled()
def end_of_block(slots: Array, first: int, stop: int, end: int) -> int:
    """Return where the postings of slots below ``end`` stop, between ``first`` and ``stop``."""
    if first == stop or slots[first] >= end:
        return first
    if slots[stop - 1] < end:
        return stop
    return first + int(np.searchsorted(slots[first : min(stop, first + BLOCK)], end))


@compiled(inline="always")
def gather_above(
    scores: Array, least: float, begin: int, found: Array, reached: Array, size: int
) -> int:
    """Append slots with scores above ``least`` to the ``size`` in ``found``; return the new size.

    Must be inlined into its caller: only then does the compiler vectorise the comparisons.
    """
    for first in range(0, scores.size, GROUP):
        group = scores[first : first + GROUP]
        above = 0
        for score in group:
            above += score > least
        if above:
            for at in range(group.size):
                if group[at] > least:
                    found[size], reached[size] = begin + first + at, group[at]
                    size += 1
    return size


@compiled()
def keep_best(
    found: Array, reached: Array, size: int, limit: int, least: float
) -> tuple[int, float]:
    """Keep the ``limit`` best of ``size`` slots, lower slots first; return size and worst score."""
    if size <= limit:
        return size, least
    last = np.partition(reached[:size], size - limit)[size - limit]
    equal = limit - (reached[:size] > last).sum()
    kept = 0
    for at in range(size):
        if reached[at] > last or (reached[at] == last and equal > 0):
            equal -= reached[at] == last
            found[kept], reached[kept] = found[at], reached[at]
            kept += 1
    return kept, last


@compiled()
def score_texts(
    asked: Array,
    weights: Array,
    slots: Array,
    base_starts: Array,
    base_terms: Array,
    base_counts: Array,
    later_starts: Array,
    later_terms: Array,
    later_counts: Array,
    sizes: Array,
    norms: Array,
) -> Array:
    """Return the BM25 of each of ``slots``, computed from its own terms."""
    scores = np.zeros(slots.size)
    base = base_starts.size - 1
    # A bit set of the query's terms excludes nearly all others without a comparison.
    marks = np.uint64(0)
    for term in asked:
        marks |= np.uint64(1) << np.uint64(term & 63)
    for number in range(slots.size):
        slot = slots[number]
        if slot < base:
            first, end = base_starts[slot], base_starts[slot + 1]
            terms, counts = base_terms[first:end], base_counts[first:end]
        else:
            first, end = later_starts[slot - base], later_starts[slot - base + 1]
            terms, counts = later_terms[first:end], later_counts[first:end]
        norm = norms[sizes[slot]]
        for place in range(terms.size):
            if (marks >> np.uint64(terms[place] & 63)) & np.uint64(1):
                for at in range(asked.size):
                    if asked[at] == terms[place]:
                        scores[number] += weights[at] * counts[place] / (counts[place] + norm)
    return scores


@compiled()
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
