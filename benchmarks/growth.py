"""How latency, memory and building time grow with the bank, and how exact both signals stay.

    python -m benchmarks.growth [--pairs 1000 10000 100000] [--chart growth.png] [--json]

Each pair has two texts (see ``benchmarks.synthetic``), so 500000 pairs are a million texts.
A query's encoding is not part of it. rank-bm25 is measured in the same run up to 200,000 texts.
"""

import argparse
import gc
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.figures import percentiles, show
from benchmarks.synthetic import (
    SEPARATOR,
    TEXTS_A_PAIR,
    Material,
    SeparatorTokenizer,
    random_pairs,
    random_texts,
    random_vectors,
    read_material,
)
from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.backends.contract import Stamp
from qa_service.retrieval.backends.embedded.bm25_reference import ReferenceBM25
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.backends.embedded.snapshot import save_snapshot
from qa_service.retrieval.backends.embedded.store import SnapshotStore
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.query import AnalysedQuestion, analyse
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.services import open_encoder, open_tokenizer
from qa_service.settings import Settings
from qa_service.text.normalise import normalise

QUERIES = 500
WARM_UP = 50
CHANGES = 50
REFERENCE_TEXTS = 200_000
REFERENCE_QUERIES = 10


class NoEncoder:
    """Stands for the encoder whose vectors the material already holds."""

    fingerprint = "synthetic"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension


def resident() -> float:
    """Private memory of this process in megabytes: mapped files are not counted."""
    status = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    rows = [line.split() for line in status.splitlines() if line.startswith("Private_")]
    return sum(int(row[1]) for row in rows) / 1024


def queries(material: Material, count: int) -> list[AnalysedQuestion]:
    """Questions with vectors that are not in the bank."""
    texts = random_texts(material, count, 8, np.random.default_rng(7))
    vectors = random_vectors(material, count, seed=8)
    return [
        analyse(text, SeparatorTokenizer(), vector)
        for text, vector in zip(texts, vectors, strict=True)
    ]


def build(engine: RetrievalEngine, material: Material, pairs: int) -> SearchIndex:
    """The index of ``pairs`` random pairs, not folded into a snapshot yet."""
    index = SearchIndex(engine.tokenizer, engine.recipe().dimension)
    vectors = random_vectors(material, pairs * TEXTS_A_PAIR, seed=2)
    for at, pair in enumerate(random_pairs(material, pairs, seed=1)):
        index.upsert([pair], vectors[at * TEXTS_A_PAIR : (at + 1) * TEXTS_A_PAIR])
    return index


def search_times(
    engine: RetrievalEngine, asked: Sequence[AnalysedQuestion]
) -> dict[str, list[float]]:
    """Milliseconds by stage and in all, encoding and cutting apart."""
    times: dict[str, list[float]] = {}
    for query in asked:
        answer = engine.answer(query, everything)
        for stage, spent in answer.timings.items():
            times.setdefault(stage, []).append(spent)
        times.setdefault("whole", []).append(answer.took_ms)
    return {stage: spent[WARM_UP:] for stage, spent in times.items()}


def change_times(engine: RetrievalEngine, material: Material, pairs: int) -> dict[str, list[float]]:
    """Milliseconds to put a pair in and to take an old one out."""
    vectors = random_vectors(material, CHANGES * TEXTS_A_PAIR, seed=5)
    put, taken = [], []
    for at, pair in enumerate(random_pairs(material, CHANGES, seed=4)):
        fresh = IndexedPair(pairs + pair.pair_id, pair.question, (), pair.answer)
        began = perf_counter()
        engine.index.upsert([fresh], vectors[at * TEXTS_A_PAIR : (at + 1) * TEXTS_A_PAIR])
        put.append((perf_counter() - began) * 1000)
        began = perf_counter()
        engine.remove([at * 7 + 1])
        taken.append((perf_counter() - began) * 1000)
    return {"publish": put, "withdraw": taken}


def dense_recall(index: SearchIndex, asked: Sequence[AnalysedQuestion]) -> float:
    """Share of the exact ten nearest texts that the dense index finds."""
    assert index.dense is not None
    slots = [text.slot for text in index.live_texts()]
    vectors = index.dense.vectors(slots)
    found = 0
    for query in asked:
        assert query.vector is not None
        exact = np.argpartition(-(vectors @ query.vector), 10)[:10]
        near = {each.slot for each in index.dense.nearest(query.vector, 10)}
        found += len(near & {slots[at] for at in exact})
    return round(found / (10 * len(asked)), 4)


def beside_rank_bm25(index: SearchIndex, asked: Sequence[AnalysedQuestion]) -> dict[str, float]:
    """rank-bm25's milliseconds for the same, ours, and the greatest difference in a score."""
    texts = [normalise(text.text).split(SEPARATOR) for text in index.live_texts()]
    reference = ReferenceBM25(texts)
    theirs, ours, apart = [], [], 0.0
    every = np.arange(index.lexical.slot_count)
    for query in asked:
        began = perf_counter()
        expected = reference.get_scores(list(query.tokens))
        theirs.append((perf_counter() - began) * 1000)
        began = perf_counter()
        terms = index.lexical.query_weights(query.tokens)
        index.lexical.top_docs(terms, 10)
        ours.append((perf_counter() - began) * 1000)
        scores = index.lexical.scores(terms, every)
        apart = max(apart, float(np.abs(scores - expected).max()))
    return {
        "rank_bm25_ms": round(float(np.median(theirs)), 2),
        "ours_ms": round(float(np.median(ours)), 3),
        "times_faster": round(float(np.median(theirs) / np.median(ours)), 0),
        "greatest_difference": apart,
    }


def measure(engine: RetrievalEngine, material: Material, pairs: int) -> dict[str, object]:
    """Every figure of one size."""
    figures: dict[str, object] = {"pairs": pairs, "texts": pairs * TEXTS_A_PAIR}
    began = perf_counter()
    index = build(engine, material, pairs)
    figures["build_s"] = round(perf_counter() - began, 1)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        began = perf_counter()
        index.stamp = Stamp("growth", 1)
        folder = save_snapshot(index.compacted(), root, engine.recipe(), index.stamp)
        figures["fold_and_save_s"] = round(perf_counter() - began, 1)
        size = sum(path.stat().st_size for path in folder.iterdir())
        figures["disk_bytes_a_pair"] = size // pairs
        del index
        gc.collect()
        before = resident()
        began = perf_counter()
        loaded = SnapshotStore(root).load(engine.recipe(), engine.tokenizer)
        engine.adopt(loaded)
        figures["cold_start_s"] = round(perf_counter() - began, 2)
        figures["private_bytes_a_pair"] = int((resident() - before) * 2**20 / pairs)
        asked = queries(material, QUERIES)
        for stage, spent in search_times(engine, asked).items():
            figures[f"{stage}_ms"] = percentiles(spent)
        figures["dense_recall_at_10"] = dense_recall(loaded, asked[:100])
        if pairs * TEXTS_A_PAIR <= REFERENCE_TEXTS:
            figures["bm25"] = beside_rank_bm25(loaded, asked[:REFERENCE_QUERIES])
        for change, spent in change_times(engine, material, pairs).items():
            figures[f"{change}_ms"] = percentiles(spent)
        engine.adopt(engine.empty_index())
    return figures


def draw(rows: Sequence[dict[str, object]], path: Path) -> None:
    """A picture of latency, memory and building time by size."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    texts = [row["texts"] for row in rows]
    figure, panels = pyplot.subplots(1, 3, figsize=(13, 4))
    for stage in ("lexical", "dense", "describe", "whole"):
        panels[0].plot(texts, [row[f"{stage}_ms"]["p99"] for row in rows], "o-", label=stage)  # type: ignore[index]
    panels[0].legend()
    panels[0].set_title("p99 of a query, ms")
    for name in ("disk", "private"):
        panels[1].plot(texts, [row[f"{name}_bytes_a_pair"] for row in rows], "o-", label=name)
    panels[1].legend()
    panels[1].set_title("bytes a pair")
    for name in ("build_s", "cold_start_s"):
        panels[2].plot(texts, [row[name] for row in rows], "o-", label=name)
    panels[2].legend()
    panels[2].set_yscale("log")
    panels[2].set_title("seconds")
    for panel in panels:
        panel.set_xscale("log")
        panel.set_xlabel("texts")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def open_material(corpus: Path) -> tuple[Material, Encoder]:
    """What the starter bank gives, and the encoder that made its vectors."""
    settings = Settings(_env_file=None, corpus_dir=corpus)
    encoder, reason = open_encoder(settings, print)
    assert encoder is not None, reason
    return read_material(corpus, open_tokenizer(settings), encoder), encoder


def main() -> None:
    """Measure each size and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--chart", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    material, encoder = open_material(given.corpus)
    stand_in = NoEncoder(encoder.dimension)
    engine = RetrievalEngine(
        SeparatorTokenizer(),
        stand_in,  # type: ignore[arg-type]
        load_calibration(default_calibration()),
    )
    rows = []
    for pairs in given.pairs:
        rows.append(measure(engine, material, pairs))
        show(rows[-1], as_json=given.json)
    if given.chart:
        draw(rows, given.chart)


if __name__ == "__main__":
    main()
