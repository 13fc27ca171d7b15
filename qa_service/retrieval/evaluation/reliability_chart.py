"""Draws the reliability diagram and the coverage curve (needs the extra ``bench``)."""

from collections.abc import Sequence
from pathlib import Path

from qa_service.retrieval.evaluation.reliability import CurvePoint, Reliability


def draw_reliability(
    name: str, found: Reliability, curve: Sequence[CurvePoint], path: Path
) -> None:
    """Write the PNG to ``path``; raises ModuleNotFoundError without matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.5))
    left.plot([0, 1], [0, 1], color="grey", linestyle="--")
    left.plot(
        [part.confidence for part in found.bins],
        [part.accuracy for part in found.bins],
        marker="o",
    )
    left.set(xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    left.set_title(f"{name}: ECE {found.expected_calibration_error:.3f}")
    right.plot([point.coverage for point in curve], [point.precision for point in curve])
    right.set(xlabel="coverage", ylabel="precision of answered", ylim=(0.5, 1.01))
    right.set_title("precision by coverage")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
