"""Three verdicts from calibrated probabilities: answer, offer a choice, or say no.

The order of candidates and the probability that the first one is right each come
from a logistic model over raw features (never from a fused or per-query normalised
score). Guard words that disagree forbid ``answered`` whatever the probability.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa_service.errors import ConfigurationError
from qa_service.retrieval.features import FEATURES, Described

CALIBRATION_FORMAT = 1

WORD_FOR_WORD = 0.999
"""Probability of a pair whose own wording, and no other pair's, is what was asked."""

TOP_FEATURES = (
    *FEATURES,
    "relevance",
    "relevance_gap",
    "cosine_gap",
    "bm25_gap",
    "cosine_over_crowd",
)
"""What the decision looks at: the first candidate, and its distance to the others."""


class Verdict(StrEnum):
    """What the operator is to do."""

    ANSWERED = "answered"
    """命中"""
    CHOOSE = "choose"
    """选一"""
    UNMATCHED = "unmatched"
    """未命中"""


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A logistic model over standardised features; arrays of shape (features,)."""

    mean: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    bias: float

    def score(self, features: npt.NDArray[np.float64]) -> float:
        """The log-odds of one vector, shape (features,)."""
        return float(((features - self.mean) / self.scale) @ self.weights + self.bias)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted models and thresholds, with what they were fitted on and for."""

    relevance: LinearModel
    decision: LinearModel
    answer_threshold: float
    choose_threshold: float
    provenance: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place; ``relevance`` is the log-odds that orders candidates."""

    described: Described
    relevance: float

    @property
    def pair_id(self) -> int:
        """The pair's id."""
        return self.described.pair_id

    @property
    def is_word_for_word(self) -> bool:
        """Whether the question is the pair's own question or variant."""
        return self.described.feature("same_text") > 0


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and, for each ranked candidate, the probability that it is right."""

    verdict: Verdict
    confidences: tuple[float, ...]


def rank(candidates: Sequence[Described], calibration: Calibration) -> list[Ranked]:
    """The candidates, the most relevant first; ties by pair id, so that order is stable.

    A pair that is asked word for word stands before every other.
    """
    scored = [Ranked(found, calibration.relevance.score(found.features)) for found in candidates]
    return sorted(
        scored, key=lambda ranked: (not ranked.is_word_for_word, -ranked.relevance, ranked.pair_id)
    )


def top_features(ranked: Sequence[Ranked]) -> npt.NDArray[np.float64]:
    """The decision's features of a non-empty ranking, shape (len(TOP_FEATURES),)."""
    top, others = ranked[0], ranked[1:]
    second = others[0] if others else None
    crowd = [other.described.feature("cosine_question") for other in others[4:20]]
    cosine = top.described.feature("cosine_question")
    gaps = (
        top.relevance,
        top.relevance - second.relevance if second else 5.0,
        _gap(top, second, "cosine_question", 0.1),
        _gap(top, second, "bm25_question", 1.0),
        cosine - float(np.mean(crowd)) if crowd else 0.1,
    )
    return np.concatenate([top.described.features, gaps])


def decide(ranked: Sequence[Ranked], calibration: Calibration, *, degraded: bool) -> Decision:
    """The verdict on a ranking; without an encoder nothing is answered outright."""
    if not ranked:
        return Decision(Verdict.UNMATCHED, ())
    first = _probability(calibration.decision.score(top_features(ranked)))
    if _is_asked_word_for_word(ranked):
        first = max(first, calibration.answer_threshold, WORD_FOR_WORD)
    confidences = tuple(_share(first, ranked[0].relevance - other.relevance) for other in ranked)
    if first < calibration.choose_threshold:
        return Decision(Verdict.UNMATCHED, confidences)
    # A pair found only by its answer was never asked in any wording of its own.
    answer_only = ranked[0].described.feature("answer_only") > 0
    forbidden = degraded or answer_only or bool(ranked[0].described.guards.conflicts)
    if first >= calibration.answer_threshold and not forbidden:
        return Decision(Verdict.ANSWERED, confidences)
    return Decision(Verdict.CHOOSE, confidences)


def _is_asked_word_for_word(ranked: Sequence[Ranked]) -> bool:
    # Two pairs that share a wording cannot both be meant.
    return ranked[0].is_word_for_word and not any(r.is_word_for_word for r in ranked[1:2])


def load_calibration(path: Path) -> Calibration:
    """The calibration stored at ``path``; raises ConfigurationError if it cannot be used."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["format"] != CALIBRATION_FORMAT or tuple(raw["features"]) != TOP_FEATURES:
            raise ConfigurationError(f"校准文件 {path.name} 与程序版本不符，请重新校准")
        return Calibration(
            relevance=_model(raw["relevance"]),
            decision=_model(raw["decision"]),
            answer_threshold=float(raw["answer_threshold"]),
            choose_threshold=float(raw["choose_threshold"]),
            provenance=dict(raw["provenance"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"校准文件 {path.name} 无法读取，请重新校准") from error


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write ``calibration`` as JSON that a person can read and diff."""
    raw = {
        "format": CALIBRATION_FORMAT,
        "features": list(TOP_FEATURES),
        "relevance": _plain(calibration.relevance),
        "decision": _plain(calibration.decision),
        "answer_threshold": calibration.answer_threshold,
        "choose_threshold": calibration.choose_threshold,
        "provenance": calibration.provenance,
    }
    path.write_text(json.dumps(raw, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _model(raw: dict[str, list[float] | float]) -> LinearModel:
    return LinearModel(
        np.array(raw["mean"]),
        np.array(raw["scale"]),
        np.array(raw["weights"]),
        float(raw["bias"]),  # type: ignore[arg-type]
    )


def _plain(model: LinearModel) -> dict[str, list[float] | float]:
    return {
        "mean": model.mean.round(6).tolist(),
        "scale": model.scale.round(6).tolist(),
        "weights": model.weights.round(6).tolist(),
        "bias": round(model.bias, 6),
    }


def _gap(top: Ranked, second: Ranked | None, name: str, alone: float) -> float:
    if second is None:
        return alone
    return top.described.feature(name) - second.described.feature(name)


def _probability(log_odds: float) -> float:
    return 1 / (1 + exp(-max(-50.0, min(50.0, log_odds))))


def _share(first: float, relevance_gap: float) -> float:
    # A runner-up is right only if the first is not: its share falls with its distance.
    return first if relevance_gap <= 0 else first * exp(-relevance_gap)
