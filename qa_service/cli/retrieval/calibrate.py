"""``qa-service calibrate``: fits order, verdict and its thresholds to judged sets."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import report_errors, say
from qa_service.cli.retrieval.judged_sets import (
    ScratchOption,
    load_set,
    open_engine,
    run_set,
    sets_in,
)
from qa_service.cli.retrieval.requirements import (
    Faults,
    make_folder,
    options_given,
    refuse_faults,
    require_encoder,
    require_models,
    unused,
)
from qa_service.cli.service import read_settings
from qa_service.retrieval.evaluation.judged_questions import Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa_service.retrieval.engine import RetrievalEngine
    from qa_service.retrieval.evaluation.dataset import EvaluationSet
    from qa_service.retrieval.evaluation.evaluation import Outcome
    from qa_service.retrieval.evaluation.fitting import Example
    from qa_service.retrieval.evaluation.leave_one_out import SetOutcomes
    from qa_service.retrieval.ranking.calibration import Calibration
    from qa_service.retrieval.ranking.domain import DomainModel
    from qa_service.retrieval.ranking.verdict_model import VerdictModel

SEED = 7
"""Seed of the wordings from which the domain of a question is learned."""

LEAST_SETS = 2
"""Sets that leave one to fit on when another is left out."""

ONLY_REPORTED = "--leave-one-out 只报告，不写校准文件；请去掉其中之一"

WITHOUT_TEST = "[fit]"
"""End of the name of a set without its test split."""


def calibrate(
    context: typer.Context,
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
    from qa_service.knowledge.indexing.calibration_files import own_calibration_file
    from qa_service.retrieval.ranking.calibration import save_calibration

    refuse_faults(unused(options_given(context, "out") if leave_one_out else [], ONLY_REPORTED))
    target = out or own_calibration_file(read_settings().data_dir)
    with report_errors():
        # What is at fault is told before anything is asked, which takes minutes.
        faults = Faults()
        sets = _fitting_sets(folders, part, faults)
        with faults.kept():
            if leave_one_out:
                _require_others(folders)
            elif len(sets) == len(folders):
                _require_unanswerable(sets)
        with faults.kept():
            wordings = read_domain(groups) if groups else None
        made = [one for one in (scratch, None if leave_one_out else target.parent) if one]
        faults.of_folders(made)
        faults.refuse()
        for results in made:
            make_folder(results)
        engine = open_engine(_in_use())
        require_models(engine)
        found = [_by_purpose(one.name, run_set(engine, one, scratch)) for one in sets]
        domain = domain_of(engine, wordings) if wordings else None
        if leave_one_out:
            _print_left_out(found, engine, precision, domain)
            return
        provenance = provenance_of(engine, sets, precision)
        fitted = _fitted(found, engine, precision, domain, provenance)
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


def _fitted(
    sets: "Sequence[SetOutcomes]",
    engine: "RetrievalEngine",
    precision: float,
    domain: "DomainModel | None",
    provenance: dict[str, str],
) -> "Calibration":
    """Return the calibration fitted on all sets; where one part is missing the other serves.

    Raises UnusableEvaluationSetError where every question has an answer.
    """
    from qa_service.retrieval.evaluation.fitting import examples_of, fit, require_unanswerable
    from qa_service.retrieval.ranking.calibration import unfitted

    first = [row for one in sets for row in examples_of(one.name, one.ordering)]
    last = [row for one in sets for row in examples_of(one.name, one.judging)]
    require_unanswerable(row.relevant for row in last or first)
    fitted = fit(first or last, unfitted(), precision=precision, provenance=provenance)
    return with_verdict(fitted, last or first, engine, precision, domain)


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


def read_domain(groups: Path) -> "tuple[list[str], list[str]]":
    """Return questions of the groups about policy, and of the general ones.

    Raises UnusableWordingGroupsError where one of both is missing.
    """
    from qa_service.retrieval.training.wording_groups import (
        GENERAL_FILE,
        UnusableWordingGroupsError,
        read_groups,
    )

    policy, general = read_groups(groups).spread(SEED)
    if not policy or not general:
        raise UnusableWordingGroupsError(
            f"目录 {groups} 中要同时有政策问法和 {GENERAL_FILE}（日常问法），才能学会辨认"
        )
    return policy, general


def domain_of(engine: "RetrievalEngine", wordings: "tuple[list[str], list[str]]") -> "DomainModel":
    """Return the model fitted on questions about policy and general ones.

    Raises EncoderUnavailableError.
    """
    from qa_service.retrieval.evaluation.domain_fitting import fit_domain

    return fit_domain(require_encoder(engine), *wordings)


def verdict_in_use(engine: "RetrievalEngine") -> "VerdictModel | None":
    """Return the verdict that the service uses now, as it holds for this encoder."""
    return _in_use().verdict_for(engine.recipe().encoder)


def _in_use() -> "Calibration":
    """Return the calibration that the service uses now, an unfitted one where it is unusable.

    It tells which questions hold two matters, of which none is answered outright.
    """
    from qa_service.errors import ConfigurationError
    from qa_service.knowledge.indexing.calibration_files import calibration_file
    from qa_service.retrieval.ranking.calibration import load_calibration, unfitted

    try:
        return load_calibration(calibration_file(read_settings().data_dir))
    except ConfigurationError:
        return unfitted()


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


def _fitting_sets(folders: list[Path], part: int | None, faults: Faults) -> "list[EvaluationSet]":
    """Return the sets to fit on: of one whose queries state a split all but the test split.

    Of others it is the ``part``. Keeps an UnusableEvaluationSetError for each unusable folder, for
    two sets of one name, and for a ``part`` where every set states splits.
    """
    found = sets_in(folders, lambda folder: _fitting_set(folder, part), faults)
    if len(found) == len(folders):
        with faults.kept():
            _require_part(found, part)
    return found


def _require_unanswerable(sets: "Sequence[EvaluationSet]") -> None:
    """Raise UnusableEvaluationSetError where all questions that judge have an answer."""
    from qa_service.retrieval.evaluation.fitting import require_unanswerable

    queries = [query for one in sets for query in one.queries]
    judging = [query for query in queries if query.split != Split.TRAIN]
    require_unanswerable(query.relevant for query in judging or queries)


def _require_part(sets: "list[EvaluationSet]", part: int | None) -> None:
    """Raise UnusableEvaluationSetError for a ``part`` where every set states splits."""
    from qa_service.retrieval.evaluation.dataset import UnusableEvaluationSetError

    if part is not None and all(one.name.endswith(WITHOUT_TEST) for one in sets):
        raise UnusableEvaluationSetError(
            "各评测集的问题都已注明划分，按划分拟合，--part 不起作用，请去掉"
        )


def _require_others(folders: list[Path]) -> None:
    """Raise UnusableEvaluationSetError unless there are other sets to fit on for each."""
    from qa_service.retrieval.evaluation.dataset import UnusableEvaluationSetError

    if len(folders) < LEAST_SETS:
        raise UnusableEvaluationSetError(
            "--leave-one-out 用其余评测集拟合，至少要给出两个评测集目录"
        )


def _fitting_set(folder: Path, part: int | None) -> "EvaluationSet":
    """Return the set to fit on: without its test split if its queries state one, else a part."""
    from qa_service.retrieval.evaluation.dataset import UnusableEvaluationSetError

    whole = load_set(folder, None)
    if not any(query.split for query in whole.queries):
        return load_set(folder, part)
    kept = tuple(query for query in whole.queries if query.split != Split.TEST)
    if not kept:
        raise UnusableEvaluationSetError(f"评测集 {folder} 只有测试划分的问题，不能用来拟合")
    return replace(whole, name=f"{whole.name}{WITHOUT_TEST}", queries=kept)
