"""Compiled steps from proposed texts to candidate pairs."""

import numpy as np

from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array

ANY = -1
"""Number that stands for every value of an attribute, and for any day."""

UNRESTRICTED = 0
"""Number of the empty value, that of a pair for every region or audience."""

ATTRIBUTES = 6
"""Attributes of a row: area, unit, region, audience, first and last day in force."""

EXACT = 2
"""Number of attributes, the first ones, of which an unrestricted pair is found by no other."""


@compiled()
def admits(held: Array, wanted: Array) -> bool:
    """Return whether a pair with the attributes ``held`` lies within the bounds ``wanted``.

    ``wanted`` holds area, unit, region, audience and day, ``ANY`` where nothing is bounded.
    """
    for at in range(4):
        is_free = wanted[at] == ANY or (at >= EXACT and held[at] == UNRESTRICTED)
        if not is_free and held[at] != wanted[at]:
            return False
    day = wanted[4]
    return bool(day == ANY or held[4] <= day <= held[5])


@compiled()
def pairs_of(
    slots: Array,
    rows: Array,
    live: Array,
    attributes: Array,
    wanted: Array,
    ids: Array,
    firsts: Array,
    ends: Array,
) -> tuple[Array, Array, Array]:
    """Return the findable pairs of ``slots``, each once, ascending by id, with all their texts.

    ``rows`` is indexed by slot, the arrays after it by row; ``attributes`` holds ``ATTRIBUTES``
    numbers a row, ``wanted`` those of ``admits``, or none if all are taken. Returns ids, starts
    and slots: pair ``i`` has the texts ``slots[starts[i]:starts[i + 1]]``.
    """
    found = np.empty(slots.size, np.int64)
    size = 0
    for slot in slots:
        row = rows[slot]
        at = row * ATTRIBUTES
        if live[row] and (wanted.size == 0 or admits(attributes[at : at + ATTRIBUTES], wanted)):
            found[size] = row
            size += 1
    found = found[:size]
    found = found[np.argsort(ids[found])]
    starts = np.zeros(size + 1, np.int64)
    size = 0
    for row in found:
        if size == 0 or row != found[size - 1]:
            found[size] = row
            starts[size + 1] = starts[size] + ends[row] - firsts[row]
            size += 1
    texts = np.empty(starts[size], np.int64)
    for at in range(size):
        texts[starts[at] : starts[at + 1]] = np.arange(firsts[found[at]], ends[found[at]])
    return ids[found[:size]], starts[: size + 1], texts


@compiled()
def best_pairs(
    ids: Array, starts: Array, slots: Array, bm25: Array, cosine: Array, weight: float, limit: int
) -> tuple[Array, Array, Array, Array, Array]:
    """Return the ``limit`` pairs whose best text has the greatest ``cosine + weight * bm25``.

    Input as ``pairs_of`` returns it, so that of equal pairs the lower id comes first. Returns
    ids, starts, slots, BM25 and cosine of the kept pairs in their new order.
    """
    blended = cosine + weight * bm25
    worst = np.empty(ids.size)
    for pair in range(ids.size):
        worst[pair] = -blended[starts[pair] : starts[pair + 1]].max()
    order = np.argsort(worst, kind="mergesort")[:limit]
    kept = np.zeros(order.size + 1, np.int64)
    for at in range(order.size):
        kept[at + 1] = kept[at] + starts[order[at] + 1] - starts[order[at]]
    places = np.empty(kept[-1], np.int64)
    for at in range(order.size):
        places[kept[at] : kept[at + 1]] = np.arange(starts[order[at]], starts[order[at] + 1])
    return ids[order], kept, slots[places], bm25[places], cosine[places]
