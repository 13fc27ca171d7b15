"""Compiled steps from proposed texts to candidate pairs; each is checked in tests of the index."""

import numpy as np

from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array

ANY_AREA = -1


@compiled()
def pairs_of(
    slots: Array,
    rows: Array,
    live: Array,
    fields: Array,
    area: int,
    ids: Array,
    firsts: Array,
    ends: Array,
) -> tuple[Array, Array, Array]:
    """The pairs that can be found of ``slots``, each once, ascending by id, with their texts.

    ``rows`` is indexed by slot, the arrays after it by row; only pairs of ``field`` are taken
    unless it is ``ANY_FIELD``. Returned are ids, starts and slots: pair ``i`` has the texts
    ``slots[starts[i]:starts[i + 1]]``.
    """
    found = np.empty(slots.size, np.int64)
    size = 0
    for slot in slots:
        row = rows[slot]
        if live[row] and (area == ANY_AREA or fields[row] == area):
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
    ids: Array, starts: Array, slots: Array, bm25: Array, cosine: Array, share: float, limit: int
) -> tuple[Array, Array, Array, Array, Array]:
    """The ``limit`` pairs whose best text has the greatest ``cosine + share * bm25``, in order.

    Pairs come in as ``pairs_of`` gives them, so that of equal ones the lower id is first, and
    go out so, with the two scores of their texts.
    """
    blended = cosine + share * bm25
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
