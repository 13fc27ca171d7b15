"""What a text and a question cost in processor time, for ``benchmarks.capacity``.

    python -m benchmarks.service_times [--questions 300] [--out benchmarks/service_times.json]

Processor time of all threads is taken, so that other work on the machine changes little. Each
question is asked twice over HTTP, in one process with the starter bank: new, with a word of its own
in it, and at once again, when the caches hold its vector and its scores. The client in the same
process is part of it, about a millisecond.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from time import process_time
from typing import TypeVar

import numpy as np
from fastapi.testclient import TestClient

from benchmarks.figures import percentiles, show
from benchmarks.latency import WARM_UP, questions
from qa_service.accounts.api_keys import create_key
from qa_service.cli.service import load_starter_bank, open_services
from qa_service.clock import beijing_day
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.engine import RetrievalEngine, everything
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.server.app import create_app
from qa_service.services import Services, open_database
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

EMBEDDED_TEXTS = 400
UNLIMITED = 1_000_000
STAGES = ("encode", "analyse", "lexical", "dense", "describe", "rerank", "decide")

Found = TypeVar("Found")


class ProcessorStopwatch(Stopwatch):
    """A stopwatch of the processor time of this process."""

    def __init__(self) -> None:
        super().__init__()
        self._since = process_time()

    def lap(self, stage: str) -> None:
        now = process_time()
        self.timings[stage] = self.timings.get(stage, 0.0) + (now - self._since) * 1000
        self._since = now


def costed(act: Callable[[], Found]) -> tuple[Found, float]:
    """What ``act`` returns, and the milliseconds of processor time it took."""
    began = process_time()
    return act(), (process_time() - began) * 1000


def post_costs(services: Services, asked: Sequence[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of each POST /api/v1/consultations: asked first, and at once again."""
    with session_scope(services.database) as session:
        now, scopes = services.clock.now(), [Scope.CONSULT]
        key = create_key(session, "costs", scopes, per_minute=UNLIMITED, now=now)
    new, repeated = [], []
    with TestClient(create_app(services), headers={"Authorization": f"Bearer {key}"}) as client:
        for question in asked:
            body = {"question": question, "channel": "hotline", "register": "never"}
            for taken in (new, repeated):
                answer, spent = costed(lambda: client.post("/api/v1/consultations", json=body))  # noqa: B023
                assert answer.status_code == 201, answer.text
                taken.append(spent)
    return new[WARM_UP:], repeated[WARM_UP:]


def stage_costs(services: Services, asked: Sequence[str]) -> dict[str, list[float]]:
    """Milliseconds of each stage of a search for new questions."""
    engine, day = services.index_sync.engine, beijing_day(services.clock.now())
    stages: dict[str, list[float]] = {}
    for question in asked:
        watch = ProcessorStopwatch()
        engine.answer(question, everything, day=day, watch=watch)
        for stage in STAGES:
            stages.setdefault(stage, []).append(watch.timings.get(stage, 0.0))
    return {stage: spent[WARM_UP:] for stage, spent in stages.items()}


def text_costs(engine: RetrievalEngine) -> dict[str, float]:
    """Milliseconds to embed a text of the bank, and to put one into an index of its size."""
    known = engine.vectors_by_text()
    texts = list(known)[:: max(1, len(known) // EMBEDDED_TEXTS)][:EMBEDDED_TEXTS]
    _, embedding = costed(lambda: engine.embed(texts))
    pairs = [IndexedPair(10**6 + at, text, (), "") for at, text in enumerate(texts)]
    vectors: Vectors = np.array([known[text] for text in texts], np.float32)
    twin = engine.index.copied()
    assert isinstance(twin, SearchIndex)

    def insert() -> None:
        for at, pair in enumerate(pairs):
            twin.upsert([pair], vectors[at : at + 1])

    _, inserting = costed(insert)
    return {
        "embed_ms": round(embedding / len(texts), 3),
        "insert_ms": round(inserting / len(texts), 3),
        "characters": round(float(np.mean([len(text) for text in texts])), 1),
    }


def measure(services: Services, corpus: Path, count: int) -> dict[str, object]:
    """All figures."""
    base = questions(corpus)
    wanted = count + WARM_UP
    asked = [f"{text}（第{at}次）" for at, text in enumerate(islice(cycle(base), wanted))]
    others = [f"{text}（另第{at}次）" for at, text in enumerate(islice(cycle(base), wanted))]
    health = services.index_sync.engine.index.health()
    stages = stage_costs(services, others)
    new, repeated = post_costs(services, asked)
    return {
        "bank": {"pairs": health.pairs, "texts": health.texts},
        "load_average": round(os.getloadavg()[0], 1),
        "text": text_costs(services.index_sync.engine),
        "stages_ms": {
            name: {**percentiles(spent), "mean": round(float(np.mean(spent)), 2)}
            for name, spent in stages.items()
        },
        "new_ms": [round(one, 2) for one in new],
        "repeated_ms": [round(one, 2) for one in repeated],
    }


def main() -> None:
    """Build the bank in a scratch folder, measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = given.scratch or Path(name)
        settings = Settings(
            _env_file=None,
            data_dir=folder / "data",
            index_dir=folder / "index",
            corpus_dir=given.corpus,
            scheduler_seconds=0,
        )
        database = open_database(settings)
        load_starter_bank(settings, database)
        services = open_services(settings, database)
        found = measure(services, given.corpus, given.questions)
        database.dispose()
    given.out.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    samples = {name: percentiles(found.pop(name)) for name in ("new_ms", "repeated_ms")}  # type: ignore[arg-type]
    show({**found, **samples}, as_json=False)


if __name__ == "__main__":
    main()
