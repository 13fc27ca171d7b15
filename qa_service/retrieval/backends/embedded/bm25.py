"""BM25 over token lists, compiled into postings, with exact live statistics.

The formula and its constants are those of rank-bm25's ``BM25Okapi`` (Robertson &
Zaragoza, 2009) with Lucene's smoothed IDF ``ln(1 + (N - n + 0.5) / (n + 0.5))``,
which is never negative. A query reads only the postings of its terms. The texts of a
snapshot are in immutable arrays that may be mapped from a file; texts added later are
stored separately, and a removed text leaves the statistics immediately.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa_service.retrieval.arrays.gather import gathered
from qa_service.retrieval.arrays.ragged import Array, GrowingArray, GrowingRows, Rows, frozen
from qa_service.retrieval.backends.embedded.kernels import query_weights, score_texts, top_docs
from qa_service.retrieval.backends.embedded.postings import (
    NO_POSTING,
    LexicalArrays,
    RecentPosting,
    joined,
)

Scores = npt.NDArray[np.float64]

K1 = 1.5
B = 0.75

REMOVED = 0
"""Size of a removed text, which scores 0; the size of others is their length plus one."""

LONGEST = 65_534
"""Cap on a text's length, so that its size fits two bytes."""

MOST_REPEATS = 65_535
"""Cap on a term's frequency in one text, so that it fits two bytes."""


@dataclass(frozen=True, slots=True)
class QueryWeights:
    """A query's terms that any text contains, ascending by number, with their weights.

    ``max_score`` is the score of a text equal to the query, including the terms that no
    text contains.
    """

    numbers: Array
    weights: Array
    max_score: float


class LexicalIndex:
    """A BM25 index; slots 0, 1, 2 … hold one text each, those of ``base`` first, without reuse."""

    def __init__(self, base: LexicalArrays | None = None) -> None:
        """Start with the texts of a snapshot, or empty."""
        self._base = base or LexicalArrays.none()
        self._base_count = len(self._base.terms)
        self._vocabulary = list(self._base.vocabulary)
        self._numbers = {term: number for number, term in enumerate(self._vocabulary)}
        self._document_frequency = GrowingArray(np.diff(self._base.posting_starts).astype(np.int32))
        lengths = np.minimum(self._base.lengths(), LONGEST)
        self._sizes = GrowingArray((lengths + 1).astype(np.uint16))
        self._recent_terms = GrowingRows(np.int32)
        self._recent_frequencies = GrowingRows(np.uint16)
        self._recent: dict[int, RecentPosting] = {}
        self._live_count = self._base_count
        self._live_length = int(lengths.sum(dtype=np.int64))
        self._longest = int(lengths.max(initial=0))
        self._norms: Array | None = None

    def __len__(self) -> int:
        """Return the number of live texts."""
        return self._live_count

    @property
    def slot_count(self) -> int:
        """Number of slots assigned, including those of removed texts."""
        return len(self._sizes)

    @property
    def later_count(self) -> int:
        """Number of texts added since the snapshot, including those removed again."""
        return self.slot_count - self._base_count

    def add(self, terms: Mapping[str, int]) -> int:
        """Add a text with its term frequencies and return its slot."""
        slot = self.slot_count
        row = sorted((self._number(term), min(held, MOST_REPEATS)) for term, held in terms.items())
        for number, frequency in row:
            self._recent.setdefault(number, RecentPosting()).append(slot, frequency)
            self._document_frequency.values[number] += 1
        self._recent_terms.append([number for number, _ in row])
        self._recent_frequencies.append([frequency for _, frequency in row])
        length = min(sum(frequency for _, frequency in row), LONGEST)
        self._sizes.extend([length + 1])
        self._count(1, length)
        return slot

    def remove(self, slot: int) -> None:
        """Remove a text; its slot scores 0 afterwards. Removing it again has no effect."""
        size = int(self._sizes.values[slot])
        if size == REMOVED:
            return
        numbers, _ = self._row(slot)
        for number in numbers.tolist():
            self._document_frequency.values[number] -= 1
            if slot >= self._base_count:
                self._recent[number].delete(slot)
        self._sizes.values[slot] = REMOVED
        self._count(-1, 1 - size)

    def terms(self, slot: int) -> Mapping[str, int]:
        """Return the terms of a slot with their frequencies; none for a removed one."""
        if self._sizes.values[slot] == REMOVED:
            return {}
        numbers, frequencies = self._row(slot)
        words = (self._vocabulary[number] for number in numbers.tolist())
        return dict(zip(words, frequencies.tolist(), strict=True))

    def number(self, term: str) -> int:
        """Return the number of a term, or -1 for one never indexed."""
        return self._numbers.get(term, -1)

    def terms_of(self, slots: Array) -> Rows:
        """Return the term numbers of each of ``slots``, ascending."""
        return gathered(slots, self._base.terms, self._recent_terms.rows())

    def known_terms(self, tokens: Sequence[str]) -> tuple[Array, tuple[str, ...], int]:
        """Return the query's distinct terms in the vocabulary, and the number of unknown ones.

        The known terms are ordered by number and returned as numbers and as strings.
        """
        numbers = sorted((self.number(term), term) for term in set(tokens))
        known = [(number, term) for number, term in numbers if number >= 0]
        found = np.array([number for number, _ in known], np.int32)
        return found, tuple(term for _, term in known), len(numbers) - len(known)

    def document_frequency(self) -> Array:
        """Return the number of live texts that contain each term, by term number."""
        return frozen(self._document_frequency.values)

    def query_weights(self, tokens: Sequence[str]) -> QueryWeights:
        """Return the terms of a query with their present weights."""
        counts = Counter(tokens)
        numbers = np.fromiter(map(self.number, counts), np.int64, len(counts))
        repeats = np.fromiter(counts.values(), np.float64, len(counts))
        return QueryWeights(
            *query_weights(
                numbers,
                repeats,
                self.document_frequency(),
                self._live_count,
                K1 + 1,
                float(self._norm(len(tokens))),
            )
        )

    def top_docs(self, terms: QueryWeights, limit: int) -> Array:
        """Return the slots of the ``limit`` best texts with any term, in no order, shape (found,).

        Ties are resolved in favour of the lower slot.
        """
        stored = terms.numbers < len(self._base.vocabulary)
        numbers = terms.numbers[stored]
        starts = self._base.posting_starts
        found, scores = self._best(
            (starts[numbers], starts[numbers + 1]),
            terms.weights[stored],
            (self._base.posting_slots, self._base.posting_frequencies),
            range(self._base_count),
            limit,
        )
        if not self.later_count:
            return found
        later, later_scores = self._best_later(terms, limit)
        found, scores = np.concatenate([found, later]), np.concatenate([scores, later_scores])
        best: Array = found[np.lexsort((found, -scores))[:limit]]
        return best

    def scores(self, terms: QueryWeights, slots: Array) -> Scores:
        """Return the BM25 score of each of ``slots``, shape (slots,); removed ones score 0."""
        later, later_frequencies = self._recent_terms.rows(), self._recent_frequencies.rows()
        found: Scores = score_texts(
            terms.numbers,
            terms.weights,
            slots,
            self._base.terms.starts,
            self._base.terms.values,
            self._base.frequencies,
            later.starts,
            later.values,
            later_frequencies.values,
            frozen(self._sizes.values),
            self._norms_by_size(),
        )
        return found

    def compacted(self, slots: Array) -> LexicalArrays:
        """Return the arrays of the live texts ``slots`` alone, in that order."""
        later, later_frequencies = self._recent_terms.rows(), self._recent_frequencies.rows()
        terms = self._base.terms.followed_by(later)
        frequencies = np.concatenate([self._base.frequencies, later_frequencies.values])
        kept = terms.taken(slots)
        held = Rows(terms.starts, frequencies).taken(slots)
        return LexicalArrays.of(self._vocabulary, kept, held.values)

    def _row(self, slot: int) -> tuple[Array, Array]:
        """Return the term numbers and frequencies of a slot."""
        if slot < self._base_count:
            first, end = self._base.terms.starts[slot], self._base.terms.starts[slot + 1]
            return self._base.terms.values[first:end], self._base.frequencies[first:end]
        later = slot - self._base_count
        return self._recent_terms.rows().row(later), self._recent_frequencies.rows().row(later)

    def _best(
        self,
        spans: tuple[Array, Array],
        weights: Array,
        postings: tuple[Array, Array],
        slots: range,
        limit: int,
    ) -> tuple[Array, Scores]:
        """Return the best of ``slots`` and their scores; ``postings``: one span for each weight."""
        found: tuple[Array, Scores] = top_docs(
            *spans,
            weights,
            *postings,
            slots.start,
            slots.stop,
            frozen(self._sizes.values),
            self._norms_by_size(),
            limit,
        )
        return found

    def _best_later(self, terms: QueryWeights, limit: int) -> tuple[Array, Scores]:
        """Return the best of the texts added after the snapshot, and their scores."""
        held = [self._recent.get(number, NO_POSTING) for number in terms.numbers.tolist()]
        sizes = np.array([len(posting.slots) for posting in held], np.int64)
        ends = np.cumsum(sizes)
        return self._best(
            (ends - sizes, ends),
            terms.weights,
            (
                joined((posting.slots for posting in held), np.int32),
                joined((posting.frequencies for posting in held), np.uint16),
            ),
            range(self._base_count, self.slot_count),
            limit,
        )

    def _number(self, term: str) -> int:
        """Return the number of a term, which is added if it is new."""
        number = self._numbers.setdefault(term, len(self._vocabulary))
        if number == len(self._vocabulary):
            self._vocabulary.append(term)
            self._document_frequency.extend([0])
        return number

    def _count(self, texts: int, length: int) -> None:
        """Add ``texts`` of ``length`` tokens in total to the statistics; both may be negative."""
        self._live_count += texts
        self._live_length += length
        self._longest = max(self._longest, length)
        self._norms = None

    def _norm(self, length: int | Array) -> Array:
        """Return BM25's length normalisation for texts of ``length`` tokens."""
        average = (self._live_length / self._live_count) if self._live_length else 1.0
        return np.asarray(K1 * (1 - B + B * length / average))

    def _norms_by_size(self) -> Array:
        """Return BM25's length normalisation at each size; infinite at ``REMOVED``."""
        if self._norms is None:
            norms = self._norm(np.arange(self._longest + 1))
            self._norms = frozen(np.concatenate([[np.inf], norms]))
        return self._norms
