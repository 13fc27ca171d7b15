"""``qa-service evaluate`` and ``calibrate``: how good retrieval is, and when to answer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import JsonOption, progress_bar, say, show_json, told_errors
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.retrieval.evaluation import EvaluationReport, Outcome, RankingFigures
    from qa_service.retrieval.evaluation_set import EvaluationSet

ScratchOption = Annotated[
    Path | None, typer.Option(help="保存向量的目录，重复评测时不再计算；默认用后即删")
]


def evaluate(
    folder: Annotated[Path, typer.Argument(help="评测集目录，或起步库目录")],
    scratch: ScratchOption = None,
    part: Annotated[
        int | None, typer.Option(min=0, max=1, help="只评测一半（0 或 1），按库中文档划分")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """评测检索质量：词面、语义与整体的排序指标，以及三种判定的覆盖率与准确率。"""
    from qa_service.retrieval.evaluation import summarise

    with told_errors():
        evaluated = _load(folder, part)
        report = summarise(evaluated, _run(_open_engine(), evaluated, scratch))
    if as_json:
        show_json(report)
    else:
        _print(report)


def calibrate(
    folders: Annotated[list[Path], typer.Argument(help="评测集目录，可给出多个")],
    precision: Annotated[float, typer.Option(min=0.5, max=0.999, help="直接答复的准确率")] = 0.99,
    out: Annotated[Path, typer.Option(help="校准文件")] = Path("calibration.json"),
    part: Annotated[int | None, typer.Option(min=0, max=1, help="只用一半（0 或 1）拟合")] = None,
    scratch: ScratchOption = None,
) -> None:
    """拟合排序与判定模型，并按要求的准确率选定阈值。"""
    from qa_service.clock import SystemClock, beijing_day
    from qa_service.retrieval.calibration import save_calibration
    from qa_service.retrieval.fitting import examples_of, fit

    with told_errors():
        engine = _open_engine()
        examples, provenance = [], {"precision": str(precision)}
        for folder in folders:
            evaluated = _load(folder, part)
            examples += examples_of(evaluated.name, _run(engine, evaluated, scratch))
            provenance[f"set:{evaluated.name}"] = evaluated.fingerprint()
        provenance["cutter"] = engine.cutter.fingerprint
        provenance["encoder"] = engine.encoder.fingerprint if engine.encoder else ""
        provenance["fitted_on"] = beijing_day(SystemClock().now()).isoformat()
        fitted = fit(examples, engine.calibration, precision=precision, provenance=provenance)
        save_calibration(fitted, out)
    say(f"已写入 {out}：直接答复阈值 {fitted.answer_threshold:.3f}")


def _load(folder: Path, part: int | None) -> "EvaluationSet":
    from qa_service.retrieval.evaluation_set import UnusableEvaluationSetError, load_evaluation_set

    evaluated = load_evaluation_set(folder)
    if part is not None:
        evaluated = evaluated.part(part)
    if not evaluated.queries:
        raise UnusableEvaluationSetError(f"评测集 {folder} 中没有问题可评测，请检查内容")
    return evaluated


def _open_engine() -> "RetrievalEngine":
    from qa_service.parts import calibration_file, open_encoder, open_tokeniser
    from qa_service.retrieval.calibration import load_calibration
    from qa_service.retrieval.engine import RetrievalEngine

    settings = read_settings()
    encoder, _reason = open_encoder(settings, say)
    calibration = load_calibration(calibration_file(settings))
    return RetrievalEngine(open_tokeniser(settings), encoder, calibration)


def _run(
    engine: "RetrievalEngine", evaluated: "EvaluationSet", scratch: Path | None
) -> "list[Outcome]":
    from qa_service.retrieval.evaluation import index_set, run
    from qa_service.retrieval.snapshot import Stamp, load_vectors, save_snapshot

    recipe = engine.recipe()
    store = scratch / evaluated.name if scratch else None
    known = load_vectors(store, recipe) if store else {}
    with progress_bar(f"{evaluated.name} 编码") as advance:
        index_set(engine, evaluated, known=known, progress=advance)
    if store:
        save_snapshot(engine.index.compacted(), store, recipe, Stamp(evaluated.name, 0))
    with progress_bar(f"{evaluated.name} 提问") as advance:
        return run(engine, evaluated.queries, advance)


def _print(report: "EvaluationReport") -> None:
    typer.echo(
        f"{report.name}：库中 {report.pairs} 条，"
        f"可答问题 {report.answerable}，不可答问题 {report.unanswerable}"
    )
    typer.echo("信号      R@1     R@5     R@10    MRR@10  nDCG@10")
    _print_row("词面", report.lexical)
    if report.dense:
        _print_row("语义", report.dense)
    _print_row("整体", report.whole)
    verdicts = report.verdicts
    typer.echo(
        f"直接答复：覆盖率 {verdicts.coverage:.3f}，准确率 {_number(verdicts.precision)}，"
        f"不可答却答复 {_number(verdicts.false_answer_rate)}；判定次数 {verdicts.counts}"
    )
    typer.echo(f"每次检索毫秒：p50 {report.ms_p50}，p99 {report.ms_p99}")


def _print_row(name: str, figures: "RankingFigures") -> None:
    values = (
        figures.recall_at_1,
        figures.recall_at_5,
        figures.recall_at_10,
        figures.mrr_at_10,
        figures.ndcg_at_10,
    )
    typer.echo(f"{name}      " + "  ".join(f"{value:.4f}" for value in values))


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"
