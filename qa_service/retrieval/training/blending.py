"""Averages two adapters, so that further training does not undo what was known.

The mean of the weights before and after further training is often better than either on
questions of another origin (WiSE-FT: Wortsman et al., 2022).
"""

import numpy as np

from qa_service.retrieval.encoders.e5.weights import Tensor
from qa_service.retrieval.reranking.adapter import (
    DOWN,
    HEAD_BIAS,
    HEAD_WEIGHT,
    RANGE,
    UP,
    Adapter,
)
from qa_service.retrieval.training.low_rank import nearest_of_rank


def blended(before: Adapter, after: Adapter, share: float) -> Adapter:
    """Return the adapter whose changes are ``share`` of ``after``'s and the rest of ``before``'s.

    A linear that ``before`` leaves unchanged counts as changed by 0. The mean of two changes of
    low rank is brought back to the rank of ``after`` by its greatest singular values. A
    channel's range is the greater one of both.
    """
    tensors: dict[str, Tensor] = {
        name: (1 - share) * before.tensors[name] + share * after.tensors[name]
        for name in (HEAD_WEIGHT, HEAD_BIAS)
    }
    for linear in _linears(after):
        rank = len(after.tensors[f"{linear}.{DOWN}"])
        ups, downs = [share * after.tensors[f"{linear}.{UP}"]], [after.tensors[f"{linear}.{DOWN}"]]
        if f"{linear}.{DOWN}" in before.tensors:
            ups.append((1 - share) * before.tensors[f"{linear}.{UP}"])
            downs.append(before.tensors[f"{linear}.{DOWN}"])
        tensors[f"{linear}.{UP}"], tensors[f"{linear}.{DOWN}"] = nearest_of_rank(
            np.hstack(ups), np.vstack(downs), rank
        )
    ranges = before.ranges
    for linear, widest in after.ranges.items():
        tensors[f"{linear}.{RANGE}"] = np.maximum(widest, ranges.get(linear, widest))
    return Adapter(tensors, after.encoder)


def _linears(adapter: Adapter) -> list[str]:
    """Return the names of the linears that the adapter changes."""
    ending = f".{DOWN}"
    return [name.removesuffix(ending) for name in adapter.tensors if name.endswith(ending)]
