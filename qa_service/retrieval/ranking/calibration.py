"""The calibration: fitted models of ranking and decision, thresholds, and provenance.

A calibration contains the fingerprints it was fitted with. With another model or dictionary
its probabilities are invalid, so nothing is answered outright until it is refitted.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_service.errors import ConfigurationError
from qa_service.retrieval.backends.contract import Recipe
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.retrieval.ranking.features import FEATURES, PLACES
from qa_service.retrieval.ranking.verdict_model import (
    VERDICT_FEATURES,
    Measured,
    VerdictModel,
)

CALIBRATION_FORMAT = 3

Matrix = npt.NDArray[np.float64]

ANSWER_ONLY = PLACES["answer_only"]

GAPS = ("relevance", "relevance_gap", "cosine_gap", "bm25_gap", "cosine_over_crowd")

TOP_FEATURES = (*FEATURES, *GAPS)
"""Features of the decision: those of the first candidate, and its lead over the others."""

TOKENIZER, ENCODER, RERANKER = "cutter", "encoder", "reranker"
"""Keys, in the file, of the fingerprints that must equal the engine's."""

ADAPTER = "adapter"
"""Key of the checksum of the adapter, where the re-ranker was tuned on this machine."""

PRECISION, FITTED_ON = "precision", "fitted_on"
"""Keys of the precision that was asked for, and of the day of the last fit or check."""

SET = "set:"
"""Beginning of the keys of the sets it was fitted on."""

MODEL_ARRAYS = ("mean", "scale", "weights", "bias")

UNFITTED_WEIGHTS = {
    "cosine_question": 20.0,
    "cosine_answer": 5.0,
    "bm25_question": 3.0,
    "bm25_answer": 2.0,
    "pair_covered": 2.0,
    "bigram_dice": 2.0,
    "guard_conflicts": -0.5,
}
"""Plausible initial weights of the order, for fitting."""


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Two logistic models over standardised features.

    The first is for pairs with a question, the second for those that only their answer can
    match, where cosine and overlap have a different meaning. ``mean`` and ``scale`` have shape
    (features,), ``weights`` (2, features), ``bias`` (2,).
    """

    mean: Matrix
    scale: Matrix
    weights: Matrix
    bias: Matrix
    slopes: Matrix = field(init=False, repr=False, compare=False)
    offsets: Matrix = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Fold standardisation into the weights, once instead of at every query."""
        # Standardisation is folded into the weights once instead of computed for every query.
        slopes = self.weights / self.scale
        object.__setattr__(self, "slopes", slopes)
        object.__setattr__(self, "offsets", self.bias - slopes @ self.mean)

    def score(self, features: Matrix) -> Matrix:
        """Return the log-odds of each row, (rows,), of ``features``, (rows, features)."""
        both = features @ self.slopes.T + self.offsets
        return np.where(features[:, ANSWER_ONLY] > 0, both[:, 1], both[:, 0])


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted models and thresholds, with what they were fitted on, with and for.

    ``verdict`` judges what was re-ranked; None where no re-ranker was there to fit it with.
    """

    relevance: LinearModel
    decision: LinearModel
    answer_threshold: float
    choose_threshold: float
    provenance: dict[str, str]
    verdict: VerdictModel | None = None

    @property
    def fingerprint(self) -> str:
        """A hash of all that it decides by."""
        return sha256(_written(self).encode()).hexdigest()

    def holds_for(self, recipe: Recipe) -> bool:
        """Return whether it was fitted with the tokenizer and encoder of ``recipe``."""
        fitted_with = self.provenance.get(TOKENIZER), self.provenance.get(ENCODER)
        return fitted_with == (recipe.tokenizer, recipe.encoder)

    def verdict_for(self, encoder: str) -> VerdictModel | None:
        """Return the verdict as it holds for the encoder with this fingerprint.

        With another one than its own every question counts as one about policy: its domain is a
        model over vectors of its encoder.
        """
        if self.verdict is None or self.provenance.get(ENCODER) == encoder:
            return self.verdict
        return replace(self.verdict, domain=None)

    def judges_scores_of(self, reranker: str) -> bool:
        """Return whether it was fitted on scores of the re-ranker with this fingerprint."""
        return self.verdict is not None and self.provenance.get(RERANKER) == reranker


def unfitted() -> Calibration:
    """Return the initial calibration for fitting; it holds for no recipe."""
    weights = np.array([UNFITTED_WEIGHTS.get(name, 0.0) for name in FEATURES])
    return Calibration(
        relevance=_plain_model(np.stack([weights, weights])),
        decision=_plain_model(np.zeros((2, len(TOP_FEATURES)))),
        answer_threshold=1.0,
        choose_threshold=0.0,
        provenance={},
    )


def _plain_model(weights: Matrix) -> LinearModel:
    """Return the model with these weights and no standardisation."""
    features = weights.shape[1]
    return LinearModel(np.zeros(features), np.ones(features), weights, np.zeros(2))


def load_calibration(path: Path) -> Calibration:
    """Return the calibration stored at ``path``; raises ConfigurationError if unusable."""
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
            verdict=_verdict(raw["verdict"]) if raw["verdict"] else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"校准文件 {path.name} 无法读取，请重新校准") from error


def save_calibration(calibration: Calibration, path: Path) -> None:
    """Write ``calibration`` as JSON that a person can read and diff."""
    path.write_text(_written(calibration), encoding="utf-8")


def _written(calibration: Calibration) -> str:
    """Return the text of a calibration file."""
    raw = {
        "format": CALIBRATION_FORMAT,
        "features": list(TOP_FEATURES),
        "relevance": _plain(calibration.relevance),
        "decision": _plain(calibration.decision),
        "answer_threshold": calibration.answer_threshold,
        "choose_threshold": calibration.choose_threshold,
        "verdict": _plain_verdict(calibration.verdict) if calibration.verdict else None,
        "provenance": calibration.provenance,
    }
    return json.dumps(raw, ensure_ascii=False, indent=1) + "\n"


def _verdict(raw: Mapping[str, Any]) -> VerdictModel:
    """Return the verdict model of a JSON object; raises ValueError for other features."""
    if tuple(raw["features"]) != VERDICT_FEATURES:
        raise ValueError(raw["features"])
    mean, scale, weights, bias = (np.array(raw[name], np.float64) for name in MODEL_ARRAYS)
    return VerdictModel(
        mean=mean,
        scale=scale,
        weights=weights,
        bias=bias,
        answer_threshold=float(raw["answer_threshold"]),
        letter_threshold=float(raw["letter_threshold"]),
        choose_threshold=float(raw["choose_threshold"]),
        score_weight=float(raw["score_weight"]),
        least_log_odds=float(raw["least_log_odds"]),
        least_elsewhere=float(raw["least_elsewhere"]),
        domain=_domain(raw["domain"]) if raw.get("domain") else None,
        measured=_measured(raw["measured"]) if raw["measured"] else None,
    )


def _domain(raw: Mapping[str, Any]) -> DomainModel:
    """Return the model of a JSON object."""
    return DomainModel(np.array(raw["weights"], np.float64), float(raw["bias"]))


def _plain_domain(model: DomainModel) -> dict[str, object]:
    """Return the JSON object of a model."""
    return {"weights": model.weights.round(4).tolist(), "bias": round(model.bias, 4)}


def _measured(raw: Mapping[str, Any]) -> Measured:
    """Return the measured answers of a JSON object."""
    curve = tuple((float(at), float(share), float(right)) for at, share, right in raw["curve"])
    return Measured(
        questions=int(raw["questions"]),
        answered=int(raw["answered"]),
        right=int(raw["right"]),
        low=float(raw["low"]),
        curve=curve,
    )


def _plain_verdict(model: VerdictModel) -> dict[str, object]:
    """Return the JSON object of a verdict model."""
    return {
        "features": list(VERDICT_FEATURES),
        **{name: getattr(model, name).round(6).tolist() for name in MODEL_ARRAYS},
        "answer_threshold": model.answer_threshold,
        "letter_threshold": model.letter_threshold,
        "choose_threshold": model.choose_threshold,
        "score_weight": model.score_weight,
        "least_log_odds": model.least_log_odds,
        "least_elsewhere": model.least_elsewhere,
        "domain": _plain_domain(model.domain) if model.domain else None,
        "measured": asdict(model.measured) if model.measured else None,
    }


def _model(raw: Mapping[str, Any]) -> LinearModel:
    """Return the model of a JSON object."""
    return LinearModel(*(np.array(raw[name], np.float64) for name in MODEL_ARRAYS))


def _plain(model: LinearModel) -> dict[str, object]:
    """Return the JSON object of a model."""
    return {name: getattr(model, name).round(6).tolist() for name in MODEL_ARRAYS}
