"""multilingual-e5-small as one ONNX graph with integer arithmetic, for onnxruntime.

Weights are rounded to integers per output channel. Activations are divided per channel, the
divisors are multiplied into the weights, and the quotients are rounded with one fixed scale
(SmoothQuant, Xiao et al., 2023). A vector therefore does not depend on the other texts of its
batch, as it would with a scale computed from the batch. The word table keeps the 4-bit blocks
of its file. Inputs ``input_ids`` and ``attention_mask``, int64 of shape (texts, tokens);
output ``sentence_embedding``, float32 of shape (texts, 384) and unit length.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from qa_service.retrieval.encoders.e5.weights import BLOCK, E5File, Tensor

OPSET = 21
IR_VERSION = 10
MICROSOFT = "com.microsoft"

WEIGHT_LIMIT = 63
"""Greatest rounded weight: one bit is left unused, because processors without VNNI add two
products of eight bits in sixteen, which would overflow."""

BALANCE, WIDE_BALANCE = 0.65, 0.75
"""Exponent of the channel ranges that are moved from activations into weights (SmoothQuant's
alpha): for linears that read the hidden state, and for the one that reads the wider state.
Chosen by agreement with fp32 (docs/decisions)."""

GELU_LEAST = -0.17
"""The least value of GELU, the lower bound of its activations."""

LEVELS = 255
LEAST_RANGE = 1e-4

RANGES_FILE = Path(__file__).with_name("ranges.npz")
"""The greatest magnitude of every channel a linear reads, over the texts of the starter bank;
written by ``python -m benchmarks.e5_ranges``."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """Rounding of one linear's activations: division by channel, then by ``step``."""

    divisors: Tensor
    step: np.float32
    zero_point: np.uint8


def rounding_of(
    ranges: Tensor, weights: Tensor, *, balance: float, least: float | None
) -> Rounding:
    """Return the rounding of activations of magnitude up to ``ranges``, shape (channels,).

    ``weights`` has shape (outputs, channels); ``least`` is the least value when it is known.
    """
    widest = np.maximum(ranges.astype(np.float32), LEAST_RANGE)
    heaviest = np.maximum(np.abs(weights).max(axis=0), LEAST_RANGE)
    divisors = widest**balance / heaviest ** (1 - balance)
    divisors = (divisors / np.exp(np.log(divisors).mean())).astype(np.float32)
    highest = float((widest / divisors).max())
    lowest = -highest if least is None else float((least / divisors).min())
    step = (highest - lowest) / LEVELS
    return Rounding(divisors, np.float32(step), np.uint8(round(-lowest / step)))


def write_graph(source: E5File, path: Path) -> None:
    """Write the graph of ``source`` to ``path``."""
    with np.load(RANGES_FILE) as ranges:
        onnx.save(GraphBuilder(source, dict(ranges)).model(), str(path))


def _rounded(weights: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.int8], Tensor]:
    """Return integers of ``weights``, shape (outputs, channels), and the scale of each output."""
    scales = (np.abs(weights).max(axis=1) / WEIGHT_LIMIT).astype(np.float32)
    return np.rint(weights / scales[:, None]).astype(np.int8), scales


class GraphBuilder:
    """Adds nodes one by one; every method that adds returns the name of its output.

    A graph with other inputs, or another output than the vector, is a subclass.
    """

    INPUTS: tuple[str, ...] = ("input_ids", "attention_mask")
    """Names of the inputs, int64 of shape (texts, tokens)."""

    def __init__(self, source: E5File, ranges: Mapping[str, Tensor]) -> None:
        """Prepare the graph of ``source``; ``ranges`` as in ``RANGES_FILE``."""
        self._source = source
        self._ranges = ranges
        self._tensors = source.tensors
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def model(self) -> onnx.ModelProto:
        """Return the whole model."""
        state = self._embedding()
        mask = self._op("Cast", ["attention_mask"], to=onnx.TensorProto.INT32)
        for layer in range(self._source.shape.layers):
            state = self._layer(f"l{layer}", state, mask)
        output = self._output(state)
        inputs = [
            helper.make_tensor_value_info(name, onnx.TensorProto.INT64, ["texts", "tokens"])
            for name in self.INPUTS
        ]
        graph = helper.make_graph(
            self._nodes, "e5", inputs, [output], list(self._constants.values())
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=opsets)
        model.ir_version = IR_VERSION
        return model

    def _embedding(self) -> str:
        """Add the sum of word, position and type embeddings, normalised."""
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
        """Add the lookup of word embeddings in the packed table."""
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
        """Add one transformer layer."""
        attended = self._attention(name, state, mask)
        state = self._add_and_normalise(state, self._linear(attended, f"{name}.ao"), f"{name}.aln")
        wide = self._op("Gelu", [self._linear(state, f"{name}.fi")], domain=MICROSOFT)
        return self._add_and_normalise(state, self._linear(wide, f"{name}.fo"), f"{name}.oln")

    def _attention(self, name: str, state: str, mask: str) -> str:
        """Add the self-attention of one layer."""
        weights, bias = (
            np.concatenate([self._tensors[f"{name}.{part}.{kind}"] for part in "qkv"])
            for kind in "wb"
        )
        # Only the output's linear reads the values, so its divisors are folded into their weights.
        divisors: Tensor = np.ones(len(bias), np.float32)
        divisors[-self._source.shape.hidden :] = self._rounding(f"{name}.ao").divisors
        rounding = self._rounding(f"{name}.q", weights)
        rounded, scales = _rounded(weights / divisors[:, None] * rounding.divisors)
        return self._op(
            "QAttention",
            [
                self._quantised(f"{name}.q", self._divided(f"{name}.q", state, rounding), rounding),
                self._constant(f"{name}.qkv.rounded", rounded.T),
                self._constant(f"{name}.qkv.b", bias / divisors),
                self._constant(f"{name}.q.step", rounding.step),
                self._constant(f"{name}.qkv.scales", scales),
                mask,
                self._constant(f"{name}.q.zero", rounding.zero_point),
                self._constant("weight_zeros", np.zeros(len(bias), np.int8)),
            ],
            domain=MICROSOFT,
            num_heads=self._source.shape.heads,
        )

    def _add_and_normalise(self, state: str, change: str, norm: str) -> str:
        """Add a residual connection and its layer norm."""
        # SkipLayerNormalization is the two in one, and takes twice as long (onnxruntime 1.32).
        return self._normalised(self._op("Add", [state, change]), norm)

    def _normalised(self, state: str, norm: str) -> str:
        """Add a layer norm."""
        return self._op(
            "LayerNormalization",
            [state, self._tensor(f"{norm}.w"), self._tensor(f"{norm}.b")],
            axis=-1,
            epsilon=self._source.shape.epsilon,
        )

    def _linear(self, state: str, name: str) -> str:
        """Add the product of ``state`` with the weights of ``name``, and its bias."""
        rounding = self._rounding(name)
        rounded, scales = _rounded(self._tensors[f"{name}.w"] * rounding.divisors)
        if not name.endswith(".ao"):
            state = self._divided(name, state, rounding)
        return self._op(
            "MatMulIntegerToFloat",
            [
                self._quantised(name, state, rounding),
                self._constant(f"{name}.rounded", rounded.T),
                self._constant(f"{name}.step", rounding.step),
                self._constant(f"{name}.scales", scales),
                self._constant(f"{name}.zero", rounding.zero_point),
                "",
                self._tensor(f"{name}.b"),
            ],
            domain=MICROSOFT,
        )

    def _rounding(self, name: str, weights: Tensor | None = None) -> Rounding:
        """Return the rounding of a linear's input."""
        return rounding_of(
            self._ranges[name],
            self._tensors[f"{name}.w"] if weights is None else weights,
            balance=WIDE_BALANCE if name.endswith(".fo") else BALANCE,
            least=GELU_LEAST if name.endswith(".fo") else None,
        )

    def _divided(self, name: str, state: str, rounding: Rounding) -> str:
        """Add the division of the input by the rounding's divisors."""
        return self._op("Mul", [state, self._constant(f"{name}.factors", 1 / rounding.divisors)])

    def _quantised(self, name: str, state: str, rounding: Rounding) -> str:
        """Add the conversion of the input to integers."""
        step = self._constant(f"{name}.step", rounding.step)
        zero_point = self._constant(f"{name}.zero", rounding.zero_point)
        return self._op("QuantizeLinear", [state, step, zero_point])

    def _output(self, state: str) -> onnx.ValueInfoProto:
        """Add what follows the last layer, ``state``, and return the description of the output."""
        self._direction(state, "attention_mask", name="sentence_embedding")
        return helper.make_tensor_value_info(
            "sentence_embedding", onnx.TensorProto.FLOAT, ["texts", self._source.shape.hidden]
        )

    def _direction(self, state: str, flags: str, *, name: str) -> str:
        """Add the mean of the flagged tokens at unit length; the mean's divisor cancels in it."""
        numbers = self._op("Cast", [flags], to=onnx.TensorProto.FLOAT)
        column = self._op("Unsqueeze", [numbers, self._constant("last_axis", np.array([-1]))])
        masked = self._op("Mul", [state, column])
        summed = self._op(
            "ReduceSum", [masked, self._constant("token_axis", np.array([1]))], keepdims=0
        )
        self._nodes.append(helper.make_node("LpNormalization", [summed], [name], axis=-1, p=2))
        return name

    def _tensor(self, name: str) -> str:
        """Store an array in the graph and return its name."""
        return self._constant(name, self._tensors[name])

    def _constant(self, name: str, values: npt.NDArray[np.generic] | np.generic | Tensor) -> str:
        """Store a constant in the graph and return its name."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.array(values, order="C"), name)
        return name

    def _op(
        self, kind: str, inputs: Sequence[str], *, domain: str = "", **attributes: float
    ) -> str:
        """Add a node and return the name of its output."""
        name = f"n{len(self._nodes)}"
        self._nodes.append(
            helper.make_node(kind, list(inputs), [name], domain=domain, **attributes)  # type: ignore[arg-type]
        )
        return name
