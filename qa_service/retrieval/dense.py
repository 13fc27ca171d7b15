"""Sentence vectors in FAISS, exact, with ids that survive removal."""

from collections.abc import Sequence
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored vector near a query's, by cosine."""

    slot: int
    cosine: float


class DenseIndex:
    """Unit vectors under the same slots as the lexical index."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        # IDMap2 refuses an index that already holds vectors, so it wraps an empty one.
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, slots: Sequence[int], vectors: Vectors) -> None:
        """Store ``vectors``, shape (len(slots), dimension); raises ValueError on another shape."""
        if vectors.shape != (len(slots), self.dimension):
            raise ValueError(f"vectors of shape {vectors.shape}")
        if len(slots):
            self._index.add_with_ids(
                np.ascontiguousarray(vectors, np.float32), np.asarray(slots, np.int64)
            )

    def remove(self, slots: Sequence[int]) -> None:
        """Forget the vectors of ``slots``; unknown ones are ignored."""
        if len(slots):
            self._index.remove_ids(faiss.IDSelectorBatch(np.asarray(slots, np.int64)))

    def nearest(self, vector: Vectors, limit: int) -> list[Neighbour]:
        """At most ``limit`` neighbours of ``vector``, shape (dimension,), best first."""
        if not len(self):
            return []
        cosines, slots = self._index.search(vector.reshape(1, -1), min(limit, len(self)))
        found = zip(slots[0], cosines[0], strict=True)
        return [Neighbour(int(slot), float(cosine)) for slot, cosine in found if slot >= 0]

    def cosines(self, vector: Vectors, slots: Sequence[int]) -> dict[int, float]:
        """The cosine of each of ``slots`` with ``vector``, shape (dimension,)."""
        found = (self.vectors(slots) @ vector).astype(float).tolist()
        return dict(zip(slots, found, strict=True))

    def vectors(self, slots: Sequence[int]) -> Vectors:
        """The stored vectors of ``slots``, shape (len(slots), dimension)."""
        if not len(slots):
            return np.empty((0, self.dimension), np.float32)
        return np.asarray(self._index.reconstruct_batch(np.asarray(slots, np.int64)))
