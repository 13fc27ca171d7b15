"""Copies selected rows into one contiguous buffer, to avoid cache misses in the kernels."""

import numpy as np

from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array, Rows


def gathered(slots: Array, base: Rows, later: Rows) -> Rows:
    """Return the rows ``slots`` of ``base`` followed by ``later``, copied in that order."""
    return Rows(*gather_rows(slots, base.starts, base.values, later.starts, later.values))


def selected(rows: Rows, numbers: Array) -> Rows:
    """Return a copy of the rows ``numbers`` in that order; faster than ``Rows.taken`` for few."""
    none = rows.starts[:1]
    return Rows(*gather_rows(numbers, rows.starts, rows.values, none, rows.values))


def selected_or_empty(rows: Rows, numbers: Array) -> Rows:
    """Return a copy of the rows ``numbers`` in that order, an empty row for each below 0."""
    found = selected(rows, numbers[numbers >= 0])
    lengths = np.zeros(numbers.size, np.int64)
    lengths[numbers >= 0] = np.diff(found.starts)
    return Rows(np.concatenate([[0], np.cumsum(lengths)]), found.values)


@compiled()
def gather_rows(
    slots: Array, base_starts: Array, base_values: Array, later_starts: Array, later_values: Array
) -> tuple[Array, Array]:
    """Return starts, shape (slots + 1,), and values of the rows; see ``gathered``."""
    base = base_starts.size - 1
    firsts = np.empty(slots.size, np.int64)
    starts = np.zeros(slots.size + 1, np.int64)
    # Two passes: all positions first, so that the processor fetches several rows at once.
    for at in range(slots.size):
        slot = slots[at]
        if slot < base:
            firsts[at] = base_starts[slot]
            starts[at + 1] = base_starts[slot + 1] - base_starts[slot]
        else:
            firsts[at] = later_starts[slot - base]
            starts[at + 1] = later_starts[slot - base + 1] - later_starts[slot - base]
    starts = np.cumsum(starts)
    values = np.empty(starts[-1], base_values.dtype)
    for at in range(slots.size):
        held = base_values if slots[at] < base else later_values
        length = starts[at + 1] - starts[at]
        values[starts[at] : starts[at + 1]] = held[firsts[at] : firsts[at] + length]
    return starts, values
