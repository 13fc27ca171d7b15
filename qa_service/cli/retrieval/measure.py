"""``qa-service evaluate`` and ``calibrate``: retrieval quality, and the decision thresholds."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import JsonOption, progress_bar, report_errors, say, show_json
from qa_service.cli.retrieval.score_check import describe_check
from qa_service.cli.service import read_settings
from qa_service.retrieval.evaluation.judged_questions import Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.retrieval.evaluation.dataset import EvaluationSet
    from qa_service.retrieval.evaluation.evaluation import Outcome
    from qa_service.retrieval.evaluation.fitting import Example
    from qa_service.retrieval.evaluation.leave_one_out import SetOutcomes
    from qa_service.retrieval.evaluation.report import (
        EvaluationReport,
        KindFigures,
        RankingFigures,
    )
    from qa_service.retrieval.ranking.calibration import Calibration
    from qa_service.retrieval.ranking.domain import DomainModel
    from qa_service.retrieval.ranking.verdict_model import VerdictModel

SEED = 7
"""Seed of the wordings from which the domain of a question is learned."""

ScratchOption = Annotated[
    Path | None, typer.Option(help="保存向量的目录，重复评测时不再计算；默认用后即删")
]


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
    from qa_service.retrieval.evaluation.evaluation import check_bm25
    from qa_service.retrieval.evaluation.report import summarise
    from qa_service.retrieval.ranking.calibration import load_calibration
    from qa_service.services import calibration_file

    with report_errors():
        evaluated = load_set(folder, part, split)
        engine = open_engine(load_calibration(calibration_file(read_settings())))
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


def calibrate(
    folders: Annotated[list[Path], typer.Argument(help="评测集目录，可给出多个")],
    precision: Annotated[float, typer.Option(min=0.5, max=0.999, help="直接答复的准确率")] = 0.99,
    out: Annotated[
        Path | None, typer.Option(help="校准文件；默认写入数据目录，运行中的服务随即使用")
    ] = None,
    part: Annotated[int | None, typer.Option(min=0, max=1, help="只用一半（0 或 1）拟合")] = None,
    scratch: ScratchOption = None,
    groups: Annotated[
        Path | None, typer.Option(help="问法分组目录，由其学习辨认政策问题；默认沿用现有校准的")
    ] = None,
    leave_one_out: Annotated[
        bool, typer.Option("--leave-one-out", help="只报告：每个评测集由其余评测集拟合时的结果")
    ] = False,
) -> None:
    """拟合排序与判定模型，并按要求的准确率选定阈值；注明划分的问题，排序用训练划分，判定用校准划分。"""
    from qa_service.retrieval.evaluation.fitting import (
        examples_of,
        fit,
        require_unanswerable,
    )
    from qa_service.retrieval.ranking.calibration import save_calibration, unfitted
    from qa_service.services import own_calibration_file

    with report_errors():
        engine = open_engine(unfitted())
        sets = [_fitting_set(folder, part) for folder in folders]
        if not leave_one_out:
            queries = [query for one in sets for query in one.queries]
            judging = [query for query in queries if query.split != Split.TRAIN]
            # Before anything is asked, which takes minutes.
            require_unanswerable(query.relevant for query in judging or queries)
        found = [_by_purpose(one.name, run_set(engine, one, scratch)) for one in sets]
        domain = domain_of(engine, groups) if groups else None
        if leave_one_out:
            _print_left_out(found, engine, precision, domain)
            return
        first = [row for one in found for row in examples_of(one.name, one.ordering)]
        last = [row for one in found for row in examples_of(one.name, one.judging)]
        require_unanswerable(row.relevant for row in last or first)
        provenance = provenance_of(engine, sets, precision)
        fitted = fit(first or last, engine.calibration, precision=precision, provenance=provenance)
        fitted = with_verdict(fitted, last or first, engine, precision, domain)
        target = out or own_calibration_file(read_settings())
        target.parent.mkdir(parents=True, exist_ok=True)
        save_calibration(fitted, target)
    threshold = (fitted.verdict or fitted).answer_threshold
    say(f"已写入 {target}：直接答复阈值 {threshold:.3f}")


def _by_purpose(name: str, outcomes: "Sequence[Outcome]") -> "SetOutcomes":
    """Part outcomes by split: the order learns from the train split, the verdict from tune."""
    from qa_service.retrieval.evaluation.leave_one_out import SetOutcomes

    return SetOutcomes(
        name,
        ordering=[one for one in outcomes if one.query.split != Split.TUNE],
        judging=[one for one in outcomes if one.query.split != Split.TRAIN],
    )


def _print_left_out(
    sets: "Sequence[SetOutcomes]",
    engine: "RetrievalEngine",
    precision: float,
    domain: "DomainModel | None",
) -> None:
    """Print the figures of each set by a calibration fitted on the others."""
    from qa_service.retrieval.evaluation.leave_one_out import leave_one_set_out

    scorer = engine.reranker.scores if engine.reranker else None
    by_set = leave_one_set_out(sets, precision=precision, scorer=scorer, domain=domain)
    for name, found in by_set.items():
        typer.echo(
            f"{name}（由其余评测集拟合）：R@1 {found.recall_at_1:.4f}，"
            f"nDCG@10 {found.ndcg_at_10:.4f}，覆盖率 {found.coverage:.3f}，"
            f"直接答复 {found.answers}，其中答错 {found.wrong_answers}"
        )


def with_verdict(
    fitted: "Calibration",
    examples: "Sequence[Example]",
    engine: "RetrievalEngine",
    precision: float,
    domain: "DomainModel | None" = None,
) -> "Calibration":
    """Return ``fitted`` with a verdict on re-ranked candidates, if there is a re-ranker.

    What cannot be learned from ``examples`` is that of the calibration in use.
    """
    from qa_service.retrieval.evaluation.verdict_fitting import fit_verdict
    from qa_service.retrieval.evaluation.verdict_sample import by_origin
    from qa_service.retrieval.ranking.calibration import RERANKER

    if engine.reranker is None:
        return fitted
    say("正在重排评测问题的候选，约需几分钟")
    judged, others = by_origin(examples)
    verdict = fit_verdict(
        judged,
        fitted,
        engine.reranker.scores,
        precision=precision,
        others=others,
        domain=domain,
        former=verdict_in_use(engine),
    )
    provenance = {**fitted.provenance, RERANKER: engine.reranker.fingerprint}
    return replace(fitted, verdict=verdict, provenance=provenance)


def domain_of(engine: "RetrievalEngine", groups: Path) -> "DomainModel | None":
    """Return the model fitted on the groups; None without an encoder.

    Raises UnusableWordingGroupsError.
    """
    from qa_service.retrieval.evaluation.domain_fitting import fit_domain
    from qa_service.retrieval.training.wording_groups import read_groups

    policy, general = read_groups(groups).spread(SEED)
    return fit_domain(engine.encoder, policy, general) if engine.encoder else None


def verdict_in_use(engine: "RetrievalEngine") -> "VerdictModel | None":
    """Return the verdict that the service uses now, as it holds for this encoder."""
    from qa_service.errors import ConfigurationError
    from qa_service.retrieval.ranking.calibration import load_calibration
    from qa_service.services import calibration_file

    try:
        current = load_calibration(calibration_file(read_settings()))
    except ConfigurationError:
        return None
    return current.verdict_for(engine.recipe().encoder)


def provenance_of(
    engine: "RetrievalEngine", sets: "Sequence[EvaluationSet]", precision: float
) -> dict[str, str]:
    """Return the provenance of a calibration: precision, sets, fingerprints and time."""
    from qa_service.clock import SystemClock, beijing_day
    from qa_service.retrieval.ranking.calibration import (
        ENCODER,
        FITTED_ON,
        PRECISION,
        SET,
        TOKENIZER,
    )

    return {
        PRECISION: str(precision),
        **{f"{SET}{judged.name}": judged.fingerprint() for judged in sets},
        TOKENIZER: engine.recipe().tokenizer,
        ENCODER: engine.recipe().encoder,
        FITTED_ON: beijing_day(SystemClock().now()).isoformat(),
    }


def _fitting_set(folder: Path, part: int | None) -> "EvaluationSet":
    """Return the set to fit on: without its test split if its queries state one, else a part."""
    whole = load_set(folder, None)
    if any(query.split for query in whole.queries):
        kept = tuple(query for query in whole.queries if query.split != Split.TEST)
        return replace(whole, name=f"{whole.name}[fit]", queries=kept)
    return load_set(folder, part)


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
        baselines = index_set(engine, evaluated, known=known, progress=advance)
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
