"""Side by side with txtai, qdrant-edge and bm25s: same texts, tokens, vectors and questions.

    python -m benchmarks.peers [--texts 100000] [--quality DIR …] [--json]

Needs the extra ``bench``. Every peer holds one text with one vector for each document and is
asked for ten by both signals (bm25s by words alone); ours also describes and ranks them and
reaches a verdict. Words are written as ``t<number>``, so that every tokenizer cuts alike.
"""

import argparse
import gc
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Protocol

import bm25s
import numpy as np
import qdrant_edge as qdrant
from txtai import Embeddings

from benchmarks.figures import percentiles, show
from benchmarks.growth import NoEncoder, open_material, resident
from benchmarks.synthetic import SEPARATOR, SeparatorTokenizer, random_texts, random_vectors
from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.evaluation.dataset import EvaluationSet, load_evaluation_set
from qa_service.retrieval.evaluation.ir_metrics import ndcg, recall
from qa_service.retrieval.query import analyse
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.services import open_tokenizer
from qa_service.settings import Settings
from qa_service.text.normalise import normalise

DEPTH = 10
POOL = 100
STORED_WORDS = 12
"""About the length of a stored question."""

QUERIES = 200
WARM_UP = 20
K1, B = 1.5, 0.75


class Peer(Protocol):
    """A search engine that numbers its documents from 0."""

    def build(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Index every text with its vector."""

    def add(self, number: int, text: str, vector: Vectors) -> None:
        """Make one more text findable."""

    def search(self, text: str, vector: Vectors) -> list[int]:
        """The best ten."""


class Ours:
    """The engine of this project, from question to verdict."""

    def __init__(self, dimension: int) -> None:
        self._engine = RetrievalEngine(
            SeparatorTokenizer(),
            NoEncoder(dimension),  # type: ignore[arg-type]
            load_calibration(default_calibration()),
        )

    def build(self, texts: Sequence[str], vectors: Vectors) -> None:
        index = self._engine.empty_index()
        for number, text in enumerate(texts):
            index.upsert([IndexedPair(number, text, (), "")], vectors[number : number + 1])
        self._engine.adopt(index.optimised())

    def add(self, number: int, text: str, vector: Vectors) -> None:
        self._engine.index.upsert([IndexedPair(number, text, (), "")], vector[None])

    def search(self, text: str, vector: Vectors) -> list[int]:
        query = analyse(text, SeparatorTokenizer(), vector)
        return list(self._engine.answer(query, everything).pair_ids[:DEPTH])


class OursUnranked(Ours):
    """The same up to the first order by both signals: what the hybrid peers do."""

    def search(self, text: str, vector: Vectors) -> list[int]:
        query = analyse(text, SeparatorTokenizer(), vector)
        return list(self._engine.first_order(query)[:DEPTH])


class Txtai:
    """Hybrid of its BM25 and FAISS, as its documentation sets it up."""

    def __init__(self) -> None:
        self._vectors: dict[str, Vectors] = {}

        # txtai takes a plain function only, or a class that it calls.
        def look_up(texts: Sequence[str]) -> Vectors:
            return np.array([self._vectors[text] for text in texts], np.float32)

        self._embeddings = Embeddings(
            method="external", transform=look_up, hybrid=True, content=False
        )

    def build(self, texts: Sequence[str], vectors: Vectors) -> None:
        self._vectors = dict(zip(texts, vectors, strict=True))
        self._embeddings.index((number, text, None) for number, text in enumerate(texts))

    def add(self, number: int, text: str, vector: Vectors) -> None:
        self._vectors[text] = vector
        self._embeddings.upsert([(number, text, None)])

    def search(self, text: str, vector: Vectors) -> list[int]:
        self._vectors[text] = vector
        return [int(number) for number, _ in self._embeddings.search(text, DEPTH)]


class Qdrant:
    """qdrant-edge with an HNSW graph and BM25 as sparse vectors, fused by reciprocal ranks."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self._terms: dict[str, int] = {}
        self._average = 1.0
        config = qdrant.EdgeConfig(
            vectors={
                "dense": qdrant.EdgeVectorParams(size=dimension, distance=qdrant.Distance.Cosine)
            },
            sparse_vectors={"words": qdrant.EdgeSparseVectorParams(modifier=qdrant.Modifier.Idf)},
        )
        self._shard = qdrant.EdgeShard.create(str(folder), config)

    def build(self, texts: Sequence[str], vectors: Vectors) -> None:
        self._average = sum(text.count(" ") + 1 for text in texts) / len(texts)
        for start in range(0, len(texts), 1000):
            batch = [
                self._point(number, texts[number], vectors[number])
                for number in range(start, min(start + 1000, len(texts)))
            ]
            self._shard.update(qdrant.UpdateOperation.upsert_points(batch))
        self._shard.optimize()

    def add(self, number: int, text: str, vector: Vectors) -> None:
        point = self._point(number, text, vector)
        self._shard.update(qdrant.UpdateOperation.upsert_points([point]))

    def search(self, text: str, vector: Vectors) -> list[int]:
        words = Counter(self._number(word) for word in text.split(" "))
        sparse = qdrant.SparseVector(list(words), [float(held) for held in words.values()])
        request = qdrant.QueryRequest(
            prefetches=[
                qdrant.Prefetch(query=qdrant.Query.Nearest(sparse, using="words"), limit=POOL),
                qdrant.Prefetch(
                    query=qdrant.Query.Nearest(vector.tolist(), using="dense"), limit=POOL
                ),
            ],
            query=qdrant.Fusion.Rrf(60),
            limit=DEPTH,
        )
        return [int(point.id) for point in self._shard.query(request)]

    def _point(self, number: int, text: str, vector: Vectors) -> qdrant.Point:
        words = text.split(" ")
        norm = K1 * (1 - B + B * len(words) / self._average)
        counts = Counter(self._number(word) for word in words)
        values = [held * (K1 + 1) / (held + norm) for held in counts.values()]
        sparse = qdrant.SparseVector(list(counts), values)
        return qdrant.Point(number, {"dense": vector.tolist(), "words": sparse}, {})

    def _number(self, word: str) -> int:
        return self._terms.setdefault(word, len(self._terms))


class Bm25s:
    """BM25 alone, compiled by numba; one more text means building it again."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._model = bm25s.BM25(method="lucene", k1=K1, b=B, backend="numba")

    def build(self, texts: Sequence[str], vectors: Vectors) -> None:
        del vectors
        self._texts = list(texts)
        self._model = bm25s.BM25(method="lucene", k1=K1, b=B, backend="numba")
        self._model.index([text.split(" ") for text in texts], show_progress=False)

    def add(self, number: int, text: str, vector: Vectors) -> None:
        del number, vector
        self.build([*self._texts, text], np.empty((0, 0), np.float32))

    def search(self, text: str, vector: Vectors) -> list[int]:
        del vector
        known = [word for word in text.split(" ") if word in self._model.vocab_dict]
        if not known:
            return []
        found, _ = self._model.retrieve(
            [known], k=min(DEPTH, len(self._texts)), show_progress=False, n_threads=0
        )
        return [int(number) for number in found[0]]


def peers(folder: Path, dimension: int) -> dict[str, Peer]:
    """Every engine, empty."""
    return {
        "ours": Ours(dimension),
        "ours, unranked": OursUnranked(dimension),
        "qdrant-edge": Qdrant(folder, dimension),
        "bm25s": Bm25s(),
        "txtai": Txtai(),
    }


def measure_speed(
    peer: Peer, texts: Sequence[str], vectors: Vectors, asked: Sequence[tuple[str, Vectors]]
) -> dict[str, object]:
    """Milliseconds a query, seconds to build, memory, and how soon a new text is found."""
    gc.collect()
    before = resident()
    began = perf_counter()
    peer.build(texts, vectors)
    built = perf_counter() - began
    spent = []
    for text, vector in asked:
        began = perf_counter()
        peer.search(text, vector)
        spent.append((perf_counter() - began) * 1000)
    fresh = f"{texts[0]} tnew"
    began = perf_counter()
    peer.add(len(texts), fresh, vectors[0])
    found = peer.search(fresh, vectors[0])
    appeared = (perf_counter() - began) * 1000
    return {
        "query_ms": percentiles(spent[WARM_UP:]),
        "build_s": round(built, 1),
        "memory_mb": round(resident() - before),
        "new_text_found_ms": round(appeared, 2) if len(texts) in found else None,
    }


def measure_quality(
    peer: Peer, judged: EvaluationSet, vectors: dict[str, Vectors], words: "Words"
) -> dict[str, float]:
    """Recall@1 and nDCG@10 over the answerable questions of the half not fitted on."""
    texts = [words.written(f"{pair.question} {pair.answer}") for pair in judged.pairs]
    rows = np.array([vectors[next(pair.texts())[1]] for pair in judged.pairs], np.float32)
    peer.build(texts, rows)
    ids = [pair.pair_id for pair in judged.pairs]
    scores = []
    for query in judged.part(1).queries:
        if query.relevant:
            found = peer.search(words.written(query.text), vectors[query.text])
            ranking = [ids[number] for number in found]
            scores.append((recall(ranking, query.relevant, 1), ndcg(ranking, query.relevant)))
    first, gain = np.mean(scores, axis=0)
    return {"recall_at_1": round(float(first), 4), "ndcg_at_10": round(float(gain), 4)}


class Words:
    """Texts as numbered words, cut by the tokenizer of the service."""

    def __init__(self, corpus: Path) -> None:
        self._tokenizer = open_tokenizer(Settings(_env_file=None, corpus_dir=corpus))
        self._numbers: dict[str, int] = {}

    def written(self, text: str) -> str:
        """``text`` as words ``t<number>``."""
        tokens = self._tokenizer.tokens(normalise(text)) or ["?"]
        return " ".join(f"t{self._numbers.setdefault(t, len(self._numbers))}" for t in tokens)


def embedded(judged: EvaluationSet, encoder: Encoder) -> dict[str, Vectors]:
    """The vector of each pair's first text and of each question."""
    texts = [next(pair.texts())[1] for pair in judged.pairs]
    texts += [query.text for query in judged.queries]
    return dict(zip(texts, encoder.encode_texts(texts), strict=True))


def main() -> None:
    """Speed on random texts, quality on judged sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--quality", type=Path, nargs="*", default=[Path("corpus")])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    material, encoder = open_material(given.corpus)
    numbers = {word: f"t{at}" for at, word in enumerate(material.words)}
    generator = np.random.default_rng(3)

    def numbered(count: int, length: int) -> list[str]:
        drawn = random_texts(material, count, length, generator)
        return [
            " ".join(numbers.get(word) or f"r{word[1:]}" for word in text.split(SEPARATOR))
            for text in drawn
        ]

    texts = numbered(given.texts, STORED_WORDS)
    vectors = random_vectors(material, given.texts, seed=4)
    asked = list(zip(numbered(QUERIES, 8), random_vectors(material, QUERIES, seed=5), strict=True))
    figures: dict[str, object] = {"texts": given.texts}
    with tempfile.TemporaryDirectory() as name:
        Path(name, "speed").mkdir()
        for title, peer in peers(Path(name, "speed"), encoder.dimension).items():
            figures[f"{title}, speed"] = measure_speed(peer, texts, vectors, asked)
            show({title: figures[f"{title}, speed"]}, as_json=False)
        for folder in given.quality:
            judged = load_evaluation_set(folder)
            known, words = embedded(judged, encoder), Words(given.corpus)
            shard = Path(name, judged.name)
            shard.mkdir()
            for title, peer in peers(shard, encoder.dimension).items():
                quality = measure_quality(peer, judged, known, words)
                figures[f"{title}, {judged.name}"] = quality
    show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
