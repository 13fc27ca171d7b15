"""``qa-service evaluate``: retrieval quality."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import JsonOption, report_errors, say, show_json
from qa_service.cli.retrieval.judged_sets import ScratchOption, load_set, open_engine, run_set
from qa_service.cli.retrieval.requirements import Faults, make_folder
from qa_service.cli.retrieval.score_check import describe_check
from qa_service.cli.service import read_settings
from qa_service.retrieval.evaluation.judged_questions import Split

if TYPE_CHECKING:
    from qa_service.retrieval.evaluation.report import (
        EvaluationReport,
        KindFigures,
        RankingFigures,
    )


def evaluate(
    folder: Annotated[Path, typer.Argument(help="评测集目录，或起步库目录")],
    scratch: ScratchOption = None,
    part: Annotated[
        int | None, typer.Option(min=0, max=1, help="只评测一半（0 或 1），按库中文档划分")
    ] = None,
    split: Annotated[Split | None, typer.Option(help="只评测一个划分；评测问题须注明划分")] = None,
    report_to: Annotated[
        Path | None, typer.Option("--report", help="写入可靠性图（PNG、JSON）与覆盖率曲线的目录")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """评测检索质量：与基线并列的排序指标，三种判定的覆盖率与准确率，以及置信度的可靠性。"""
    from qa_service.knowledge.indexing.calibration_files import calibration_file
    from qa_service.retrieval.evaluation.evaluation import check_bm25
    from qa_service.retrieval.evaluation.report import summarise
    from qa_service.retrieval.ranking.calibration import load_calibration

    with report_errors():
        faults = Faults()
        with faults.kept():
            evaluated = load_set(folder, part, split)
        made = [one for one in (scratch, report_to) if one is not None]
        faults.of_folders(made)
        faults.refuse()
        for results in made:
            make_folder(results)
        engine = open_engine(load_calibration(calibration_file(read_settings().data_dir)))
        outcomes = run_set(engine, evaluated, scratch)
        report = summarise(evaluated, outcomes, check_bm25(engine, evaluated.queries))
        if report_to is not None:
            write_reliability(report, report_to)
    if not engine.is_calibrated:
        say("判定校准与现在的语义模型或词典不符：不会直接答复，请先运行 qa-service calibrate")
    if as_json:
        show_json(report)
    else:
        _print(report)


def write_reliability(report: "EvaluationReport", folder: Path) -> None:
    """Write reliability bins and coverage curve, with matplotlib also as a chart."""
    from qa_service.retrieval.evaluation.reliability_chart import draw_reliability

    folder.mkdir(parents=True, exist_ok=True)
    found = {"reliability": asdict(report.reliability), "curve": [asdict(p) for p in report.curve]}
    stem = report.name.replace("[", "-").replace("]", "")
    text = json.dumps(found, ensure_ascii=False, indent=1)
    (folder / f"{stem}-reliability.json").write_text(text + "\n", encoding="utf-8")
    try:
        picture = folder / f"{stem}-reliability.png"
        draw_reliability(report.name, report.reliability, report.curve, picture)
    except ModuleNotFoundError:
        say("没有安装 matplotlib，只写了 JSON；要画图请运行 pip install 'qa-service[bench]'")


def _print(report: "EvaluationReport") -> None:
    """Print the report as a table and lines in Chinese."""
    typer.echo(
        f"{report.name}：库中 {report.pairs} 条，"
        f"可答问题 {report.answerable}，不可答问题 {report.unanswerable}"
    )
    typer.echo("信号            R@1     R@5     R@10    MRR@10  nDCG@10")
    for name, figures in (
        ("rank-bm25", report.rank_bm25),
        ("单一向量", report.embedding),
        ("词面", report.lexical),
        ("语义", report.dense),
        ("RRF 融合", report.rrf),
        ("初排", report.fused),
        ("整体", report.whole),
    ):
        if figures:
            _print_row(name, figures)
    verdicts = report.verdicts
    typer.echo(
        f"直接答复：覆盖率 {verdicts.coverage:.3f}，准确率 {_number(verdicts.precision)}，"
        f"不可答却答复 {_number(verdicts.false_answer_rate)}；判定次数 {verdicts.counts}"
    )
    for kind, numbers in report.kinds.items():
        _print_kind(kind, numbers)
    for name, found in report.intervals.items():
        typer.echo(f"95% 区间 {name}：{found.low:.3f}–{found.high:.3f}")
    typer.echo(f"置信度的期望校准误差 {report.reliability.expected_calibration_error:.3f}")
    if report.bm25_check:
        typer.echo(describe_check(report.bm25_check))
    typer.echo(f"每次检索毫秒：p50 {report.ms_p50}，p99 {report.ms_p99}")


def _print_kind(kind: str, found: "KindFigures") -> None:
    """Print the numbers of one kind of query."""
    typer.echo(
        f"{kind}：{found.queries} 问，命中 {found.answered}（答对 {found.answered_right}），"
        f"请选择 {found.choose}，未命中 {found.unmatched}，"
        f"首位正确 {found.right_first}，前五可见 {found.shown_right}"
    )


def _print_row(name: str, figures: "RankingFigures") -> None:
    """Print one row of the table."""
    values = (
        figures.recall_at_1,
        figures.recall_at_5,
        figures.recall_at_10,
        figures.mrr_at_10,
        figures.ndcg_at_10,
    )
    # A Chinese character is two columns wide on a terminal.
    padded = name + " " * (16 - sum(1 if char.isascii() else 2 for char in name))
    typer.echo(padded + "  ".join(f"{value:.4f}" for value in values))


def _number(value: float | None) -> str:
    """Return a share with three decimals, or a dash."""
    return "—" if value is None else f"{value:.3f}"
