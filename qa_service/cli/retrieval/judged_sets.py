"""Judged sets that commands ask: how they are opened and asked with the service's models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import progress_bar, say
from qa_service.cli.retrieval.requirements import Faults
from qa_service.cli.service import read_settings
from qa_service.retrieval.evaluation.judged_questions import Split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qa_service.retrieval.arrays.ragged import Vectors
    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.retrieval.evaluation.dataset import EvaluationSet
    from qa_service.retrieval.evaluation.evaluation import Outcome
    from qa_service.retrieval.ranking.calibration import Calibration

ScratchOption = Annotated[
    Path | None, typer.Option(help="保存向量的目录，重复评测时不再计算；默认用后即删")
]


def load_set(folder: Path, part: int | None, split: Split | None = None) -> "EvaluationSet":
    """Return the set in ``folder``, a half or a split of it; raises UnusableEvaluationSetError."""
    from qa_service.retrieval.evaluation.dataset import (
        UnusableEvaluationSetError,
        load_evaluation_set,
    )

    evaluated = load_evaluation_set(folder)
    if part is not None:
        evaluated = evaluated.part(part)
    if split is not None:
        evaluated = evaluated.of_split(split)
    if not evaluated.queries:
        raise UnusableEvaluationSetError(f"评测集 {folder} 中没有问题可评测，请检查内容")
    return evaluated


def sets_in(
    folders: list[Path], load: "Callable[[Path], EvaluationSet]", faults: Faults
) -> "list[EvaluationSet]":
    """Return the sets in ``folders``; keeps a fault for each unusable one and for a name twice."""
    found: list[EvaluationSet] = []
    for folder in dict.fromkeys(folders):
        with faults.kept():
            found.append(load(folder))
    with faults.kept():
        _require_names(folders)
    return found


def _require_names(folders: list[Path]) -> None:
    """Raise UnusableEvaluationSetError for two sets of one name."""
    from qa_service.retrieval.evaluation.dataset import UnusableEvaluationSetError

    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        raise UnusableEvaluationSetError("评测集目录不能同名，也不能重复给出；请改名或去掉一个")


def open_engine(calibration: "Calibration", *, reads: bool = True) -> "RetrievalEngine":
    """Return an engine with the settings' models and dictionary and an empty index.

    It has no re-ranker unless it ``reads``.
    """
    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.services import open_encoder, open_reranker, tokenizer_in_use

    settings = read_settings()
    encoder, _reason = open_encoder(settings, say)
    reranker = open_reranker(settings, say)[0] if encoder and reads else None
    return RetrievalEngine(tokenizer_in_use(settings), encoder, calibration, reranker=reranker)


def run_set(
    engine: "RetrievalEngine", evaluated: "EvaluationSet", scratch: Path | None
) -> "list[Outcome]":
    """Ask every question of the set and return the outcomes; vectors are kept in ``scratch``."""
    from qa_service.retrieval.backends.contract import Stamp
    from qa_service.retrieval.backends.embedded.store import SnapshotStore
    from qa_service.retrieval.evaluation.evaluation import index_set, run

    recipe = engine.recipe()
    # Both halves of a set have the same bank and therefore share its vectors.
    bank = evaluated.name.partition("[")[0]
    store = SnapshotStore(scratch / bank) if scratch else None
    known = store.known_vectors(recipe)(()) if store else {}
    with progress_bar(f"{evaluated.name} 编码") as advance:
        own = known or vectors_in_use(engine)
        baselines = index_set(engine, evaluated, known=own, progress=advance)
    if store and not known:
        engine.index.stamp = Stamp(bank, 0)
        store.save(engine.index, recipe, engine.tokenizer)
    with progress_bar(f"{evaluated.name} 提问") as advance:
        return run(
            engine,
            baselines,
            evaluated.queries,
            advance,
            limit=read_settings().candidate_limit,
            aspects=evaluated.aspects,
        )


def vectors_in_use(engine: "RetrievalEngine") -> "Mapping[str, Vectors]":
    """Return the vectors of the service's own index by text, where its encoder made them."""
    from qa_service.retrieval.backends.embedded.store import SnapshotStore

    return SnapshotStore(read_settings().index_dir).known_vectors(engine.recipe())(())
