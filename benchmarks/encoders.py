"""The default model by onnxruntime (integers) and by torch (fp32): time, memory, agreement, rank.

    python -m benchmarks.encoders [DIR …] [--json]

Recall@1 and nDCG@10 are those of cosine alone, questions and stored texts encoded by the same
runtime; the starter bank is measured unless judged folders are given.
"""

import argparse
import gc
from pathlib import Path
from statistics import fmean
from time import perf_counter

import numpy as np

from benchmarks.figures import percentiles, show
from benchmarks.growth import resident
from qa_service.retrieval.backends.embedded.vectors import DenseIndex
from qa_service.retrieval.encoders.e5.model import ensure_default_model, packaged_weights
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.encoders.models import GraphModel, TextModel, load_sentence_model
from qa_service.retrieval.evaluation.dataset import EvaluationSet, load_evaluation_set
from qa_service.retrieval.evaluation.ir_metrics import ndcg, recall
from qa_service.settings import Settings

QUESTION = "灵活就业人员在外地参加的职工养老保险怎么转回户籍所在地呢"
REPEATS = 200
DEPTH = 100


def open_model(name: str, folder: Path) -> TextModel:
    """The model of ``folder`` in one runtime."""
    if name == "onnxruntime":
        return GraphModel(folder, 2)
    return load_sentence_model(folder, 2)


def latency(model: TextModel) -> dict[str, float]:
    """Milliseconds of one question, cache left aside."""
    spent = []
    for _ in range(REPEATS):
        began = perf_counter()
        model.encode([QUESTION])
        spent.append((perf_counter() - began) * 1000)
    return percentiles(spent[20:])


def rank(judged: EvaluationSet, encoder: Encoder) -> tuple[str, float]:
    """Recall@1 and nDCG@10 by cosine alone, and texts encoded a second."""
    texts = [(pair.pair_id, text) for pair in judged.pairs for _, text in pair.texts()]
    began = perf_counter()
    vectors = encoder.encode_texts([text for _, text in texts])
    speed = len(texts) / (perf_counter() - began)
    index = DenseIndex(encoder.dimension)
    index.add(range(len(texts)), vectors)
    first, gain = [], []
    for query in judged.queries:
        if query.relevant:
            near = index.nearest(encoder.encode_queries([query.text])[0], DEPTH)
            ranking = list(dict.fromkeys(texts[found.slot][0] for found in near))
            first.append(recall(ranking, query.relevant, 1))
            gain.append(ndcg(ranking, query.relevant))
    return f"R@1 {fmean(first):.4f}  nDCG@10 {fmean(gain):.4f}", round(speed)


def main() -> None:
    """Measure both runtimes on every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*", default=[Path("corpus")])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = ensure_default_model(Settings().data_dir / "models", packaged_weights(), print)
    figures: dict[str, object] = {}
    vectors = {}
    for name in ("onnxruntime", "torch"):
        gc.collect()
        before = resident()
        model = open_model(name, folder)
        encoder = Encoder(model, name)
        figures[f"{name}, memory MB"] = round(resident() - before)
        figures[f"{name}, one question ms"] = latency(model)
        vectors[name] = model.encode([QUESTION])
        for path in given.folders:
            judged = load_evaluation_set(path)
            ranked, speed = rank(judged, encoder)
            figures[f"{name}, {judged.name}"] = f"{ranked}  {speed} texts/s"
    figures["cosine between the two"] = round(
        float(np.sum(vectors["onnxruntime"] * vectors["torch"])), 5
    )
    show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
