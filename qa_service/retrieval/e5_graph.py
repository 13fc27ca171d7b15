"""multilingual-e5-small as one ONNX graph with integer arithmetic, for onnxruntime.

Weights are rounded to integers per output channel, activations per token: so a vector does
not depend on the texts it was encoded beside, as it would with one scale for a whole batch.
The word table keeps the 4-bit blocks of its file. Inputs ``input_ids`` and
``attention_mask``, int64 of shape (texts, tokens); output ``sentence_embedding``, float32 of
shape (texts, 384) and unit length.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from qa_service.retrieval.e5_file import BLOCK, E5File, Tensor

GRAPH_FILE = "encoder.onnx"

OPSET = 21
IR_VERSION = 10
MICROSOFT = "com.microsoft"

WEIGHT_LIMIT = 63
"""Greatest rounded weight: one bit is left unused, because processors without VNNI add two
products of eight bits in sixteen, which would overflow."""

ACTIVATION_LIMIT = 127
ZERO_POINT = 128


def write_graph(source: E5File, path: Path) -> None:
    """Write the graph of ``source`` to ``path``."""
    onnx.save(_Builder(source).model(), str(path))


class _Builder:
    """Adds nodes one by one; every method that adds returns the name of its output."""

    def __init__(self, source: E5File) -> None:
        self._source = source
        self._tensors = source.tensors
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def model(self) -> onnx.ModelProto:
        state = self._embedding()
        mask = self._op("Cast", ["attention_mask"], to=onnx.TensorProto.INT32)
        for layer in range(self._source.shape.layers):
            state = self._layer(f"l{layer}", state, mask)
        self._pooling(state)
        inputs = [
            helper.make_tensor_value_info(name, onnx.TensorProto.INT64, ["texts", "tokens"])
            for name in ("input_ids", "attention_mask")
        ]
        output = helper.make_tensor_value_info(
            "sentence_embedding", onnx.TensorProto.FLOAT, ["texts", self._source.shape.hidden]
        )
        graph = helper.make_graph(
            self._nodes, "e5", inputs, [output], list(self._constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets)
        model.ir_version = IR_VERSION
        return model

    def _embedding(self) -> str:
        hidden = self._source.shape.hidden
        positions = self._tensors["emb.pos"].reshape(-1, hidden)
        kinds = self._tensors["emb.type"].reshape(-1, hidden)
        length = self._op("Shape", ["input_ids"], start=1, end=2)
        zero = self._constant("zero", np.array([0]))
        placed = self._op(
            "Slice", [self._constant("positions", positions + kinds[0]), zero, length, zero]
        )
        return self._normalised(self._op("Add", [self._words(), placed]), "emb.ln")

    def _words(self) -> str:
        table = self._source.packed_words
        rows, half = table.nibbles.shape
        blocks = 2 * half // BLOCK
        zeros = np.full((rows * blocks + 1) // 2, 0x88, np.uint8)
        for name, columns, content in (
            ("words", 2 * half, table.nibbles),
            ("word_zeros", blocks, zeros),
        ):
            self._constants[name] = helper.make_tensor(
                name, onnx.TensorProto.UINT4, [rows, columns], content.tobytes(), raw=True
            )
        return self._op(
            "GatherBlockQuantized",
            ["words", "input_ids", self._constant("word_scales", table.scales), "word_zeros"],
            domain=MICROSOFT,
            block_size=BLOCK,
            gather_axis=0,
            quantize_axis=1,
        )

    def _layer(self, name: str, state: str, mask: str) -> str:
        attended = self._attention(name, state, mask)
        state = self._add_and_normalise(
            state, self._linear(attended, [f"{name}.ao"]), f"{name}.aln", f"{name}.ao"
        )
        wide = self._op(
            "BiasGelu",
            [self._linear(state, [f"{name}.fi"]), self._tensor(f"{name}.fi.b")],
            domain=MICROSOFT,
        )
        narrow = self._linear(wide, [f"{name}.fo"])
        return self._add_and_normalise(state, narrow, f"{name}.oln", f"{name}.fo")

    def _attention(self, name: str, state: str, mask: str) -> str:
        parts = [f"{name}.{part}" for part in "qkv"]
        projected = self._linear(state, parts)
        split = self._split(projected, len(parts))
        bias = np.concatenate([self._tensors[f"{part}.b"] for part in parts])
        return self._op(
            "MultiHeadAttention",
            [*split, self._constant(f"{name}.qkv.b", bias), mask],
            domain=MICROSOFT,
            num_heads=self._source.shape.heads,
        )

    def _add_and_normalise(self, state: str, change: str, norm: str, bias: str) -> str:
        # SkipLayerNormalization is the three in one, and takes twice as long (onnxruntime 1.32).
        biased = self._op("Add", [change, self._tensor(f"{bias}.b")])
        return self._normalised(self._op("Add", [state, biased]), norm)

    def _normalised(self, state: str, norm: str) -> str:
        return self._op(
            "LayerNormalization",
            [state, self._tensor(f"{norm}.w"), self._tensor(f"{norm}.b")],
            axis=-1,
            epsilon=self._source.shape.epsilon,
        )

    def _linear(self, state: str, parts: Sequence[str]) -> str:
        """``state`` times the weights of ``parts`` side by side, without their bias."""
        weights = np.concatenate([self._tensors[f"{part}.w"] for part in parts])
        scales = np.abs(weights).max(axis=1) / WEIGHT_LIMIT
        rounded = np.rint(weights / scales[:, None]).astype(np.int8)
        largest = self._largest(state)
        step = self._constant("step", np.float32(1 / ACTIVATION_LIMIT))
        zero_point = self._constant("zero_point", np.uint8(ZERO_POINT))
        within_one = self._op("Div", [state, largest])
        product = self._op(
            "MatMulIntegerToFloat",
            [
                self._op("QuantizeLinear", [within_one, step, zero_point]),
                self._constant(f"{parts[0]}.rounded", rounded.T),
                step,
                self._constant(f"{parts[0]}.scales", scales.astype(np.float32)),
                zero_point,
            ],
            domain=MICROSOFT,
        )
        return self._op("Mul", [product, largest])

    def _largest(self, state: str) -> str:
        """The greatest magnitude of each token, which is never 0 behind a normalised layer."""
        last = self._constant("last_axis", np.array([-1]))
        return self._op("ReduceMax", [self._op("Abs", [state]), last], keepdims=1)

    def _pooling(self, state: str) -> None:
        """The mean over tokens at unit length; the mean's divisor cancels in the length."""
        flags = self._op("Cast", ["attention_mask"], to=onnx.TensorProto.FLOAT)
        column = self._op("Unsqueeze", [flags, self._constant("last_axis", np.array([-1]))])
        masked = self._op("Mul", [state, column])
        summed = self._op(
            "ReduceSum", [masked, self._constant("token_axis", np.array([1]))], keepdims=0
        )
        self._nodes.append(
            helper.make_node("LpNormalization", [summed], ["sentence_embedding"], axis=-1, p=2)
        )

    def _tensor(self, name: str) -> str:
        return self._constant(name, self._tensors[name])

    def _constant(self, name: str, values: npt.NDArray[np.generic] | np.generic | Tensor) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.array(values, order="C"), name)
        return name

    def _split(self, source: str, parts: int) -> list[str]:
        names = [f"n{len(self._nodes)}_{part}" for part in range(parts)]
        self._nodes.append(helper.make_node("Split", [source], names, axis=-1, num_outputs=parts))
        return names

    def _op(
        self, kind: str, inputs: Sequence[str], *, domain: str = "", **attributes: float
    ) -> str:
        name = f"n{len(self._nodes)}"
        self._nodes.append(
            helper.make_node(kind, list(inputs), [name], domain=domain, **attributes)  # type: ignore[arg-type]
        )
        return name
