"""Embedded index and search engine outside by size: proposals, found at once, filling, memory.

    python -m benchmarks.outside [--engine oceanbase://root@127.0.0.1:2881/qa_trial --pid PID]
        [--pairs 5000 50000] [--queries 200] [--json]

Without ``--engine`` a seekdb is started for the time of it, else ``--pid`` is the engine's process,
whose memory and processor time are told. Synthetic pairs of two texts each (see
``benchmarks.synthetic``), so 5000 pairs are 10,000 texts. A proposal is both signals with texts
and raw signals, what ``SearchBackend.propose`` returns; the question's vector is made before.
``found_ms`` is from the beginning of an upsert to the first proposal that has the pair.
"""

import argparse
import gc
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter, process_time, thread_time

from benchmarks.figures import percentiles, show
from benchmarks.growth import NoEncoder as KnownVectors
from benchmarks.growth import build, open_material, queries, resident
from benchmarks.seekdb import EngineProcess, scratch_seekdb
from benchmarks.synthetic import (
    TEXTS_A_PAIR,
    Material,
    SeparatorTokenizer,
    random_pairs,
    random_vectors,
)
from benchmarks.verdicts import FILL_BATCH
from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import SearchBackend, Stamp
from qa_service.retrieval.backends.oceanbase.connection import read_address
from qa_service.retrieval.backends.oceanbase.store import EngineStore
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.engine import DESCRIBED_CANDIDATES, RetrievalEngine
from qa_service.retrieval.query import AnalysedQuestion, analyse
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.retrieval.stopwatch import Stopwatch

WARM_UP = 20
CHANGES = 30
PATIENCE_SECONDS = 30.0


def engine_memory(pid: int) -> float:
    """Resident memory of a process in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"no process {pid}")


def engine_seconds(pid: int) -> float:
    """Processor seconds a process has taken, in hundredths."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def proposal_times(
    index: SearchBackend, asked: Sequence[AnalysedQuestion]
) -> tuple[list[float], list[float]]:
    """Milliseconds of each proposal, and of this thread's processor time in it."""
    wall, processor = [], []
    for question in asked:
        began, worked = perf_counter(), thread_time()
        index.propose(question, limit=DESCRIBED_CANDIDATES, watch=Stopwatch())
        wall.append((perf_counter() - began) * 1000)
        processor.append((thread_time() - worked) * 1000)
    return wall[WARM_UP:], processor[WARM_UP:]


def found_times(index: SearchBackend, material: Material, pairs: int) -> list[float]:
    """Milliseconds from the beginning of an upsert until a proposal has the pair."""
    vectors = random_vectors(material, CHANGES * TEXTS_A_PAIR, seed=5)
    took = []
    for at, pair in enumerate(random_pairs(material, CHANGES, seed=4)):
        fresh = IndexedPair(pairs + pair.pair_id, pair.question, (), pair.answer, revision=1)
        rows = vectors[at * TEXTS_A_PAIR : (at + 1) * TEXTS_A_PAIR]
        question = analyse(fresh.question, SeparatorTokenizer(), rows[0])
        began = perf_counter()
        index.upsert([fresh], rows)
        while fresh.pair_id not in _proposed(index, question):
            assert perf_counter() - began < PATIENCE_SECONDS, "never found"
        took.append((perf_counter() - began) * 1000)
    return took


def _proposed(index: SearchBackend, question: AnalysedQuestion) -> Sequence[int]:
    block = index.propose(question, limit=DESCRIBED_CANDIDATES, watch=Stopwatch())
    ids: list[int] = block.pair_ids.tolist()
    return ids


def fill(index: SearchBackend, material: Material, pairs: int) -> None:
    """Put in the same pairs as ``growth.build``."""
    vectors: Vectors = random_vectors(material, pairs * TEXTS_A_PAIR, seed=2)
    batch: list[IndexedPair] = []
    for at, pair in enumerate(random_pairs(material, pairs, seed=1), start=1):
        batch.append(pair)
        if len(batch) == FILL_BATCH or at == pairs:
            first = (at - len(batch)) * TEXTS_A_PAIR
            index.upsert(batch, vectors[first : at * TEXTS_A_PAIR])
            batch = []


def embedded_figures(
    engine: RetrievalEngine, material: Material, pairs: int, asked: Sequence[AnalysedQuestion]
) -> dict[str, object]:
    """The figures of the embedded index, in this process."""
    gc.collect()
    before, began, worked = resident(), perf_counter(), process_time()
    index = build(engine, material, pairs).optimised()
    figures: dict[str, object] = {
        "filled_s": round(perf_counter() - began, 1),
        "filled_processor_s": round(process_time() - worked, 1),
        "memory_mb": round(resident() - before),
    }
    wall, processor = proposal_times(index, asked)
    figures |= {"propose_ms": percentiles(wall), "propose_processor_ms": percentiles(processor)}
    return {**figures, "found_ms": percentiles(found_times(index, material, pairs))}


def outside_figures(
    store: EngineStore,
    engine: RetrievalEngine,
    material: Material,
    pairs: int,
    asked: Sequence[AnalysedQuestion],
    pid: int,
) -> dict[str, object]:
    """The figures of the engine outside; its graph is made when it is taken into use."""
    recipe = engine.recipe()
    began, worked, theirs = perf_counter(), process_time(), engine_seconds(pid)
    index = store.draft(recipe, engine.tokenizer, Stamp(f"outside-{perf_counter()}", 0)).index
    fill(index, material, pairs)
    index = store.save(index, recipe, engine.tokenizer)
    figures: dict[str, object] = {
        "filled_s": round(perf_counter() - began, 1),
        "filled_processor_s": round(process_time() - worked, 1),
        "filled_engine_processor_s": round(engine_seconds(pid) - theirs, 1),
    }
    theirs = engine_seconds(pid)
    wall, processor = proposal_times(index, asked)
    figures |= {
        "propose_ms": percentiles(wall),
        "propose_processor_ms": percentiles(processor),
        "propose_engine_processor_ms": round(1000 * (engine_seconds(pid) - theirs) / len(asked), 1),
        "found_ms": percentiles(found_times(index, material, pairs)),
        "engine_memory_mb": round(engine_memory(pid)),
    }
    return figures


def main() -> None:
    """Measure each size and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", help="address; without it a seekdb is started")
    parser.add_argument("--pid", type=int, help="process of --engine")
    parser.add_argument("--pairs", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    material, encoder = open_material(given.corpus)
    engine = RetrievalEngine(
        SeparatorTokenizer(),  # type: ignore[arg-type]
        KnownVectors(encoder.dimension),  # type: ignore[arg-type]
        load_calibration(default_calibration()),
    )
    asked = queries(material, given.queries + WARM_UP)
    if bool(given.engine) is not bool(given.pid):
        parser.error("--engine and --pid go together")
    with ExitStack() as stack:
        server = (
            EngineProcess(given.engine, given.pid)
            if given.engine
            else stack.enter_context(scratch_seekdb())
        )
        store = EngineStore(read_address(server.url), None)
        for pairs in given.pairs:
            figures = {"texts": pairs * TEXTS_A_PAIR}
            for name, found in (
                ("embedded", embedded_figures(engine, material, pairs, asked)),
                ("engine", outside_figures(store, engine, material, pairs, asked, server.pid)),
            ):
                figures |= {f"{name} {key}": value for key, value in found.items()}
            show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
