"""The trained part of the cross-encoder: changes of the encoder's layers, and a head.

Changes in four bits (Q4_0) are a few MB that turn the encoder which is there anyway into a
cross-encoder. Word embeddings are never changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from qa_service.errors import UnavailableError
from qa_service.retrieval.encoders.e5.weights import BLOCK, Tensor, pack_q4, unpack_q4

HEAD_WEIGHT, HEAD_BIAS = "head.w", "head.b"
CHANGE = "change"
RANGE = "range"

_DOWN, _UP = "down", "up"
"""Factors of a change, as adapters of earlier releases have them (LoRA: Hu et al., 2021)."""

_BLOCK_BYTES = 18
"""Bytes of a block of ``BLOCK`` weights in Q4_0."""

HEAD_PARTS = 4
"""The head reads product, absolute difference, question and candidate, one after the other."""
SPREAD = 20.0
"""Factor of all but the product, whose values at unit length are about 1 / 20."""


class AdapterUnusableError(UnavailableError):
    """The adapter file is missing, damaged or made for another encoder."""

    code = "adapter_unusable"
    title = "重排模型文件不可用"


@dataclass(frozen=True, slots=True)
class Adapter:
    """Changes by name, such as ``l11.q.change``, and the head, ``head.w``, ``head.b``.

    A change has the shape of the weights, (outputs, channels). ``l11.q.range`` is the greatest
    magnitude of each channel that linear reads in this model.
    """

    tensors: Mapping[str, Tensor]
    encoder: str
    """Checksum of the weights it was trained on."""

    @property
    def ranges(self) -> dict[str, Tensor]:
        """The greatest magnitudes by linear, by which a graph rounds activations."""
        ending = f".{RANGE}"
        return {
            name.removesuffix(ending): tensor
            for name, tensor in self.tensors.items()
            if name.endswith(ending)
        }

    def change(self, linear: str) -> Tensor | None:
        """Return the change of a linear's weights, (outputs, channels); None if it has none."""
        return self.tensors.get(f"{linear}.{CHANGE}")

    def merged(self, packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the encoder's tensors with every change added."""
        found = dict(packed)
        for name in packed:
            linear, _, kind = name.rpartition(".")
            change = self.change(linear) if kind == "w" else None
            if change is not None:
                found[name] = packed[name] + change
        return found


def save_adapter(adapter: Adapter, path: Path) -> None:
    """Write the adapter in one step: changes in Q4_0, all else in half precision.

    Raises OSError where it cannot.
    """
    stored = {name: _stored(name, tensor) for name, tensor in adapter.tensors.items()}
    draft = path.with_name(f"{path.name}.tmp")
    try:
        draft.write_bytes(save(stored, metadata={"encoder": adapter.encoder}))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load_adapter(path: Path, *, encoder: str) -> Adapter:
    """Return the adapter at ``path``; raises AdapterUnusableError unless made for ``encoder``."""
    try:
        with safe_open(path, framework="np") as file:
            made_for = (file.metadata() or {}).get("encoder", "")
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        message = f"没有重排模型文件 {path}，请检查路径；随程序提供的请重新安装"
        raise AdapterUnusableError(message) from error
    except (OSError, SafetensorError) as error:
        raise AdapterUnusableError(
            f"重排模型文件 {path.name} 无法读取，请检查或重新安装"
        ) from error
    if made_for != encoder:
        raise AdapterUnusableError(f"重排模型文件 {path.name} 与语义模型不符，请重新训练")
    return Adapter(dict(_loaded(stored)), made_for)


def _stored(name: str, tensor: Tensor) -> npt.NDArray[np.uint8] | npt.NDArray[np.float16]:
    """Return a tensor as the file holds it."""
    return pack_q4(tensor) if name.endswith(f".{CHANGE}") else tensor.astype(np.float16)


def _loaded(stored: Mapping[str, npt.NDArray[np.generic]]) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors of a file; factors of an earlier release become the change they make."""
    for name, tensor in stored.items():
        linear, _, kind = name.rpartition(".")
        if kind == CHANGE:
            rows, width = tensor.shape
            yield name, unpack_q4(tensor.tobytes(), rows, width // _BLOCK_BYTES * BLOCK)
        elif kind == _DOWN:
            up = stored[f"{linear}.{_UP}"].astype(np.float32)
            yield f"{linear}.{CHANGE}", up @ tensor.astype(np.float32)
        elif kind != _UP:
            yield name, tensor.astype(np.float32)
