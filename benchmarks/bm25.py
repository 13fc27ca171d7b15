"""BM25 alone beside rank-bm25: equal scores, and how much faster the ten best are found.

    python -m benchmarks.bm25 [--texts 10000 100000 1000000] [--json]

Texts of about 30 words drawn from the starter bank; rank-bm25 with Lucene's IDF, in the same run.
"""

import argparse
from collections import Counter
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.figures import percentiles, show
from benchmarks.growth import open_material
from benchmarks.synthetic import SEPARATOR, Material, random_texts
from qa_service.retrieval.backends.embedded.bm25 import LexicalIndex
from qa_service.retrieval.backends.embedded.bm25_reference import ReferenceBM25

WORDS = 30
QUERY_WORDS = 8
QUERIES = 300
WARM_UP = 50
REFERENCE_QUERIES = 12
CHANGES = 100


def compiled(texts: list[list[str]]) -> LexicalIndex:
    """The texts as they lie in a snapshot."""
    index = LexicalIndex()
    for words in texts:
        index.add(Counter(words))
    return LexicalIndex(index.compacted(np.arange(len(texts), dtype=np.int64)))


def search_times(index: LexicalIndex, asked: list[list[str]]) -> list[float]:
    """Milliseconds until the ten best are known."""
    took = []
    for words in asked:
        began = perf_counter()
        index.top_docs(index.query_weights(words), 10)
        took.append((perf_counter() - began) * 1000)
    return took[WARM_UP:]


def beside_reference(
    index: LexicalIndex, texts: list[list[str]], asked: list[list[str]], ours: float
) -> dict[str, object]:
    """rank-bm25's milliseconds, how much faster we are, and the greatest difference of a score."""
    reference = ReferenceBM25(texts)
    took, apart = [], 0.0
    every = np.arange(index.slot_count)
    for words in asked[:REFERENCE_QUERIES]:
        began = perf_counter()
        expected = reference.get_scores(words)
        took.append((perf_counter() - began) * 1000)
        scores = index.scores(index.query_weights(words), every)
        apart = max(apart, float(np.abs(scores - expected).max()))
    theirs = float(np.median(took))
    return {
        "rank_bm25_ms": round(theirs, 1),
        "times_faster": round(theirs / ours),
        "greatest_difference": apart,
    }


def change_times(index: LexicalIndex, texts: list[list[str]]) -> list[float]:
    """Milliseconds to add a text, take one out, and search again."""
    took = []
    for at in range(CHANGES):
        began = perf_counter()
        index.add(Counter(texts[at]))
        index.remove(at * 3)
        index.top_docs(index.query_weights(texts[at][:QUERY_WORDS]), 10)
        took.append((perf_counter() - began) * 1000)
    return took


def measure(material: Material, count: int) -> dict[str, object]:
    """Every figure of one size."""
    generator = np.random.default_rng(1)
    texts = [text.split(SEPARATOR) for text in random_texts(material, count, WORDS, generator)]
    queries = random_texts(material, QUERIES + WARM_UP, QUERY_WORDS, np.random.default_rng(7))
    asked = [text.split(SEPARATOR) for text in queries]
    index = compiled(texts)
    took = percentiles(search_times(index, asked))
    figures: dict[str, object] = {"texts": count, "top_ten_ms": took}
    figures |= beside_reference(index, texts, asked, took["p50"])
    figures["add_remove_search_ms"] = percentiles(change_times(index, texts))
    return figures


def main() -> None:
    """Measure each size and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    material, _ = open_material(given.corpus)
    for count in given.texts:
        show(measure(material, count), as_json=given.json)


if __name__ == "__main__":
    main()
