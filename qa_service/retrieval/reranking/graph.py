"""The cross-encoder as one ONNX graph: the encoder's, with the adapter's changes and its head.

Inputs as the encoder's, and ``asked`` and ``offered``, which flag the tokens of the question and
of the candidate; output ``score``, float32 of shape (pairs,), the log-odds that it answers.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import helper

from qa_service.retrieval.encoders.e5.onnx_graph import GraphBuilder
from qa_service.retrieval.encoders.e5.weights import E5File, Tensor
from qa_service.retrieval.reranking.adapter import (
    HEAD_BIAS,
    HEAD_PARTS,
    HEAD_WEIGHT,
    SPREAD,
    Adapter,
)


def write_pair_graph(source: E5File, adapter: Adapter, path: Path) -> None:
    """Write the graph of ``source`` with ``adapter`` to ``path``."""
    merged = replace(source, tensors=adapter.merged(source.tensors))
    onnx.save(_PairBuilder(merged, adapter).model(), str(path))


class _PairBuilder(GraphBuilder):
    """Builds the graph of a cross-encoder."""

    INPUTS = ("input_ids", "attention_mask", "asked", "offered")

    def __init__(self, source: E5File, adapter: Adapter) -> None:
        """Prepare the graph of ``source``, whose weights hold the changes of ``adapter``."""
        super().__init__(source, adapter.ranges)
        head = adapter.tensors[HEAD_WEIGHT].reshape(HEAD_PARTS, -1).copy()
        head[1:] *= SPREAD
        self._head: Tensor = head.reshape(-1, 1)
        self._bias = adapter.tensors[HEAD_BIAS]

    def _output(self, state: str) -> onnx.ValueInfoProto:
        """Add the comparison of the question's tokens with the candidate's."""
        one = self._direction(state, "asked", name="asked_direction")
        other = self._direction(state, "offered", name="offered_direction")
        distance = self._op("Abs", [self._op("Sub", [one, other])])
        compared = [self._op("Mul", [one, other]), distance, one, other]
        joined = self._op("Concat", compared, axis=-1)
        product = self._op("MatMul", [joined, self._constant("head", self._head)])
        column = self._op("Add", [product, self._constant("head_bias", self._bias)])
        axis = self._constant("head_axis", np.array([1]))
        self._nodes.append(helper.make_node("Squeeze", [column, axis], ["score"]))
        return helper.make_tensor_value_info("score", onnx.TensorProto.FLOAT, ["texts"])
