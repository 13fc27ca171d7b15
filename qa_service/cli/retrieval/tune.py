"""``qa-service tune``: refits the calibration on variants that operators accepted."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import JsonOption, report_errors, say, show_json
from qa_service.cli.retrieval.measure import (
    ScratchOption,
    load_set,
    open_engine,
    provenance_of,
    run_set,
    with_verdict,
)
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from qa_service.retrieval.evaluation.dataset import EvaluationSet
    from qa_service.retrieval.evaluation.model_selection import Comparison

MIN_TRAINING_QUERIES = 40
"""Least number of accepted variants: half of them must suffice for fitting."""


def tune(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="另加的评测集目录，可给出多个")
    ] = None,
    precision: Annotated[float, typer.Option(min=0.5, max=0.999, help="直接答复的准确率")] = 0.99,
    scratch: ScratchOption = None,
    as_json: JsonOption = False,
) -> None:
    """用坐席选定、已采纳的问法重新拟合排序与判定；只有在未参与拟合的一半上更好才启用。"""
    from qa_service.retrieval.evaluation.fitting import examples_of, fit
    from qa_service.retrieval.evaluation.model_selection import compare
    from qa_service.retrieval.ranking.calibration import (
        load_calibration,
        save_calibration,
        unfitted,
    )
    from qa_service.services import calibration_file, own_calibration_file

    with report_errors():
        settings = read_settings()
        current = load_calibration(calibration_file(settings))
        engine = open_engine(unfitted())
        sets = [_bank(), *(load_set(folder, None) for folder in folders or [])]
        examples, unseen = [], {}
        for judged in sets:
            outcomes = run_set(engine, judged, scratch)
            training_ids = {query.qid for query in judged.part(0).queries}
            examples += examples_of(
                judged.name, [o for o in outcomes if o.query.qid in training_ids]
            )
            unseen[judged.name] = [o for o in outcomes if o.query.qid not in training_ids]
        provenance = provenance_of(engine, [judged.part(0) for judged in sets], precision)
        fitted = fit(examples, unfitted(), precision=precision, provenance=provenance)
        fitted = with_verdict(fitted, examples, engine, precision)
        scorer = engine.reranker.scores if engine.reranker else None
        found = compare(current, fitted, unseen, scorer)
        is_used = found.is_better or not current.holds_for(engine.recipe())
        if is_used:
            target = own_calibration_file(settings)
            target.parent.mkdir(parents=True, exist_ok=True)
            save_calibration(fitted, target)
    if as_json:
        show_json({"is_used": is_used, "comparison": asdict(found)})
    else:
        _print(found, is_used=is_used)


def _bank() -> "EvaluationSet":
    """Return the bank as a training set; raises TooLittleToFitError."""
    from qa_service.knowledge.indexing.training_set import training_set
    from qa_service.retrieval.evaluation.fitting import TooLittleToFitError
    from qa_service.services import open_database
    from qa_service.storage.engine import session_scope

    database = open_database(read_settings())
    with session_scope(database, read_only=True) as session:
        judged = training_set(session)
    database.dispose()
    if len(judged.queries) < MIN_TRAINING_QUERIES:
        raise TooLittleToFitError(
            f"问答库中已采纳的坐席问法只有 {len(judged.queries)} 条，"
            f"至少要有 {MIN_TRAINING_QUERIES} 条才能学习"
        )
    return judged


def _print(found: "Comparison", *, is_used: bool) -> None:
    """Print the figures of both calibrations and whether the new one is used."""
    for name, figures in (("现用", found.current), ("新拟合", found.fitted)):
        typer.echo(
            f"{name}：R@1 {figures.recall_at_1:.4f}，nDCG@10 {figures.ndcg_at_10:.4f}，"
            f"覆盖率 {figures.coverage:.3f}，答错 {figures.wrong_answers}"
        )
    say("新模型更好，已启用，重启服务后生效" if is_used else "新模型没有更好，保留现用的模型")
