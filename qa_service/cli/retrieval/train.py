"""``qa-service train-reranker``: trains the re-ranker on judged questions."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import progress_bar, report_errors, say
from qa_service.cli.retrieval.measure import load_set, open_engine
from qa_service.cli.service import read_settings
from qa_service.retrieval.evaluation.judged_questions import Split

if TYPE_CHECKING:
    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.retrieval.training.network import CrossEncoderNetwork
    from qa_service.retrieval.training.rows import RankedQuery
    from qa_service.retrieval.training.trainer import Training

ADAPTER_FILE = "reranker.safetensors"
CURVE_FILE = "learning-curve.json"


def train_reranker(
    folder: Annotated[Path, typer.Argument(help="评测问题目录，问题须注明划分")],
    out: Annotated[Path, typer.Option(help="写入重排模型与学习曲线的目录")],
    passes: Annotated[int, typer.Option(min=1, max=10, help="遍历训练问题的次数")] = 2,
    seed: Annotated[int, typer.Option(help="随机数种子")] = 7,
    steps: Annotated[int | None, typer.Option(min=1, help="最多训练的步数；默认遍历完为止")] = None,
    until: Annotated[
        int | None, typer.Option(min=1, help="到这一步为止，学习率仍按全程安排")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, max=64, help="线程数")] = 2,
    variants: Annotated[int, typer.Option(min=0, help="每条问答最多取几个库中问法作训练样本")] = 4,
    whole_bank: Annotated[
        bool, typer.Option("--whole-bank", help="库中问法取自全部问答，不只训练划分涉及的")
    ] = False,
    groups: Annotated[Path | None, typer.Option(help="问法分组目录，另取其问法作训练样本")] = None,
    asked: Annotated[int, typer.Option(min=1, help="每个问法分组最多取几个问法")] = 2,
    start: Annotated[
        Path | None, typer.Option(help="接着训练的重排模型文件；默认从语义模型开始")
    ] = None,
    rate: Annotated[float, typer.Option(min=1e-6, max=0.01, help="最大学习率")] = 1e-3,
    blend: Annotated[
        float,
        typer.Option(min=0.01, max=1, help="新学到的所占比例，其余取自 --start 的模型"),
    ] = 1.0,
) -> None:
    """只用训练划分训练重排模型（交叉编码器），并在校准划分上记录学习曲线。"""
    from qa_service.retrieval.encoders.e5.model import (
        WEIGHTS_SHA256,
        ensure_default_model,
        packaged_weights,
    )
    from qa_service.retrieval.evaluation.evaluation import index_set
    from qa_service.retrieval.ranking.calibration import load_calibration
    from qa_service.retrieval.reranking.adapter import Adapter, load_adapter, save_adapter
    from qa_service.retrieval.training.blending import blended
    from qa_service.retrieval.training.rows import (
        pairs_in,
        pairs_of,
        rank_queries,
        rank_variants,
    )
    from qa_service.retrieval.training.trainer import Plan, measured_ranges, train
    from qa_service.services import calibration_file

    with report_errors():
        settings = read_settings()
        evaluated = load_set(folder, None)
        engine = open_engine(load_calibration(calibration_file(settings)), reads=False)
        with progress_bar("编码") as advance:
            index_set(engine, evaluated, progress=advance)
        with progress_bar("挑选训练样本") as advance:
            learned = rank_queries(engine, evaluated, Split.TRAIN, advance)
            own = pairs_in(evaluated) if whole_bank else pairs_of(learned)
            learned += rank_variants(engine, evaluated, own, seed, most=variants, progress=advance)
            tune = rank_queries(engine, evaluated, Split.TUNE, advance)
        if groups is not None:
            more = _rank_groups(engine, groups, seed, asked)
            own |= pairs_of(more)
            learned += more
        model = ensure_default_model(settings.data_dir / "models", packaged_weights(), say)
        out.mkdir(parents=True, exist_ok=True)

        def keep(network: "CrossEncoderNetwork", run: "Training") -> None:
            """Write the network and its curve, so that a broken run is not lost."""
            _write(network, run, out, {"set": evaluated.fingerprint(), "seed": str(seed)})

        plan = Plan(
            passes=passes,
            seed=seed,
            most_steps=steps,
            until=until,
            threads=threads,
            learning_rate=rate,
        )
        before = load_adapter(start, encoder=WEIGHTS_SHA256) if start else None
        network = train(model, learned, tune, plan, keep, own=own, start=before)
        say("正在测量激活范围")
        trained = {**network.trained(), **measured_ranges(network, model, learned)}
        adapter = Adapter(trained, WEIGHTS_SHA256)
        if before is not None and blend < 1:
            adapter = blended(before, adapter, blend)
        save_adapter(adapter, out / ADAPTER_FILE)
    say(f"已写入 {out}")


def _rank_groups(
    engine: "RetrievalEngine", folder: Path, seed: int, asked: int
) -> "list[RankedQuery]":
    """Return questions of the groups with their candidates.

    Raises UnusableWordingGroupsError; EncoderUnavailableError without an encoder.
    """
    from qa_service.retrieval.encoders.encoder import EncoderUnavailableError
    from qa_service.retrieval.training.group_candidates import rank_groups
    from qa_service.retrieval.training.wording_groups import read_groups

    found = read_groups(folder).every()
    if engine.encoder is None:
        raise EncoderUnavailableError("没有语义模型，无法挑选训练样本；请检查 QA_EMBEDDING_MODEL")
    say("正在编码问法分组，约需几分钟")
    vectors = engine.encoder.encode_texts([text for group in found for text in group])
    return rank_groups(found, vectors, seed, most=asked)


def _write(
    network: "CrossEncoderNetwork", run: "Training", out: Path, provenance: dict[str, str]
) -> None:
    """Write the adapter and the learning curve."""
    from qa_service.retrieval.encoders.e5.model import WEIGHTS_SHA256
    from qa_service.retrieval.reranking.adapter import Adapter, save_adapter

    save_adapter(Adapter(network.trained(), WEIGHTS_SHA256), out / ADAPTER_FILE)
    record = {"provenance": provenance, **asdict(run)}
    text = json.dumps(record, ensure_ascii=False, indent=1)
    (out / CURVE_FILE).write_text(text + "\n", encoding="utf-8")
    point = run.curve[-1]
    say(
        f"第 {point.step}/{run.steps} 步，{point.seconds:.0f} 秒：训练损失 {point.train_loss}，"
        f"校准损失 {point.loss}，排序 AUROC {point.rank_auroc}，"
        f"相似而不同 AUROC {point.look_alike_auroc}，R@1 {point.recall_at_1}"
    )
