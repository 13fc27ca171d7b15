"""Sentence vectors in FAISS: exact search for few, approximate for many, with fixed slots.

The vectors of a snapshot may be mapped from a file; those added later are stored in a
separate exact index. Removal marks a snapshot's vector as removed and deletes a later one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import faiss
import numpy as np

from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array, Vectors, frozen
from qa_service.retrieval.backends.embedded.hnsw import ApproximateIndex

EXACT_LIMIT = 10_000
"""Number of vectors up to which exact search is as fast as the graph (about 0.7 ms)."""

OVERSAMPLING = 2
"""Factor of vectors fetched over those wanted: exact cosines then correct the order, which
quantisation to eight bits blurs."""

# A search ends before a second thread has started; concurrent requests use the cores instead.
faiss.omp_set_num_threads(1)


@dataclass(frozen=True, slots=True)
class DenseArrays:
    """The vectors of a snapshot by slot; ``approximate`` is None where exact search is in use."""

    vectors: Vectors
    approximate: ApproximateIndex | None

    def __deepcopy__(self, _memo: object) -> "DenseArrays":
        """Return itself: copies of an index share what never changes."""
        return self


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored vector near a query's, by cosine."""

    slot: int
    cosine: float


class DenseIndex:
    """Unit vectors under the same slots as the lexical index."""

    def __init__(self, dimension: int, base: DenseArrays | None = None) -> None:
        """Start with the vectors of a snapshot, or empty."""
        self.dimension = dimension
        self._base = base or DenseArrays(np.empty((0, dimension), np.float32), None)
        self._base_count = len(self._base.vectors)
        self._live = np.ones(self._base_count, np.bool_)
        self._removed = 0
        self._selector: faiss.IDSelector | None = None
        # IDMap2 refuses an index that already holds vectors, so it wraps an empty one.
        self._exact = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        if self._base_count and self._base.approximate is None:
            self._exact.add_with_ids(
                np.ascontiguousarray(self._base.vectors), np.arange(self._base_count)
            )

    def __deepcopy__(self, _memo: object) -> "DenseIndex":
        """Return an index with the same vectors; those of the snapshot are shared."""
        twin = DenseIndex(self.dimension)
        twin._base, twin._base_count = self._base, self._base_count
        twin._live, twin._removed = self._live.copy(), self._removed
        twin._exact = faiss.clone_index(self._exact)
        return twin

    def __len__(self) -> int:
        """Return the number of vectors that can be found."""
        if self._base.approximate is None:
            return int(self._exact.ntotal)
        return int(self._exact.ntotal) + self._base_count - self._removed

    def add(self, slots: Sequence[int], vectors: Vectors) -> None:
        """Store ``vectors``, shape (len(slots), dimension); raises ValueError on another shape."""
        if vectors.shape != (len(slots), self.dimension):
            raise ValueError(f"vectors of shape {vectors.shape}")
        if len(slots):
            self._exact.add_with_ids(
                np.ascontiguousarray(vectors, np.float32), np.asarray(slots, np.int64)
            )

    def remove(self, slots: Sequence[int]) -> None:
        """Remove the vectors of ``slots``; unknown ones are ignored."""
        gone = np.asarray(slots, np.int64)
        if self._base.approximate is None:
            later = gone
        else:
            base = gone[gone < self._base_count]
            self._removed += int(self._live[base].sum())
            self._live[base] = False
            self._selector = None
            later = gone[gone >= self._base_count]
        if len(later):
            self._exact.remove_ids(faiss.IDSelectorBatch(later))

    def nearest(self, vector: Vectors, limit: int) -> list[Neighbour]:
        """Return at most ``limit`` neighbours of ``vector``, shape (dimension,), best first."""
        slots = self.near_slots(vector, OVERSAMPLING * limit)
        cosines = self.cosines(vector, slots)
        best = np.argsort(-cosines, kind="stable")[:limit]
        return [Neighbour(int(slots[at]), float(cosines[at])) for at in best]

    def near_slots(self, vector: Vectors, limit: int) -> Array:
        """Return slots with the ``limit`` nearest among them, in no order; there may be more."""
        found = []
        if self._base.approximate is not None:
            found.append(self._base.approximate.nearest(vector, limit, self._live_selector()))
        if self._exact.ntotal:
            wanted = min(limit, self._exact.ntotal)
            _, slots = self._exact.search(vector.reshape(1, -1), wanted)
            found.append(slots[0][slots[0] >= 0])
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def cosines(self, vector: Vectors, slots: Array) -> Array:
        """Return the cosine of each of ``slots`` with ``vector``, shape (slots,)."""
        if len(slots) and slots.max() >= self._base_count:
            later: Array = self.vectors(slots) @ vector
            return later
        found: Array = products(frozen(self._base.vectors), slots, frozen(vector))
        return found

    def vectors(self, slots: Array | Sequence[int]) -> Vectors:
        """Return the stored vectors of ``slots``, shape (len(slots), dimension)."""
        wanted = np.asarray(slots, np.int64)
        is_base = wanted < self._base_count
        if is_base.all():
            return np.asarray(self._base.vectors[wanted])
        found = np.empty((len(wanted), self.dimension), np.float32)
        found[is_base] = self._base.vectors[wanted[is_base]]
        found[~is_base] = self._exact.reconstruct_batch(wanted[~is_base])
        return found

    def _live_selector(self) -> faiss.IDSelector | None:
        """Return the FAISS selector of the snapshot's live vectors; None when all are."""
        if self._removed and self._selector is None:
            self._selector = faiss.IDSelectorBitmap(np.packbits(self._live, bitorder="little"))
        return self._selector


# Reassociation of sums is allowed, because vectorisation needs it.
@compiled(fastmath=True)
def products(vectors: Array, slots: Array, vector: Array) -> Array:
    """Return the inner product of each row ``slots`` of ``vectors`` with ``vector``."""
    found = np.empty(slots.size, np.float32)
    for at in range(slots.size):
        row = vectors[slots[at]]
        product = np.float32(0)
        for place in range(vector.size):
            product += row[place] * vector[place]
        found[at] = product
    return found
