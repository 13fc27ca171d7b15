"""``qa-service tune``: fits re-ranker and calibration to what operators chose and accepted."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import JsonOption, report_errors, say, show_json
from qa_service.cli.retrieval.calibrate import provenance_of
from qa_service.cli.retrieval.judged_sets import (
    ScratchOption,
    load_set,
    open_engine,
    run_set,
    sets_in,
)
from qa_service.cli.retrieval.own_models import own_reranker, take_over
from qa_service.cli.retrieval.requirements import Faults, options_given, refuse_faults, unused
from qa_service.cli.retrieval.tune_report import print_record
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from qa_service.consultation.learning.learning_set import LearningSet
    from qa_service.consultation.learning.record import LearningRecord
    from qa_service.consultation.learning.tuning import Material
    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.retrieval.evaluation.dataset import EvaluationSet
    from qa_service.retrieval.ranking.calibration import Calibration
    from qa_service.retrieval.reranking.reranker import Reranker
    from qa_service.retrieval.training.trainer import Plan
    from qa_service.settings import Settings

UNTRAINED = "--no-reranker 不训练重排模型；请只留其中之一"


def tune(
    context: typer.Context,
    folders: Annotated[
        list[Path] | None, typer.Argument(help="另加的评测集目录，可给出多个")
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(min=0.5, max=0.999, help="直接答复的准确率；默认沿用现有校准所要求的"),
    ] = None,
    no_reranker: Annotated[
        bool, typer.Option("--no-reranker", help="不训练重排模型，只拟合判定校准")
    ] = False,
    seed: Annotated[int, typer.Option(help="随机数种子")] = 7,
    passes: Annotated[int, typer.Option(min=1, max=10, help="遍历学习问法的次数")] = 2,
    steps: Annotated[int, typer.Option(min=1, help="重排模型最多训练的步数")] = 400,
    threads: Annotated[int, typer.Option(min=1, max=64, help="训练所用线程数")] = 1,
    new: Annotated[
        int, typer.Option(min=0, help="比上次学习至少多出这么多条问法才学习，供定时任务使用")
    ] = 0,
    scratch: ScratchOption = None,
    as_json: JsonOption = False,
) -> None:
    """从坐席的选择、“都不是”、改选和已采纳的问法中学习；在留作检验的一半上确有把握更好才启用。"""
    training = options_given(context, "passes", "steps", "threads") if no_reranker else []
    refuse_faults(unused(training, UNTRAINED))
    with report_errors():
        settings = read_settings()
        sets = _further_sets(folders or [], scratch)
        learned = _lessons(settings)
        if not _is_due(settings, learned, new):
            return
        # Imported only where it is trained, because importing torch takes seconds.
        from qa_service.retrieval.training.own_adapter import gentle_plan

        plan = gentle_plan(seed=seed, threads=threads, passes=passes, steps=steps)
        with _alone(settings.data_dir):
            made = _learn(
                settings,
                learned,
                sets,
                precision=precision,
                plan=None if no_reranker else plan,
                seed=seed,
                scratch=scratch,
            )
    if as_json:
        show_json(made.dump())
    else:
        print_record(made)


def _further_sets(folders: list[Path], scratch: Path | None) -> "list[EvaluationSet]":
    """Return the sets that are learned from too; raises the faults of all folders at once."""
    faults = Faults()
    found = sets_in(folders, lambda folder: load_set(folder, None), faults)
    faults.of_folders([scratch] if scratch else [])
    faults.refuse()
    return found


def _is_due(settings: "Settings", learned: "LearningSet", new: int) -> bool:
    """Return whether ``new`` lessons came since the last run; with 0 it is always due.

    Says why not. Raises TooLittleToFitError for too few lessons, unless it ran for new ones.
    """
    from qa_service.consultation.learning.record import read_record, record_file
    from qa_service.retrieval.evaluation.fitting import TooLittleToFitError

    if learned.shortage is not None:
        if not new:
            raise TooLittleToFitError(learned.shortage)
        say(learned.shortage)
        return False
    last = read_record(record_file(settings.data_dir))
    fresh = learned.fresh(last.made_at, last.origins) if last else new
    if fresh < new:
        say(f"上次学习以后只多了 {fresh} 条问法，不足 {new} 条，暂不学习")
    return fresh >= new


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Hold the lock of tuning; raises TuningUnderWayError while another run holds it."""
    from qa_service.consultation.learning.record import TuningUnderWayError

    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "learning.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TuningUnderWayError("另一次学习正在进行，请等它结束") from error
        yield


def _lessons(settings: "Settings") -> "LearningSet":
    """Return the lessons of the bank."""
    from qa_service.consultation.learning.learning_set import learning_set
    from qa_service.services import open_database
    from qa_service.storage.engine import session_scope

    database = open_database(settings, limited=False)
    try:
        with session_scope(database, read_only=True) as session:
            return learning_set(session)
    finally:
        database.dispose()


def _learn(
    settings: "Settings",
    lessons: "LearningSet",
    sets: "list[EvaluationSet]",
    *,
    precision: float | None,
    plan: "Plan | None",
    seed: int,
    scratch: Path | None,
) -> "LearningRecord":
    """Fit, compare, take over what is better, and write the record; see ``tune``."""
    from qa_service.clock import SystemClock
    from qa_service.consultation.learning import tuning
    from qa_service.consultation.learning.record import LearningRecord, record_file, write_record
    from qa_service.knowledge.indexing.calibration_files import calibration_file
    from qa_service.retrieval.evaluation.model_selection import Models
    from qa_service.retrieval.evaluation.revalidation import stated_precision
    from qa_service.retrieval.ranking.calibration import load_calibration

    current = load_calibration(calibration_file(settings.data_dir))
    engine = open_engine(current)
    _require_models(settings, engine)
    material = _asked(settings, lessons, engine, sets, scratch)
    is_read = engine.reads
    with own_reranker(settings, engine, material, plan) as tuned:
        reader = tuned or engine.reranker
        stated = precision or stated_precision(current)
        fitted = _fitted(material, engine, reader, precision=stated)
        found = tuning.compare_on(
            material,
            Models(current, engine.reranker.scores if engine.reranker and is_read else None),
            Models(fitted, reader.scores if reader else None),
            seed=seed,
        )
        # Without a calibration that fits, nothing is answered outright.
        is_taken = found.is_better or not engine.fits(current)
        adapter = take_over(settings, fitted, is_tuned=tuned is not None) if is_taken else ""
    made = LearningRecord(
        SystemClock().now(),
        lessons.origins,
        has_reranker=tuned is not None,
        is_taken=is_taken,
        comparison=found,
        adapter=adapter,
    )
    write_record(made, record_file(settings.data_dir))
    return made


def _require_models(settings: "Settings", engine: "RetrievalEngine") -> None:
    """Raise RerankerUnavailableError while a model is away: nothing can be compared without it."""
    from qa_service.retrieval.reranking.reranker import NO_RERANKER, RerankerUnavailableError

    is_read = engine.reranker is not None or settings.reranker_model == NO_RERANKER
    if engine.encoder is None or not is_read:
        raise RerankerUnavailableError("语义模型或重排模型不可用，修好以后再学习")


def _asked(
    settings: "Settings",
    lessons: "LearningSet",
    engine: "RetrievalEngine",
    sets: "list[EvaluationSet]",
    scratch: Path | None,
) -> "Material":
    """Ask everything that is learned from or decides; raises TooLittleToFitError."""
    from dataclasses import replace

    from qa_service.consultation.learning.tuning import curriculum_of, material_of
    from qa_service.services import JUDGED_QUESTIONS, open_database
    from qa_service.storage.engine import session_scope

    database = open_database(settings, limited=False)
    with session_scope(database, read_only=True) as session:
        curriculum = curriculum_of(session, lessons, settings.corpus_dir / JUDGED_QUESTIONS)
    database.dispose()
    further = {}
    for judged in sets:
        outcomes = run_set(engine, judged, scratch)
        learned = {query.qid for query in judged.part(0).queries}
        further[judged.name] = (
            [one for one in outcomes if one.query.qid in learned],
            [one for one in outcomes if one.query.qid not in learned],
        )
    found = material_of(curriculum, run_set(engine, curriculum.asked, scratch))
    return replace(found, further=further)


def _fitted(
    material: "Material",
    engine: "RetrievalEngine",
    reader: "Reranker | None",
    *,
    precision: float,
) -> "Calibration":
    """Return the calibration fitted for ``reader``; raises TooLittleToFitError."""
    from qa_service.consultation.learning.tuning import fit_calibration
    from qa_service.retrieval.ranking.calibration import RERANKER

    say("正在拟合判定校准，约需几分钟")
    provenance = provenance_of(engine, [material.curriculum.asked], precision)
    if reader is not None:
        provenance[RERANKER] = reader.fingerprint
    scorer = reader.scores if reader else None
    return fit_calibration(
        material,
        scorer,
        precision=precision,
        provenance=provenance,
        former=engine.calibration.verdict_for(engine.recipe().encoder),
    )
