"""Percentiles and how they are printed: a table for people, JSON for software."""

import json
from collections.abc import Mapping, Sequence

import numpy as np


def percentiles(samples: Sequence[float]) -> dict[str, float]:
    """p50 and p99 of ``samples``, two decimals, in their own unit."""
    return {
        "p50": round(float(np.percentile(samples, 50)), 2),
        "p99": round(float(np.percentile(samples, 99)), 2),
    }


def show(figures: Mapping[str, object], *, as_json: bool) -> None:
    """Print one figure a line, or all as one JSON object."""
    if as_json:
        print(json.dumps(figures, ensure_ascii=False, indent=2))
        return
    for name, value in figures.items():
        print(f"{name:<32}{value}")
