"""BM25 over token lists, compiled into postings, with exact live statistics.

The formula and its constants are those of rank-bm25's ``BM25Okapi`` (Robertson &
Zaragoza, 2009) with Lucene's smoothed IDF ``ln(1 + (N - n + 0.5) / (n + 0.5))``,
which is never negative. A query touches only the postings of its own terms, and
a removed text leaves postings and statistics at once.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]

K1 = 1.5
B = 0.75


@dataclass(slots=True)
class _Counts:
    """Numbers, ascending, and how often each occurs: four bytes a value."""

    numbers: "array[int]" = field(default_factory=lambda: array("i"))
    frequencies: "array[int]" = field(default_factory=lambda: array("i"))

    def append(self, number: int, frequency: int) -> None:
        self.numbers.append(number)
        self.frequencies.append(frequency)

    def delete(self, number: int) -> None:
        place = bisect_left(self.numbers, number)
        del self.numbers[place]
        del self.frequencies[place]


class LexicalIndex:
    """Slots 0, 1, 2 … hold one text each; a slot is never used again."""

    def __init__(self) -> None:
        self._term_numbers: dict[str, int] = {}
        self._terms: list[str] = []
        self._postings: list[_Counts] = []
        self._texts: list[_Counts | None] = []
        self._lengths: array[int] = array("i")
        self._live_count = 0
        self._live_length = 0
        self._norm: Scores | None = None

    def __len__(self) -> int:
        return self._live_count

    @property
    def slot_count(self) -> int:
        """How many slots were ever given, those of removed texts included."""
        return len(self._lengths)

    def add(self, terms: Mapping[str, int]) -> int:
        """The slot of the text just added; ``terms`` holds its term frequencies."""
        slot = self.slot_count
        text = _Counts()
        for number, frequency in sorted((self._number(term), terms[term]) for term in terms):
            text.append(number, frequency)
            self._postings[number].append(slot, frequency)
        self._texts.append(text)
        self._lengths.append(sum(text.frequencies))
        self._live_count += 1
        self._live_length += self._lengths[slot]
        self._norm = None
        return slot

    def remove(self, slot: int) -> None:
        """Forget a text; its slot scores 0 from now. Removing it again is harmless."""
        text = self._texts[slot]
        if text is None:
            return
        for number in text.numbers:
            self._postings[number].delete(slot)
        self._texts[slot] = None
        self._live_count -= 1
        self._live_length -= self._lengths[slot]
        self._norm = None

    def terms(self, slot: int) -> Mapping[str, int]:
        """The terms of a slot with their frequencies; empty for a removed one."""
        text = self._texts[slot]
        if text is None:
            return {}
        words = (self._terms[number] for number in text.numbers)
        return dict(zip(words, text.frequencies, strict=True))

    def idf(self, term: str) -> float:
        """The term's weight; that of an unseen term is the greatest there is."""
        posting = self._posting(term)
        holding = len(posting.numbers) if posting else 0
        return log(1 + (self._live_count - holding + 0.5) / (holding + 0.5))

    def scores(self, tokens: Sequence[str]) -> Scores:
        """The BM25 score of every slot, shape (slot_count,); removed ones hold 0."""
        scores = np.zeros(self.slot_count)
        if not self._live_count:
            return scores
        norm = self._length_norm()
        for term, count in Counter(tokens).items():
            posting = self._posting(term)
            if posting is None or not posting.numbers:
                continue
            slots = np.frombuffer(posting.numbers, dtype=np.int32)
            frequency = np.frombuffer(posting.frequencies, dtype=np.int32)
            weight = count * self.idf(term) * (K1 + 1)
            scores[slots] += weight * frequency / (frequency + norm[slots])
        return scores

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

    def _number(self, term: str) -> int:
        number = self._term_numbers.setdefault(term, len(self._terms))
        if number == len(self._terms):
            self._terms.append(term)
            self._postings.append(_Counts())
        return number

    def _posting(self, term: str) -> _Counts | None:
        number = self._term_numbers.get(term)
        return None if number is None else self._postings[number]

    def _average_length(self) -> float:
        return (self._live_length / self._live_count) if self._live_length else 1.0

    def _length_norm(self) -> Scores:
        if self._norm is None:
            lengths = np.array(self._lengths, dtype=np.float64)
            self._norm = K1 * (1 - B + B * lengths / self._average_length())
        return self._norm
