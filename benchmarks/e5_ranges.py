"""How large the default model's activations become by channel: what its graph rounds them by.

    python -m benchmarks.e5_ranges --out qa_service/retrieval/encoders/e5/ranges.npz

Over every text of the starter bank, in fp32. Another file makes other vectors: raise the
version in ``MODEL_NAME`` and calibrate again.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from qa_service.retrieval.encoders.e5.model import (
    QUERY_PROMPT,
    ensure_default_model,
    packaged_weights,
)
from qa_service.retrieval.encoders.models import go_offline
from qa_service.retrieval.evaluation.dataset import load_evaluation_set
from qa_service.settings import Settings

LINEARS = {
    "q": "attention.self.query",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
THREADS = 2
BATCH = 1
"""Alone a text has no padding, whose activations mean nothing."""


def measure(folder: Path, texts: list[str]) -> dict[str, np.ndarray]:
    """The greatest magnitude of each channel every linear reads, by the linear's name."""
    torch.set_num_threads(THREADS)
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    found: dict[str, torch.Tensor] = {}

    def watch(name: str) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...]], None]:
        def note(_: torch.nn.Module, read: tuple[torch.Tensor, ...]) -> None:
            widest = read[0].abs().flatten(0, -2).amax(0)
            found[name] = torch.maximum(found.get(name, widest), widest)

        return note

    for number, layer in enumerate(model[0].auto_model.encoder.layer):
        for part, path in LINEARS.items():
            layer.get_submodule(path).register_forward_pre_hook(watch(f"l{number}.{part}"))
    model.encode([f"{QUERY_PROMPT}{text}" for text in texts], batch_size=BATCH)
    return {name: widest.numpy().astype(np.float16) for name, widest in found.items()}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    go_offline()
    folder = ensure_default_model(Settings().data_dir / "models", packaged_weights(), print)
    bank = load_evaluation_set(given.corpus)
    texts = sorted({text for pair in bank.pairs for _, text in pair.texts()})
    ranges = measure(folder, texts)
    np.savez_compressed(given.out, **ranges)
    print(f"{len(texts)} texts, {len(ranges)} linears, {given.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
