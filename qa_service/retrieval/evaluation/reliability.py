"""Reliability of probabilities, and confidence intervals of the figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

BINS = 10
RESAMPLES = 1_000
CONFIDENCE = 0.95
CURVE_POINTS = 50


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of similar confidence: mean confidence and share of right answers."""

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Bins of equal size by confidence, and the expected calibration error over them."""

    bins: tuple[Bin, ...]
    expected_calibration_error: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Figures of answering from ``threshold`` upward; None where nothing could be counted."""

    threshold: float
    coverage: float
    precision: float | None
    false_answer_rate: float | None


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a 95 % bootstrap interval."""

    low: float
    high: float


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> Reliability:
    """Compare confidences with the share right, in equal-mass bins (Naeini et al., 2015)."""
    order = np.argsort(confidences, kind="stable")
    parts = np.array_split(order, min(BINS, max(1, len(order))))
    sure, won = np.asarray(confidences, float), np.asarray(right, float)
    bins = tuple(
        Bin(len(part), round(float(sure[part].mean()), 4), round(float(won[part].mean()), 4))
        for part in parts
        if len(part)
    )
    gaps = [abs(sure[part].mean() - won[part].mean()) * len(part) for part in parts if len(part)]
    return Reliability(bins, round(float(sum(gaps)) / max(1, len(order)), 4))


def answer_curve(
    confidences: Sequence[float],
    right: Sequence[bool],
    answerable: Sequence[bool],
    allows_answer: Sequence[bool],
) -> tuple[CurvePoint, ...]:
    """Return coverage, precision and false answers by threshold, highest confidence first."""
    sure, allowed = np.asarray(confidences, float), np.asarray(allows_answer, bool)
    won, can = np.asarray(right, bool), np.asarray(answerable, bool)
    if not allowed.any():
        return ()
    levels = np.unique(sure[allowed])[::-1]
    chosen = levels[np.unique(np.linspace(0, len(levels) - 1, CURVE_POINTS).astype(int))]
    points = []
    for threshold in chosen:
        answered = allowed & (sure >= threshold)
        points.append(
            CurvePoint(
                threshold=round(float(threshold), 4),
                coverage=round(float((answered & won).sum() / max(1, can.sum())), 4),
                precision=share(int((answered & won).sum()), int(answered.sum())),
                false_answer_rate=share(int((answered & ~can).sum()), int((~can).sum())),
            )
        )
    return tuple(points)


def bootstrap(
    count: int, statistic: Callable[[npt.NDArray[np.int64]], float], *, seed: int = 1
) -> Interval:
    """Return the percentile interval of ``statistic`` over resampled places 0 … count - 1.

    Efron & Tibshirani (1993), ch. 13; queries are resampled. Resamples for which the statistic
    is not a number, such as a precision without answers, are left out.
    """
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, count, (RESAMPLES, count)) if count else np.empty((0, 0), int)
    values = np.array([statistic(places) for places in drawn])
    values = values[np.isfinite(values)]
    if not len(values):
        return Interval(float("nan"), float("nan"))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(round(float(low), 4), round(float(high), 4))


def share(part: int, total: int) -> float | None:
    """Return ``part / total`` to four decimals; None if ``total`` is 0."""
    return round(part / total, 4) if total else None
