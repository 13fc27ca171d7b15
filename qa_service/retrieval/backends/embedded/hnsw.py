"""Approximate nearest neighbours for banks too large for exact search.

A hierarchical navigable small world graph (HNSW; Malkov & Yashunin, 2018) over vectors
quantised to eight bits. When the graph is built, its search width is tuned against exact
search with questions near the bank's texts. On sentence vectors HNSW was several times faster
than an inverted file of equal recall (docs/decisions).
"""

from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from qa_service.retrieval.arrays.ragged import Array

NEIGHBOURS = 32
"""Neighbours of each vector in the graph (M)."""

EF_CONSTRUCTION = 100
"""Search width during construction (efConstruction); 40 never reached a recall of 0.99."""

EF_SEARCH_CHOICES = (64, 80, 100, 128, 160, 192, 256, 384, 512)
"""Candidates for efSearch, ascending; the least is the number of texts fetched."""

TARGET_RECALL = 0.993
"""Recall of the exact ten nearest to reach; above the required 0.99, because the recall of
a sample varies by a few thousandths."""

PARAPHRASE_COSINE = 0.95
"""Cosine of a sampled question with the stored text it is derived from."""

ADD_BATCH = 50_000
"""Vectors quantised per batch, so that no second copy of all vectors exists."""

INT8_MAX = 127
"""Greatest magnitude of a quantised component."""

SAMPLED_QUERIES = 1000
NEAREST = 10
BUILD_THREADS = 2


@dataclass(frozen=True, slots=True)
class ApproximateIndex:
    """A FAISS graph over row numbers.

    ``ef_search`` is the width of a search; components are stored as integers, multiplied by
    ``quantization_scale``.
    """

    graph: faiss.Index
    ef_search: int
    quantization_scale: float

    def nearest(self, vector: Array, limit: int, live: faiss.IDSelector | None) -> Array:
        """Return at most ``limit`` rows near ``vector``, shape (found,), in no promised order.

        ``live`` is a FAISS selector of the rows that may be found, None for all.
        """
        parameters = faiss.SearchParametersHNSW(efSearch=self.ef_search, sel=live)
        asked = quantized(vector, self.quantization_scale).reshape(1, -1)
        _, rows = self.graph.search(asked, limit, params=parameters)
        found: Array = rows[0][rows[0] >= 0]
        return found


def build_approximate(vectors: Array, *, seed: int = 1) -> ApproximateIndex:
    """Build the graph over unit ``vectors``, shape (rows, dimension), and tune its width."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(BUILD_THREADS)
    try:
        scale = INT8_MAX / max(float(vectors.max()), -float(vectors.min()))
        graph = faiss.IndexHNSWSQ(
            vectors.shape[1],
            faiss.ScalarQuantizer.QT_8bit_direct_signed,
            NEIGHBOURS,
            faiss.METRIC_INNER_PRODUCT,
        )
        graph.hnsw.efConstruction = EF_CONSTRUCTION
        for start in range(0, len(vectors), ADD_BATCH):
            graph.add(quantized(vectors[start : start + ADD_BATCH], scale))
        return ApproximateIndex(graph, _tuned_ef_search(graph, vectors, scale, seed), scale)
    finally:
        faiss.omp_set_num_threads(threads)


def save_approximate(approximate: ApproximateIndex, path: Path) -> None:
    """Write the graph to ``path``; the caller keeps the other fields."""
    faiss.write_index(approximate.graph, str(path))


def load_approximate(path: Path, ef_search: int, quantization_scale: float) -> ApproximateIndex:
    """Load the graph of ``path``, mapped into memory and shared by processes."""
    graph = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY)
    return ApproximateIndex(graph, ef_search, quantization_scale)


def quantized(vectors: Array, scale: float) -> Array:
    """Return ``vectors * scale``, rounded and clipped to eight bits, in the same shape."""
    return np.clip(np.round(vectors * scale), -INT8_MAX, INT8_MAX).astype(np.float32)


def _tuned_ef_search(graph: faiss.Index, vectors: Array, scale: float, seed: int) -> int:
    """Return the least efSearch with the target recall on a sample; the greatest if none has."""
    sample = _paraphrased(vectors, np.random.default_rng(seed))
    wanted = min(NEAREST, len(vectors))
    held = np.ascontiguousarray(vectors)
    _, exact = faiss.knn(sample, held, wanted, metric=faiss.METRIC_INNER_PRODUCT)
    asked = quantized(sample, scale)
    for ef_search in EF_SEARCH_CHOICES:
        parameters = faiss.SearchParametersHNSW(efSearch=ef_search)
        # As many as ``vectors`` fetches, whose exact cosines restore the order.
        _, found = graph.search(asked, 2 * NEAREST, params=parameters)
        if _recall(exact, found) >= TARGET_RECALL:
            return ef_search
    return EF_SEARCH_CHOICES[-1]


def _paraphrased(vectors: Array, generator: np.random.Generator) -> Array:
    """Return unit vectors near some of ``vectors``, each moved in a random direction."""
    near = vectors[generator.integers(0, len(vectors), SAMPLED_QUERIES)]
    away = generator.normal(size=near.shape)
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    found = PARAPHRASE_COSINE * near + np.sqrt(1 - PARAPHRASE_COSINE**2) * away
    unit: Array = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _recall(exact: Array, found: Array) -> float:
    """Return the share of the ``exact`` neighbours that were ``found``."""
    shared = [len(np.intersect1d(wanted, got)) for wanted, got in zip(exact, found, strict=True)]
    return sum(shared) / int(exact.size)
