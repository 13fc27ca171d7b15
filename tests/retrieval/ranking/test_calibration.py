"""A calibration as it is stored: bounds and domain are kept, also of files without them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from qa_service.knowledge.indexing.calibration_files import default_calibration
from qa_service.retrieval.ranking.calibration import (
    ENCODER,
    Calibration,
    load_calibration,
    save_calibration,
)
from qa_service.retrieval.ranking.domain import DomainModel
from qa_service.retrieval.ranking.verdict_model import Length, VerdictModel


def calibrated() -> Calibration:
    shipped = load_calibration(default_calibration())
    assert shipped.verdict is not None
    domain = DomainModel(np.array([0.5, -0.25]), 1.5)
    verdict = replace(
        shipped.verdict,
        least_log_odds=0.5,
        least_elsewhere=3.5,
        answer_threshold=0.75,
        letter_threshold=0.875,
        domain=domain,
    )
    return replace(shipped, verdict=verdict)


def bounds_of(verdict: VerdictModel) -> tuple[float, float]:
    """The bounds of questions about policy and of others."""
    return verdict.least_log_odds, verdict.least_elsewhere


def test_bounds_and_domain_are_kept_in_the_file(tmp_path: Path) -> None:
    save_calibration(calibrated(), tmp_path / "c.json")
    verdict = load_calibration(tmp_path / "c.json").verdict
    assert verdict is not None
    assert bounds_of(verdict) == (0.5, 3.5)
    assert verdict.threshold(Length.LETTER) == 0.875
    assert verdict.threshold(Length.LONG) == verdict.threshold(Length.SHORT) == 0.75
    assert verdict.domain is not None
    assert verdict.domain.weights.tolist() == [0.5, -0.25]
    assert verdict.domain.bias == 1.5


def test_with_another_encoder_the_bounds_hold_without_the_domain() -> None:
    calibration = calibrated()
    own = calibration.verdict_for(calibration.provenance[ENCODER])
    other = calibration.verdict_for("another")
    assert own is not None
    assert own.domain is not None
    assert other is not None
    assert other.domain is None
    assert bounds_of(other) == (0.5, 3.5)


def test_the_fingerprint_tells_verdicts_apart() -> None:
    made = calibrated()
    assert made.verdict is not None
    stricter = replace(made, verdict=replace(made.verdict, letter_threshold=0.9))
    assert made.fingerprint == calibrated().fingerprint
    assert made.fingerprint != stricter.fingerprint
