"""The report of ``qa-service tune`` for people."""

from typing import TYPE_CHECKING

import typer

from qa_service.cli.console import say

if TYPE_CHECKING:
    from qa_service.consultation.learning.record import LearningRecord
    from qa_service.retrieval.evaluation.model_selection import CalibrationFigures, Comparison


def print_record(made: "LearningRecord") -> None:
    """Print the lessons, the figures of both, the bound, and what is used."""
    found = made.comparison
    typer.echo("学习的问法：" + "，".join(f"{o.label} {n}" for o, n in made.origins.items()))
    _print_figures("现用", found.current)
    _print_figures("新拟合", found.fitted)
    typer.echo(
        f"留作检验的 {found.questions} 问：首位正确 {found.right_first.mean:+.4f}"
        f"（95% 把握不低于 {found.right_first.low:+.4f}），直接答复 {found.answering.mean:+.4f}"
        f"（{found.answering.low:+.4f}），合计 {found.gain.mean:+.4f}（{found.gain.low:+.4f}）"
    )
    if found.shipped is not None:
        _print_figures("随附评测问题，现用", found.shipped.current)
        _print_figures("随附评测问题，新拟合", found.shipped.fitted)
    say(
        "新模型确有把握更好，已启用；运行中的服务几秒内自行换上"
        if made.is_taken
        else _why_kept(found)
    )


def _why_kept(found: "Comparison") -> str:
    """Return in Chinese why the models in use stay."""
    if found.gain.low <= 0:
        return "没有把握说新模型更好，保留现用的模型"
    if found.forgets:
        return "新模型在随附评测问题上变差，保留现用的模型"
    return "新模型直接答错的更多，保留现用的模型"


def _print_figures(name: str, figures: "CalibrationFigures") -> None:
    typer.echo(
        f"{name}：R@1 {figures.recall_at_1:.4f}，nDCG@10 {figures.ndcg_at_10:.4f}，"
        f"覆盖率 {figures.coverage:.3f}，直接答复 {figures.answers}，答错 {figures.wrong_answers}"
    )
