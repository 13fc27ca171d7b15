"""Whether another search engine brings the same verdicts as the embedded one, set by set.

    python -m benchmarks.verdicts [DIR …] [--engine oceanbase://root@127.0.0.1:2881/qa_trial]
        [--split tune test] [--most 400] [--seconds 600] [--scratch DIR] [--json]

Without DIR the judged questions of the starter bank are asked, all of both splits; without
``--engine`` a seekdb is started for the time of it. Each set is put into a collection of its own
in the engine, with the vectors the embedded index has, and both are asked the same questions by
the same models. Told are the shares of questions with an equal verdict, an equal first pair and
equal candidates, what a proposal takes, what filling took, and every question whose verdict or
first pair differs. At the end stand the verdicts of all sets together.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.figures import percentiles, show
from benchmarks.seekdb import scratch_seekdb
from qa_service.cli.retrieval.judged_sets import load_set, open_engine
from qa_service.knowledge.indexing.calibration_files import calibration_file
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import SearchBackend, Stamp
from qa_service.retrieval.backends.embedded.store import SnapshotStore
from qa_service.retrieval.backends.oceanbase.connection import read_address
from qa_service.retrieval.backends.oceanbase.store import EngineStore
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.engine import DESCRIBED_CANDIDATES, RetrievalEngine, everything
from qa_service.retrieval.evaluation.dataset import EvaluationSet, JudgedQuery, Split
from qa_service.retrieval.evaluation.evaluation import index_set
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.ranking.answer import Answer
from qa_service.retrieval.ranking.calibration import load_calibration
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.settings import Settings

QUESTIONS = Path("corpus/questions")
"""The judged questions of the starter bank."""

FILL_BATCH = 200
WARM_UP = 5


@dataclass(slots=True)
class Comparison:
    """What was seen of one set."""

    questions: int = 0
    equal_verdicts: int = 0
    equal_first: int = 0
    equal_candidates: int = 0
    shared_candidates: float = 0.0
    embedded_ms: list[float] = field(default_factory=list)
    engine_ms: list[float] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def add(self, text: str, answers: Sequence[Answer], proposed: Sequence[Sequence[int]]) -> None:
        """Count one question, asked of the embedded index first."""
        own, other = answers
        self.questions += 1
        self.equal_candidates += list(proposed[0]) == list(proposed[1])
        shared = len(set(proposed[0]) & set(proposed[1]))
        self.shared_candidates += shared / max(len(proposed[0]), 1)
        is_first_equal = _first(own) == _first(other)
        self.equal_first += is_first_equal
        is_verdict_equal = own.decision.verdict is other.decision.verdict
        self.equal_verdicts += is_verdict_equal
        if is_verdict_equal and is_first_equal:
            return
        self.differences.append(
            f"{text}: {own.decision.verdict} {own.confidence:.3f} / "
            f"{other.decision.verdict} {other.confidence:.3f}, "
            f"first pair {'equal' if is_first_equal else 'differs'}, {shared} candidates shared"
        )

    def figures(self, name: str) -> dict[str, object]:
        """Return the shares and times for printing."""
        asked = max(self.questions, 1)
        return {
            f"{name} questions": self.questions,
            f"{name} equal verdicts": round(self.equal_verdicts / asked, 4),
            f"{name} equal first pair": round(self.equal_first / asked, 4),
            f"{name} equal candidates": round(self.equal_candidates / asked, 4),
            f"{name} shared candidates": round(self.shared_candidates / asked, 4),
            f"{name} embedded proposal ms": percentiles(self.embedded_ms),
            f"{name} engine proposal ms": percentiles(self.engine_ms),
            f"{name} differences": self.differences,
        }


def compare(
    engine: RetrievalEngine,
    other: SearchBackend,
    judged: EvaluationSet,
    *,
    most: int | None,
    seconds: float,
) -> Comparison:
    """Ask up to ``most`` questions, or all, of the index of ``engine`` and of ``other``.

    After ``seconds`` no further one is asked.
    """
    twin = RetrievalEngine(
        engine.tokenizer, engine.encoder, engine.calibration, reranker=engine.reranker
    )
    twin.adopt(other)
    found = Comparison()
    until = perf_counter() + seconds
    for number, query in enumerate(_spread(judged.queries, most)):
        if perf_counter() > until:
            break
        analysed = engine.analyse(query.text)
        times = [_timed(index, analysed) for index in (engine.index, other)]
        answers = [
            one.answer(analysed, everything, aspects=judged.aspects) for one in (engine, twin)
        ]
        found.add(query.text, answers, [ids for ids, _ in times])
        if number >= WARM_UP:
            found.embedded_ms.append(times[0][1])
            found.engine_ms.append(times[1][1])
    return found


def fill(
    index: SearchBackend, pairs: Sequence[IndexedPair], known: dict[str, Vectors], dimension: int
) -> float:
    """Put the pairs into ``index`` with their vectors; return the seconds it took."""
    started = perf_counter()
    for start in range(0, len(pairs), FILL_BATCH):
        batch = pairs[start : start + FILL_BATCH]
        rows = [known[text] for pair in batch for _, text in pair.texts()]
        vectors = np.array(rows, np.float32).reshape(len(rows), dimension) if dimension else None
        index.upsert(batch, vectors)
    return perf_counter() - started


def prepared(
    folders: Sequence[Path], scratch: Path | None
) -> Iterator[tuple[RetrievalEngine, EvaluationSet]]:
    """Yield each set with an engine whose embedded index holds it; vectors are kept."""
    engine = open_engine(load_calibration(calibration_file(Settings().data_dir)))
    recipe = engine.recipe()
    for folder in folders:
        judged = load_set(folder, None)
        store = SnapshotStore(scratch / folder.name) if scratch else None
        known = store.known_vectors(recipe)(()) if store else {}
        index_set(engine, judged, known=known)
        if store and not known:
            engine.index.stamp = Stamp(folder.name, 0)
            store.save(engine.index, recipe, engine.tokenizer)
        yield engine, judged


def filled(
    store: EngineStore, engine: RetrievalEngine, judged: EvaluationSet
) -> tuple[SearchBackend, float]:
    """Return a collection with the pairs of the set, and the seconds it took with its graph."""
    recipe = engine.recipe()
    # A stamp of its own, so that no collection of an earlier run is continued.
    stamp = Stamp(f"{judged.name}-{perf_counter()}", 0)
    index = store.draft(recipe, engine.tokenizer, stamp).index
    took = fill(index, judged.pairs, dict(engine.vectors_by_text()), recipe.dimension)
    started = perf_counter()
    index = store.save(index, recipe, engine.tokenizer)
    return index, took + perf_counter() - started


def of_splits(judged: EvaluationSet, splits: Sequence[Split]) -> Sequence[EvaluationSet]:
    """Return the set by split, or whole where its questions state none."""
    if not any(query.split for query in judged.queries):
        return [judged]
    return [judged.of_split(split) for split in splits]


def main() -> None:
    """Measure every set and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--engine", help="address; without it a seekdb is started")
    parser.add_argument("--most", type=int, help="questions of each set or split, else all")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for each of these")
    parser.add_argument("--split", type=Split, nargs="+", default=[Split.TUNE, Split.TEST])
    parser.add_argument("--scratch", type=Path, help="folder where vectors are kept")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    asked = equal = 0
    with ExitStack() as stack:
        url = given.engine or stack.enter_context(scratch_seekdb()).url
        store = EngineStore(read_address(url), None)
        for engine, judged in prepared(given.folders or [QUESTIONS], given.scratch):
            index, took = filled(store, engine, judged)
            held = index.health()
            figures = {
                f"{judged.name} pairs, texts": [held.pairs, held.texts],
                f"{judged.name} filled in s": round(took, 1),
            }
            for part in of_splits(judged, given.split):
                found = compare(engine, index, part, most=given.most, seconds=given.seconds)
                asked += found.questions
                equal += found.equal_verdicts
                figures |= found.figures(part.name)
            show(figures, as_json=given.json)
    together = {
        "questions": asked,
        "equal verdicts": equal,
        "share": round(equal / max(asked, 1), 4),
    }
    show({"all sets together": together}, as_json=given.json)


def _spread(queries: Sequence[JudgedQuery], most: int | None) -> Sequence[JudgedQuery]:
    """Return at most ``most`` of the queries in an order of chance that is always the same."""
    order = np.random.default_rng(0).permutation(len(queries))[:most]
    return [queries[place] for place in order.tolist()]


def _timed(index: SearchBackend, question: AnalysedQuestion) -> tuple[list[int], float]:
    """Return the proposed pairs and the milliseconds the proposal took."""
    started = perf_counter()
    block = index.propose(question, limit=DESCRIBED_CANDIDATES, watch=Stopwatch())
    return block.pair_ids.tolist(), (perf_counter() - started) * 1000


def _first(answer: Answer) -> int | None:
    """Return the first pair of an answer."""
    return answer.ranked[0].pair_id if answer.ranked else None


if __name__ == "__main__":
    main()
