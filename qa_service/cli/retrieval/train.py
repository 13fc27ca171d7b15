"""``qa-service train-reranker``: trains the re-ranker on judged questions."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import report_errors, say
from qa_service.cli.retrieval.judged_sets import open_engine
from qa_service.cli.retrieval.requirements import (
    Faults,
    make_folder,
    options_given,
    refuse_faults,
    require_encoder,
    require_folder,
    unused,
)
from qa_service.cli.retrieval.sample_kinds import SampleKind, drawn, read_amounts
from qa_service.cli.retrieval.training_samples import (
    answer_samples,
    answers_in,
    bank_samples,
    contrast_samples,
    contrasts_in,
    group_samples,
    letter_samples,
    letters_in,
    load_training_set,
    look_alike_samples,
    look_alikes_in,
    read_groups_in,
    samples_beside_themselves,
    with_more,
    without_twin_groups,
)
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from qa_service.retrieval.reranking.adapter import Adapter
    from qa_service.retrieval.training.network import CrossEncoderNetwork
    from qa_service.retrieval.training.rows import RankedQuery
    from qa_service.retrieval.training.trainer import Training

ADAPTER_FILE = "reranker.safetensors"
CURVE_FILE = "learning-curve.json"

ANSWERS_ALONE = "没有 --groups，没有分组的答案可学；请用 --groups 给出，或去掉 --answers"
ASKED_ALONE = "没有 --groups，没有分组可问；请用 --groups 给出，或去掉 --asked"
BLEND_ALONE = "没有 --start，没有可与新学到的合并的模型；请用 --start 给出，或去掉 --blend"


def train_reranker(
    context: typer.Context,
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
    look_alikes: Annotated[
        Path | None, typer.Option(help="相似而不同的问法目录，学习不把它们当作相应问答")
    ] = None,
    contrasts: Annotated[
        Path | None, typer.Option(help="一字之差的问法目录，学习改动一处后问的是不是同一件事")
    ] = None,
    letters: Annotated[
        Path | None, typer.Option(help="来信目录，学习一封信问的是不是相应问答的事")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(help="问法分组的答案目录，学习答案里有没有说到所问的事")
    ] = None,
    most: Annotated[
        list[str] | None,
        typer.Option(help="某类样本最多取几条，写作 类别=条数，可重复；默认全取"),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="接着训练的重排模型文件；默认从语义模型开始")
    ] = None,
    rate: Annotated[float, typer.Option(min=1e-6, max=0.01, help="最大学习率")] = 1e-4,
    blend: Annotated[
        float,
        typer.Option(min=0.01, max=1, help="新学到的所占比例，其余取自 --start 的模型"),
    ] = 1.0,
) -> None:
    """只用训练划分训练重排模型（交叉编码器），并在校准划分上记录学习曲线。"""
    refuse_faults(
        unused(options_given(context, "asked") if groups is None else [], ASKED_ALONE),
        unused(["--answers"] if groups is None and answers else [], ANSWERS_ALONE),
        unused(["--blend"] if start is None and blend < 1 else [], BLEND_ALONE),
        ["--until 不能大于 --steps"] if until and steps and until > steps else [],
    )
    with report_errors():
        # What is at fault is told before anything is asked, which takes minutes.
        settings = read_settings()
        faults = Faults()
        with faults.kept():
            evaluated = load_training_set(folder)
        with faults.kept():
            grouped = read_groups_in(groups) if groups else None
        with faults.kept():
            alike = look_alikes_in(look_alikes, folder) if look_alikes else []
        with faults.kept():
            edited = contrasts_in(contrasts, folder, grouped) if contrasts else []
        with faults.kept():
            written = letters_in(letters, folder) if letters else []
        with faults.kept():
            answered = answers_in(answers, grouped) if answers else []
        with faults.kept():
            before = _starting_point(start) if start else None
        with faults.kept():
            amounts = read_amounts(most or [])
        with faults.kept():
            require_new_folder(out)
        faults.refuse()
        make_folder(out)

        from qa_service.knowledge.indexing.calibration_files import calibration_file
        from qa_service.retrieval.encoders.e5.model import ensure_default_model, packaged_weights
        from qa_service.retrieval.ranking.calibration import load_calibration
        from qa_service.retrieval.training.trainer import Plan, train

        engine = open_engine(load_calibration(calibration_file(settings.data_dir)), reads=False)
        encoder = require_encoder(engine)
        samples = bank_samples(engine, evaluated, seed, variants=variants, whole_bank=whole_bank)
        if alike:
            more = look_alike_samples(engine, encoder, alike, evaluated, samples)
            beside = samples_beside_themselves(evaluated, samples, alike, grouped, seed)
            samples = with_more(samples, SampleKind.LOOK_ALIKES, more)
            samples = with_more(samples, SampleKind.THEMSELVES, beside)
        texts = [*edited, *written]
        read = answer_samples(encoder, evaluated, samples, texts, answered, seed)
        if grouped:
            more = group_samples(encoder, grouped, seed, asked)
            if start:
                more = without_twin_groups(more, grouped, start, threads)
            samples = with_more(samples, SampleKind.GROUPS, more)
        if edited:
            more = contrast_samples(encoder, edited, seed)
            samples = with_more(samples, SampleKind.CONTRASTS, more)
        if written:
            more = letter_samples(encoder, written, seed)
            samples = with_more(samples, SampleKind.LETTERS, more)
        samples = with_more(samples, SampleKind.ANSWERS, read)
        learned = drawn(samples.by_kind, amounts, seed)
        model = ensure_default_model(settings.data_dir / "models", packaged_weights(), say)

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
        network = train(model, learned, samples.tune, plan, keep, own=samples.own, start=before)
        _write_blended(network, model, learned, out, before=before, share=blend)
    say(f"已写入 {out}")


def require_new_folder(out: Path) -> None:
    """Raise ConflictError where the folder of the results holds a model already, else OSError."""
    from qa_service.errors import ConflictError

    if (out / ADAPTER_FILE).exists():
        raise ConflictError(f"{out} 中已有重排模型 {ADAPTER_FILE}，请另选目录，或先移走它")
    require_folder(out)


def _starting_point(path: Path) -> "Adapter":
    """Return the adapter to go on from; raises AdapterUnusableError."""
    from qa_service.retrieval.encoders.e5.model import WEIGHTS_SHA256
    from qa_service.retrieval.reranking.adapter import load_adapter

    return load_adapter(path, encoder=WEIGHTS_SHA256)


def _write_blended(
    network: "CrossEncoderNetwork",
    model: Path,
    learned: "list[RankedQuery]",
    out: Path,
    *,
    before: "Adapter | None",
    share: float,
) -> None:
    """Write the adapter with its ranges, blended with the one ``before`` it."""
    from qa_service.retrieval.encoders.e5.model import WEIGHTS_SHA256
    from qa_service.retrieval.reranking.adapter import Adapter, save_adapter
    from qa_service.retrieval.training.blending import blended
    from qa_service.retrieval.training.trainer import measured_ranges

    say("正在测量激活范围")
    trained = {**network.trained(), **measured_ranges(network, model, learned)}
    adapter = Adapter(trained, WEIGHTS_SHA256)
    if before is not None and share < 1:
        adapter = blended(before, adapter, share)
    save_adapter(adapter, out / ADAPTER_FILE)


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
