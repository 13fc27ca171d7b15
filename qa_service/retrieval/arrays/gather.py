"""Rows of chosen texts, copied side by side: comparing them then never waits for memory."""

import numpy as np

from qa_service.retrieval.arrays.jit import compiled
from qa_service.retrieval.arrays.ragged import Array, Rows


def gathered(slots: Array, base: Rows, later: Rows) -> Rows:
    """The rows of ``slots``; those of ``later`` follow on those of ``base``."""
    return Rows(*gather_rows(slots, base.starts, base.values, later.starts, later.values))


@compiled()
def gather_rows(
    slots: Array, base_starts: Array, base_values: Array, later_starts: Array, later_values: Array
) -> tuple[Array, Array]:
    """Starts and values of the rows; see above."""
    base = base_starts.size - 1
    firsts = np.empty(slots.size, np.int64)
    starts = np.zeros(slots.size + 1, np.int64)
    # First where each row lies, then the rows: the processor waits for several at once.
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
        for place in range(starts[at + 1] - starts[at]):
            values[starts[at] + place] = held[firsts[at] + place]
    return starts, values
