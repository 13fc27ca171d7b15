"""``qa-service train-reranker``: trains the re-ranker on judged questions."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import progress_bar, report_errors, say
from qa_service.cli.retrieval.judged_sets import load_set, open_engine, vectors_in_use
from qa_service.cli.retrieval.requirements import (
    Faults,
    make_folder,
    options_given,
    refuse_faults,
    require_encoder,
    require_folder,
    unused,
)
from qa_service.cli.service import read_settings
from qa_service.retrieval.evaluation.judged_questions import Split

if TYPE_CHECKING:
    from qa_service.retrieval.encoders.encoder import Encoder
    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.retrieval.evaluation.dataset import EvaluationSet
    from qa_service.retrieval.reranking.adapter import Adapter
    from qa_service.retrieval.training.contrasts import ContrastSet
    from qa_service.retrieval.training.look_alikes import LookAlike
    from qa_service.retrieval.training.network import CrossEncoderNetwork
    from qa_service.retrieval.training.rows import RankedQuery
    from qa_service.retrieval.training.trainer import Training
    from qa_service.retrieval.training.wording_groups import WordingGroups

ADAPTER_FILE = "reranker.safetensors"
CURVE_FILE = "learning-curve.json"

ASKED_ALONE = "没有 --groups，没有分组可问；请用 --groups 给出，或去掉 --asked"
BLEND_ALONE = "没有 --start，没有可与新学到的合并的模型；请用 --start 给出，或去掉 --blend"


@dataclass(frozen=True, slots=True)
class Samples:
    """Questions to learn from and to measure with, and the pairs that may be wrong candidates."""

    learned: "list[RankedQuery]"
    tune: "list[RankedQuery]"
    own: frozenset[int]


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
    refuse_faults(
        unused(options_given(context, "asked") if groups is None else [], ASKED_ALONE),
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
            before = _starting_point(start) if start else None
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
        samples = _samples(engine, evaluated, seed, variants=variants, whole_bank=whole_bank)
        if alike:
            more = _rank_look_alikes(engine, encoder, alike, evaluated, samples)
            more += _read_themselves(evaluated, samples, alike, grouped, seed)
            samples = _with_more(samples, more)
        if grouped:
            more = _rank_groups(encoder, grouped, seed, asked)
            if start:
                more = _without_twins(more, grouped, start, threads)
            samples = _with_more(samples, more)
        if edited:
            samples = _with_more(samples, _rank_contrasts(encoder, edited, seed))
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
        network = train(
            model, samples.learned, samples.tune, plan, keep, own=samples.own, start=before
        )
        _write_blended(network, model, samples.learned, out, before=before, share=blend)
    say(f"已写入 {out}")


def load_training_set(folder: Path) -> "EvaluationSet":
    """Return the set in ``folder``; its questions state train and tune split.

    Raises UnusableEvaluationSetError for another.
    """
    from qa_service.retrieval.evaluation.dataset import UnusableEvaluationSetError

    found = load_set(folder, None)
    missing = [split for split in (Split.TRAIN, Split.TUNE) if not found.of_split(split).queries]
    if missing:
        labels = "、".join(f"{split.label}（{split}）" for split in missing)
        raise UnusableEvaluationSetError(f"评测集 {folder} 中没有划分为{labels}的问题，无法训练")
    return found


def require_new_folder(out: Path) -> None:
    """Raise ConflictError where the folder of the results holds a model already, else OSError."""
    from qa_service.errors import ConflictError

    if (out / ADAPTER_FILE).exists():
        raise ConflictError(f"{out} 中已有重排模型 {ADAPTER_FILE}，请另选目录，或先移走它")
    require_folder(out)


def read_groups_in(folder: Path) -> "WordingGroups":
    """Return the groups of wordings in ``folder``; raises UnusableWordingGroupsError."""
    from qa_service.retrieval.training.wording_groups import read_groups

    return read_groups(folder)


def look_alikes_in(folder: Path, questions: Path) -> "list[LookAlike]":
    """Return the look-alikes in ``folder`` of the bank that ``questions`` are asked of.

    Raises UnusableLookAlikesError. None without the bank, which is a fault of the questions.
    """
    from qa_service.retrieval.evaluation.dataset import BANK_FILE, pair_ids_by_key
    from qa_service.retrieval.training.look_alikes import read_look_alikes

    if not (questions.parent / BANK_FILE).exists():
        return []
    return read_look_alikes(folder, pair_ids_by_key(questions.parent))


def contrasts_in(
    folder: Path, questions: Path, grouped: "WordingGroups | None"
) -> "list[ContrastSet]":
    """Return the contrast sets in ``folder`` of the bank that ``questions`` are asked of.

    Those of groups too, if ``grouped`` are given. Raises UnusableContrastsError. None without
    the bank, which is a fault of the questions.
    """
    from qa_service.retrieval.evaluation.dataset import BANK_FILE, wordings_by_key
    from qa_service.retrieval.training.contrasts import Contrasted, read_contrasts

    if not (questions.parent / BANK_FILE).exists():
        return []
    groups = None if grouped is None else {group[0]: group for group in grouped.every()}
    return read_contrasts(folder, Contrasted(wordings_by_key(questions.parent), groups))


def _starting_point(path: Path) -> "Adapter":
    """Return the adapter to go on from; raises AdapterUnusableError."""
    from qa_service.retrieval.encoders.e5.model import WEIGHTS_SHA256
    from qa_service.retrieval.reranking.adapter import load_adapter

    return load_adapter(path, encoder=WEIGHTS_SHA256)


def _samples(
    engine: "RetrievalEngine",
    evaluated: "EvaluationSet",
    seed: int,
    *,
    variants: int,
    whole_bank: bool,
) -> Samples:
    """Index the set and return its questions, with ``variants`` wordings of each pair at most.

    The wordings are those of every pair with ``whole_bank``, else of the train split's pairs.
    """
    from qa_service.retrieval.evaluation.evaluation import index_set
    from qa_service.retrieval.training.rows import pairs_in, pairs_of, rank_queries, rank_variants

    with progress_bar("编码") as advance:
        known = vectors_in_use(engine)
        index_set(engine, evaluated, known=known, progress=advance)
    with progress_bar("挑选训练样本") as advance:
        learned = rank_queries(engine, evaluated, Split.TRAIN, advance)
        own = pairs_in(evaluated) if whole_bank else pairs_of(learned)
        learned += rank_variants(engine, evaluated, own, seed, most=variants, progress=advance)
        tune = rank_queries(engine, evaluated, Split.TUNE, advance)
    return Samples(learned, tune, own)


def _with_more(samples: Samples, more: "list[RankedQuery]") -> Samples:
    """Return the samples with more questions to learn from."""
    from qa_service.retrieval.training.rows import pairs_of

    own = samples.own | pairs_of(more)
    return replace(samples, learned=samples.learned + more, own=own)


def _rank_groups(
    encoder: "Encoder", grouped: "WordingGroups", seed: int, asked: int
) -> "list[RankedQuery]":
    """Return questions of the groups with their candidates."""
    from qa_service.retrieval.training.group_candidates import rank_groups

    say("正在编码问法分组，约需几分钟")
    groups = grouped.every()
    vectors = encoder.encode_texts([text for group in groups for text in group])
    return rank_groups(groups, vectors, seed, most=asked)


def _rank_look_alikes(
    engine: "RetrievalEngine",
    encoder: "Encoder",
    look_alikes: "list[LookAlike]",
    evaluated: "EvaluationSet",
    samples: Samples,
) -> "list[RankedQuery]":
    """Return look-alikes of the own pairs with the pair, and questions with look-alikes."""
    from qa_service.retrieval.training.look_alikes import (
        rank_look_alikes,
        read_beside_look_alikes,
    )

    say("正在编码相似而不同的问法")
    own = [one for one in look_alikes if one.pair_id in samples.own]
    vectors = encoder.encode_texts([one.text for one in own])
    stored = engine.vectors_by_text()
    return [
        *rank_look_alikes(own, vectors, evaluated.pairs, stored),
        *read_beside_look_alikes(samples.learned, own, vectors, stored),
    ]


def _read_themselves(
    evaluated: "EvaluationSet",
    samples: Samples,
    look_alikes: "list[LookAlike]",
    grouped: "WordingGroups | None",
    seed: int,
) -> "list[RankedQuery]":
    """Return own look-alikes and one wording of each own pair and group beside themselves."""
    import random

    from qa_service.retrieval.training.retold import read_beside_themselves

    chance = random.Random(seed)  # noqa: S311 - a draw of examples, not a secret
    own = [one for one in evaluated.pairs if one.pair_id in samples.own]
    texts = [
        *((one.text, "") for one in look_alikes if one.pair_id in samples.own),
        *((chance.choice((one.question, *one.variants)), one.question) for one in own),
        *((chance.choice(group), group[0]) for group in (grouped.every() if grouped else ())),
    ]
    return read_beside_themselves(texts, chance)


def _rank_contrasts(
    encoder: "Encoder", contrasts: "list[ContrastSet]", seed: int
) -> "list[RankedQuery]":
    """Return texts a small edit away from a stored wording, with that wording."""
    from qa_service.retrieval.training.contrasts import rank_contrasts

    say("正在编码一字之差的问法")
    return rank_contrasts(contrasts, encoder.encode_texts, seed)


def _without_twins(
    ranked: "list[RankedQuery]", grouped: "WordingGroups", start: Path, threads: int
) -> "list[RankedQuery]":
    """Return the questions without candidates that the model in ``start`` takes for the same.

    Raises RerankerUnavailableError.
    """
    from qa_service.retrieval.reranking.reranker import load_default
    from qa_service.retrieval.training.group_candidates import without_twins

    data_dir = read_settings().data_dir
    reranker = load_default(start, data_dir=data_dir, report=say, threads=threads)
    with progress_bar("比对不同事项的问法") as advance:
        return without_twins(ranked, grouped.matters(), reranker.scores, advance)


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
