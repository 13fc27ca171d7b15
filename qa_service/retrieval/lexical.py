"""BM25 over token lists, compiled into postings, with exact live statistics.

The formula and its constants are those of rank-bm25's ``BM25Okapi`` (Robertson &
Zaragoza, 2009) with Lucene's smoothed IDF ``ln(1 + (N - n + 0.5) / (n + 0.5))``,
which is never negative. A query touches only the postings of its own terms. The
texts of a snapshot lie in immutable arrays that may be mapped from a file; texts
added later lie beside them, and a removed text leaves the statistics at once.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.columns import Array, GrowingArray, GrowingRows, Rows, frozen
from qa_service.retrieval.kernels import add_postings, add_terms, invert

Scores = npt.NDArray[np.float64]

K1 = 1.5
B = 0.75

GROUP = 64
"""Slots of which only the greatest score is looked at first."""

REMOVED = -1
"""Length of a removed text, which thereby scores nothing."""

MOST_REPEATS = 65_535
"""A term's frequency in one text is counted no further: two bytes hold it."""


@dataclass(frozen=True, slots=True)
class LexicalArrays:
    """The texts of a snapshot: terms by text, and texts by term; frequencies beside both."""

    vocabulary: tuple[str, ...]
    terms: Rows
    frequencies: Array
    posting_starts: Array
    posting_slots: Array
    posting_frequencies: Array

    @classmethod
    def of(cls, vocabulary: Sequence[str], terms: Rows, frequencies: Array) -> "LexicalArrays":
        """The arrays for rows of term numbers with their frequencies."""
        starts = np.zeros(len(vocabulary) + 1, np.int64)
        np.cumsum(np.bincount(terms.values, minlength=len(vocabulary)), out=starts[1:])
        slots = np.empty(len(terms.values), np.int32)
        held = np.empty(len(terms.values), np.uint16)
        invert(terms.starts, terms.values, frozen(frequencies), frozen(starts), slots, held)
        return cls(
            tuple(vocabulary),
            terms,
            frozen(frequencies),
            frozen(starts),
            frozen(slots),
            frozen(held),
        )

    @classmethod
    def none(cls) -> "LexicalArrays":
        """No text at all."""
        return cls.of((), Rows.of([], np.int32), np.empty(0, np.uint16))

    def lengths(self) -> Array:
        """Tokens of each text, shape (texts,)."""
        sums = np.zeros(len(self.frequencies) + 1, np.int64)
        np.cumsum(self.frequencies, dtype=np.int64, out=sums[1:])
        found: Array = np.diff(sums[self.terms.starts]).astype(np.int32)
        return found


@dataclass(slots=True)
class _Posting:
    """The later texts of one term, ascending, with their frequencies."""

    slots: "array[int]" = field(default_factory=lambda: array("i"))
    frequencies: "array[int]" = field(default_factory=lambda: array("H"))

    def append(self, slot: int, frequency: int) -> None:
        self.slots.append(slot)
        self.frequencies.append(frequency)

    def arrays(self) -> tuple[Array, Array]:
        slots = np.frombuffer(self.slots, np.int32)
        return frozen(slots), frozen(np.frombuffer(self.frequencies, np.uint16))

    def delete(self, slot: int) -> None:
        place = bisect_left(self.slots, slot)
        del self.slots[place]
        del self.frequencies[place]


class LexicalIndex:
    """Slots 0, 1, 2 … hold one text each, those of ``base`` first; none is used twice."""

    def __init__(self, base: LexicalArrays | None = None) -> None:
        self._base = base or LexicalArrays.none()
        self._base_count = len(self._base.terms)
        self._vocabulary = list(self._base.vocabulary)
        self._numbers = {term: number for number, term in enumerate(self._vocabulary)}
        self._holding = GrowingArray(np.diff(self._base.posting_starts).astype(np.int32))
        self._lengths = GrowingArray(self._base.lengths())
        self._recent_terms = GrowingRows(np.int32)
        self._recent_frequencies = GrowingRows(np.uint16)
        self._recent: dict[int, _Posting] = {}
        self._live_count = self._base_count
        self._live_length = int(self._lengths.values.sum(dtype=np.int64))
        self._scores = np.zeros(self._base_count)

    def __len__(self) -> int:
        return self._live_count

    @property
    def slot_count(self) -> int:
        """How many slots were ever given, those of removed texts included."""
        return len(self._lengths)

    @property
    def later_count(self) -> int:
        """How many texts were added since the snapshot, and perhaps removed again."""
        return self.slot_count - self._base_count

    def add(self, terms: Mapping[str, int]) -> int:
        """The slot of the text just added; ``terms`` holds its term frequencies."""
        slot = self.slot_count
        row = sorted((self._number(term), min(held, MOST_REPEATS)) for term, held in terms.items())
        for number, frequency in row:
            self._recent.setdefault(number, _Posting()).append(slot, frequency)
            self._holding.values[number] += 1
        self._recent_terms.append([number for number, _ in row])
        self._recent_frequencies.append([frequency for _, frequency in row])
        length = sum(frequency for _, frequency in row)
        self._lengths.extend([length])
        self._live_count += 1
        self._live_length += length
        return slot

    def remove(self, slot: int) -> None:
        """Forget a text; its slot scores 0 from now. Removing it again is harmless."""
        length = int(self._lengths.values[slot])
        if length == REMOVED:
            return
        numbers, _ = self._row(slot)
        for number in numbers.tolist():
            self._holding.values[number] -= 1
            if slot >= self._base_count:
                self._recent[number].delete(slot)
        self._lengths.values[slot] = REMOVED
        self._live_count -= 1
        self._live_length -= length

    def terms(self, slot: int) -> Mapping[str, int]:
        """The terms of a slot with their frequencies; empty for a removed one."""
        if self._lengths.values[slot] == REMOVED:
            return {}
        numbers, frequencies = self._row(slot)
        words = (self._vocabulary[number] for number in numbers.tolist())
        return dict(zip(words, frequencies.tolist(), strict=True))

    def number(self, term: str) -> int:
        """The number of a term, or -1 for one never seen."""
        return self._numbers.get(term, -1)

    def term_rows(self) -> tuple[Rows, Rows]:
        """Term numbers, ascending, of the texts of the snapshot and of those added since."""
        return self._base.terms, self._recent_terms.rows()

    def holding(self) -> Array:
        """How many live texts hold each term, by term number."""
        return frozen(self._holding.values)

    def idf(self, term: str) -> float:
        """The term's weight; that of an unseen term is the greatest there is."""
        number = self.number(term)
        holding = int(self._holding.values[number]) if number >= 0 else 0
        return log(1 + (self._live_count - holding + 0.5) / (holding + 0.5))

    def scores(self, tokens: Sequence[str]) -> Scores:
        """The BM25 score of every slot, shape (slot_count,); removed ones hold 0.

        The array is used again by the next call.
        """
        scores = self._workspace()
        lengths = frozen(self._lengths.values)
        flat, slope = K1 * (1 - B), K1 * B / self._average_length()
        weights = self._weights(tokens)
        stored = [number for number in weights if number < len(self._base.vocabulary)]
        add_terms(
            scores,
            frozen(np.array(stored, np.int64)),
            frozen(np.array([weights[number] for number in stored], np.float64)),
            self._base.posting_starts,
            self._base.posting_slots,
            self._base.posting_frequencies,
            lengths,
            flat,
            slope,
        )
        for number, weight in weights.items():
            later = self._recent.get(number)
            if later is not None and later.slots:
                slots, held = later.arrays()
                add_postings(scores, slots, held, lengths, weight, flat, slope)
        return scores

    def top(self, scores: Scores, limit: int) -> Array:
        """The slots of the ``limit`` best positive ``scores``, in no order, shape (found,).

        Of equal scores the lower slot is kept.
        """
        least = _reached_by(scores, limit)
        found: Array = np.flatnonzero(scores >= least if least > 0 else scores)
        if len(found) <= limit:
            return found
        reached = scores[found]
        last = np.partition(reached, -limit)[-limit]
        above = found[reached > last]
        return np.concatenate([above, found[reached == last][: limit - len(above)]])

    def self_score(self, tokens: Sequence[str]) -> float:
        """The score the query would give to a text equal to itself: its own maximum."""
        length = len(tokens)
        if not length:
            return 0.0
        norm = K1 * (1 - B + B * length / self._average_length())
        counts = Counter(tokens)
        return sum(
            count * self.idf(term) * (K1 + 1) * count / (count + norm)
            for term, count in counts.items()
        )

    def compacted(self, slots: Array) -> LexicalArrays:
        """The live texts of ``slots`` alone, in that order."""
        later, later_frequencies = self._recent_terms.rows(), self._recent_frequencies.rows()
        terms = self._base.terms.followed_by(later)
        frequencies = np.concatenate([self._base.frequencies, later_frequencies.values])
        kept = terms.taken(slots)
        beside = Rows(terms.starts, frequencies).taken(slots)
        return LexicalArrays.of(self._vocabulary, kept, beside.values)

    def _row(self, slot: int) -> tuple[Array, Array]:
        if slot < self._base_count:
            first, end = self._base.terms.starts[slot], self._base.terms.starts[slot + 1]
            return self._base.terms.values[first:end], self._base.frequencies[first:end]
        later = slot - self._base_count
        return self._recent_terms.rows().row(later), self._recent_frequencies.rows().row(later)

    def _weights(self, tokens: Sequence[str]) -> dict[int, float]:
        """What each term of the query that any text holds counts for, by its number."""
        counts = Counter(tokens)
        return {
            number: count * self.idf(term) * (K1 + 1)
            for term, count in counts.items()
            if (number := self.number(term)) >= 0 and self._holding.values[number]
        }

    def _number(self, term: str) -> int:
        number = self._numbers.setdefault(term, len(self._vocabulary))
        if number == len(self._vocabulary):
            self._vocabulary.append(term)
            self._holding.extend([0])
        return number

    def _workspace(self) -> Scores:
        if len(self._scores) < self.slot_count:
            self._scores = np.zeros(max(self.slot_count, 2 * len(self._scores)))
        scores = self._scores[: self.slot_count]
        scores[:] = 0
        return scores

    def _average_length(self) -> float:
        return (self._live_length / self._live_count) if self._live_length else 1.0


def _reached_by(scores: Scores, limit: int) -> float:
    """A score that at least ``limit`` slots reach, 0 if that cannot be told cheaply.

    The greatest of each of many groups is found by whole rows at once; as many groups as are
    wanted have a slot with the score returned.
    """
    width = len(scores) // GROUP
    if width <= limit:
        return 0.0
    greatest = scores[: GROUP * width].reshape(GROUP, width).max(axis=0)
    return float(np.partition(greatest, -limit)[-limit])
