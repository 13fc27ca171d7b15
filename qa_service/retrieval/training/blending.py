"""Averages two adapters, so that further training does not undo what was known.

The mean of the weights before and after further training is often better than either on
questions of another origin (WiSE-FT: Wortsman et al., 2022).
"""

import numpy as np

from qa_service.retrieval.encoders.e5.weights import Tensor
from qa_service.retrieval.reranking.adapter import (
    CHANGE,
    HEAD_BIAS,
    HEAD_WEIGHT,
    RANGE,
    Adapter,
)


def blended(before: Adapter, after: Adapter, share: float) -> Adapter:
    """Return the adapter whose changes are ``share`` of ``after``'s and the rest of ``before``'s.

    A linear that ``before`` leaves unchanged counts as changed by 0. A channel's range is the
    greater one of both.
    """
    tensors: dict[str, Tensor] = {
        name: (1 - share) * before.tensors[name] + share * after.tensors[name]
        for name in (HEAD_WEIGHT, HEAD_BIAS)
    }
    for name, changed in after.tensors.items():
        if name.endswith(f".{CHANGE}"):
            former = before.tensors.get(name, np.zeros_like(changed))
            tensors[name] = (1 - share) * former + share * changed
    ranges = before.ranges
    for linear, widest in after.ranges.items():
        tensors[f"{linear}.{RANGE}"] = np.maximum(widest, ranges.get(linear, widest))
    return Adapter(tensors, after.encoder)
