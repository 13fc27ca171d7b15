"""Ragged rows in flat arrays, fixed or growing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Vectors = npt.NDArray[np.float32]

FIRST_CAPACITY = 64


def frozen(values: Array) -> Array:
    """Return a read-only view of ``values``.

    Compiled kernels then get one array type, whether it is in memory or in a mapped file.
    """
    view = values.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True)
class Rows:
    """Row ``i`` is ``values[starts[i]:starts[i + 1]]``; ``starts`` has one entry more than rows."""

    starts: Array
    values: Array

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.starts) - 1

    def row(self, number: int) -> Array:
        """Return the values of one row."""
        found: Array = self.values[self.starts[number] : self.starts[number + 1]]
        return found

    @classmethod
    def of(cls, rows: Sequence[Array], dtype: npt.DTypeLike) -> "Rows":
        """Return ``rows`` laid end to end, as ``dtype``."""
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=starts[1:])
        values = np.concatenate(rows).astype(dtype) if rows else np.empty(0, dtype)
        return cls(frozen(starts), frozen(values))

    def taken(self, numbers: Array) -> "Rows":
        """Return a copy of the rows ``numbers`` in that order."""
        lengths = self.starts[numbers + 1] - self.starts[numbers]
        starts = np.zeros(len(numbers) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        places = spans(self.starts[numbers], lengths)
        return Rows(frozen(starts), frozen(self.values[places]))

    def followed_by(self, other: "Rows") -> "Rows":
        """Return these rows followed by those of ``other``."""
        starts = np.concatenate([self.starts, other.starts[1:] + self.starts[-1]])
        return Rows(frozen(starts), frozen(np.concatenate([self.values, other.values])))


def spans(firsts: Array, lengths: Array) -> Array:
    """Return ``first, first + 1 …``, ``length`` numbers for each first, laid end to end."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    found: Array = np.arange(total) + np.repeat(firsts - (ends - lengths), lengths)
    return found


class GrowingArray:
    """A one-dimensional array that grows at its end at amortised constant cost."""

    def __init__(self, values: Array) -> None:
        """Start with a copy of ``values``."""
        self._buffer = np.array(values)
        self._size = len(values)

    def __len__(self) -> int:
        """Return the number of values."""
        return self._size

    @property
    def values(self) -> Array:
        """A writable view of the present values; stale after the next growth."""
        return self._buffer[: self._size]

    def extend(self, values: Array | Sequence[int]) -> None:
        """Add ``values`` at the end."""
        size = self._size + len(values)
        if size > len(self._buffer):
            capacity = max(FIRST_CAPACITY, size, 2 * len(self._buffer))
            grown = np.empty(capacity, self._buffer.dtype)
            grown[: self._size] = self.values
            self._buffer = grown
        self._buffer[self._size : size] = values
        self._size = size


class GrowingRows:
    """Ragged rows that grow at their end."""

    def __init__(self, dtype: npt.DTypeLike) -> None:
        """Start without rows."""
        self._starts = GrowingArray(np.zeros(1, np.int64))
        self._values = GrowingArray(np.empty(0, dtype))

    def append(self, row: Array | Sequence[int]) -> None:
        """Add one row."""
        self._values.extend(row)
        self._starts.extend([len(self._values)])

    def rows(self) -> Rows:
        """Return a view of the present rows; stale after the next growth."""
        return Rows(frozen(self._starts.values), frozen(self._values.values))
