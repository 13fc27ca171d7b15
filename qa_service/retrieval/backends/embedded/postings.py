"""The arrays of a lexical index: terms by text and texts by term."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.arrays.ragged import Array, Rows, frozen
from qa_service.retrieval.backends.embedded.kernels import invert


@dataclass(frozen=True, slots=True)
class LexicalArrays:
    """The texts of a snapshot: terms by text, and postings (texts by term), with frequencies.

    ``frequencies`` is parallel to ``terms.values``. The postings of term ``t`` are
    ``posting_starts[t]:posting_starts[t + 1]`` of the two arrays after it, by ascending slot.
    """

    vocabulary: tuple[str, ...]
    terms: Rows
    frequencies: Array
    posting_starts: Array
    posting_slots: Array
    posting_frequencies: Array

    @classmethod
    def of(cls, vocabulary: Sequence[str], terms: Rows, frequencies: Array) -> "LexicalArrays":
        """Build the postings for rows of term numbers with their frequencies."""
        starts = np.zeros(len(vocabulary) + 1, np.int64)
        np.cumsum(np.bincount(terms.values, minlength=len(vocabulary)), out=starts[1:])
        slots = np.empty(len(terms.values), np.int32)
        posting_frequencies = np.empty(len(terms.values), np.uint16)
        invert(
            terms.starts,
            terms.values,
            frozen(frequencies),
            frozen(starts),
            slots,
            posting_frequencies,
        )
        return cls(
            tuple(vocabulary),
            terms,
            frozen(frequencies),
            frozen(starts),
            frozen(slots),
            frozen(posting_frequencies),
        )

    @classmethod
    def none(cls) -> "LexicalArrays":
        """Return the arrays of no text at all."""
        return cls.of((), Rows.of([], np.int32), np.empty(0, np.uint16))

    def __deepcopy__(self, _memo: object) -> "LexicalArrays":
        """Return itself: copies of an index share what never changes."""
        return self

    def lengths(self) -> Array:
        """Return the number of tokens of each text, shape (texts,)."""
        sums = np.zeros(len(self.frequencies) + 1, np.int64)
        np.cumsum(self.frequencies, dtype=np.int64, out=sums[1:])
        found: Array = np.diff(sums[self.terms.starts]).astype(np.int32)
        return found


@dataclass(slots=True)
class RecentPosting:
    """The texts of one term that were added after the snapshot, by ascending slot."""

    slots: "array[int]" = field(default_factory=lambda: array("i"))
    frequencies: "array[int]" = field(default_factory=lambda: array("H"))

    def append(self, slot: int, frequency: int) -> None:
        """Add a text, whose slot is greater than all before."""
        self.slots.append(slot)
        self.frequencies.append(frequency)

    def delete(self, slot: int) -> None:
        """Remove a text that is in the posting."""
        place = bisect_left(self.slots, slot)
        del self.slots[place]
        del self.frequencies[place]


NO_POSTING = RecentPosting()


def joined(postings: Iterable["array[int]"], dtype: npt.DTypeLike) -> Array:
    """Return the arrays end to end as one frozen array of ``dtype``."""
    arrays = [np.frombuffer(posting, dtype) for posting in postings]
    return frozen(np.concatenate([np.empty(0, dtype), *arrays]))
