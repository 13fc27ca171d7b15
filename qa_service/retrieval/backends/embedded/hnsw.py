"""Approximate nearest vectors for a bank too large to compare with every one.

A hierarchical navigable small world graph (Malkov & Yashunin, 2018) over vectors in eight
bits (scalar quantisation). How far a search spreads is measured against exact search when the
graph is built, with questions that lie near the bank's texts. On sentence vectors it was
several times faster than an inverted file of the same recall (docs/decisions).
"""

from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from qa_service.retrieval.arrays.ragged import Array

NEIGHBOURS = 32
"""Each vector's in the graph (M)."""

BUILD_SPREAD = 100
"""efConstruction; at 40 a recall of 0.99 was never reached."""

TRIED_SPREADS = (64, 80, 100, 128, 160, 192, 256, 384, 512)
"""efSearch, ascending; about as many texts as are asked for is the least that makes sense."""

WANTED_RECALL = 0.993
"""Share of the exact ten nearest that is to be found: more than the 0.99 that is promised,
since what a sample finds varies by a few thousandths."""

PARAPHRASE = 0.95
"""Cosine of a sampled question with the stored text it is made from."""

ADDED_AT_ONCE = 50_000
"""Vectors brought into steps at once, so that a second copy of all is never held."""

MOST_STEPS = 127
"""A component in eight bits lies between the negative of this and this."""

SAMPLED_QUERIES = 1000
NEAREST = 10
BUILD_THREADS = 2


@dataclass(frozen=True, slots=True)
class ApproximateIndex:
    """A FAISS graph over row numbers, and how far a search in it spreads (efSearch).

    Components are held as whole ``steps``, so many in a unit.
    """

    graph: faiss.Index
    spread: int
    steps: float

    def nearest(self, vector: Array, limit: int, live: faiss.IDSelector | None) -> Array:
        """At most ``limit`` rows near ``vector``, shape (found,), in no promised order.

        ``live`` is a FAISS selector of the rows that may be found, None for all.
        """
        chosen = faiss.SearchParametersHNSW(efSearch=self.spread, sel=live)
        asked = in_steps(vector, self.steps).reshape(1, -1)
        _, rows = self.graph.search(asked, limit, params=chosen)
        found: Array = rows[0][rows[0] >= 0]
        return found


def build_approximate(vectors: Array, *, seed: int = 1) -> ApproximateIndex:
    """The graph over ``vectors``, shape (rows, dimension), of unit length."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(BUILD_THREADS)
    try:
        steps = MOST_STEPS / max(float(vectors.max()), -float(vectors.min()))
        graph = faiss.IndexHNSWSQ(
            vectors.shape[1],
            faiss.ScalarQuantizer.QT_8bit_direct_signed,
            NEIGHBOURS,
            faiss.METRIC_INNER_PRODUCT,
        )
        graph.hnsw.efConstruction = BUILD_SPREAD
        for start in range(0, len(vectors), ADDED_AT_ONCE):
            graph.add(in_steps(vectors[start : start + ADDED_AT_ONCE], steps))
        return ApproximateIndex(graph, _spread(graph, vectors, steps, seed), steps)
    finally:
        faiss.omp_set_num_threads(threads)


def save_approximate(approximate: ApproximateIndex, path: Path) -> None:
    """Write the graph to ``path``; its spread and steps are the caller's to keep."""
    faiss.write_index(approximate.graph, str(path))


def load_approximate(path: Path, spread: int, steps: float) -> ApproximateIndex:
    """The graph of ``path``, mapped into memory and shared by processes."""
    graph = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY)
    return ApproximateIndex(graph, spread, steps)


def in_steps(vectors: Array, steps: float) -> Array:
    """``vectors`` in whole steps, so many in a unit, in the same shape."""
    return np.clip(np.round(vectors * steps), -MOST_STEPS, MOST_STEPS).astype(np.float32)


def _spread(graph: faiss.Index, vectors: Array, steps: float, seed: int) -> int:
    """The least spread that finds the wanted share of the exact nearest of a sample."""
    sample = _paraphrased(vectors, np.random.default_rng(seed))
    wanted = min(NEAREST, len(vectors))
    held = np.ascontiguousarray(vectors)
    _, exact = faiss.knn(sample, held, wanted, metric=faiss.METRIC_INNER_PRODUCT)
    asked = in_steps(sample, steps)
    for spread in TRIED_SPREADS:
        chosen = faiss.SearchParametersHNSW(efSearch=spread)
        # As many as ``dense`` fetches, whose exact cosines restore the order.
        _, found = graph.search(asked, 2 * NEAREST, params=chosen)
        if _recall(exact, found) >= WANTED_RECALL:
            return spread
    return TRIED_SPREADS[-1]


def _paraphrased(vectors: Array, generator: np.random.Generator) -> Array:
    """Unit vectors near some of ``vectors``, each in a direction of its own."""
    near = vectors[generator.integers(0, len(vectors), SAMPLED_QUERIES)]
    away = generator.normal(size=near.shape)
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    found = PARAPHRASE * near + np.sqrt(1 - PARAPHRASE**2) * away
    unit: Array = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _recall(exact: Array, found: Array) -> float:
    shared = [len(np.intersect1d(wanted, got)) for wanted, got in zip(exact, found, strict=True)]
    return sum(shared) / int(exact.size)
