"""The best texts of one query by BM25, without adding up what cannot bring a text among them.

MaxScore (Turtle & Flood, 1995): the rare words of the query are added up first. Once the
common ones together cannot lift a text that holds none of the rare ones among the best, only
texts that are near enough are looked at again. The scores given are exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.retrieval.columns import Array
from qa_service.retrieval.kernels import add_postings, add_rows, top_slots

EXPENSIVE = 100_000
"""Postings left to add from which it pays to ask whether they can matter."""

REVIEWED_SHARE = 0.02
"""Share of all texts that may be looked at again; more would cost more than it saves."""

ROUNDING = 1e-9
"""Sums in another order may differ by less than this."""

HOPEFUL = 0.5
"""The rest's bound over what is added already: above it, asking is hardly ever answered well."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What turns a frequency and a length into BM25: lengths by slot, and its two constants."""

    lengths: Array
    flat: float
    slope: float


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """A word of the query: its weight, where it stands, and the most it can add to a text."""

    number: int
    weight: float
    postings: Sequence[tuple[Array, Array]]
    bound: float

    @property
    def size(self) -> int:
        """How many texts hold it."""
        return sum(len(slots) for slots, _ in self.postings)


@dataclass(frozen=True, slots=True)
class RowsByText:
    """Terms and frequencies by text: those of the snapshot, then those added since."""

    starts: Array
    terms: Array
    frequencies: Array
    later_starts: Array
    later_terms: Array
    later_frequencies: Array


@dataclass(frozen=True, slots=True)
class Remainder:
    """The words that were not added up: their numbers and weights."""

    numbers: Array
    weights: Array

    @classmethod
    def of(cls, terms: Sequence[QueryTerm]) -> "Remainder":
        """What is left of a query, without holding on to postings that may grow."""
        numbers = np.array([term.number for term in terms], np.int64)
        return cls(numbers, np.array([term.weight for term in terms], np.float64))


@dataclass(frozen=True, slots=True)
class LexicalFound:
    """The best ``slots`` of a query, in no order; ``of`` tells the score of any text.

    Valid until the index is searched or changed again.
    """

    slots: Array
    _scores: Array
    _left: Remainder
    _rows: RowsByText
    _rates: Rates

    def of(self, slots: Array) -> Array:
        """The BM25 score of each of ``slots``; a removed one holds 0."""
        return _completed(self._scores, slots, self._left, self._rows, self._rates)


def search(
    terms: Sequence[QueryTerm], scores: Array, rows: RowsByText, rates: Rates, limit: int
) -> LexicalFound:
    """The ``limit`` best texts; ``scores`` holds zeros, one for each slot, and is written to."""
    ordered = sorted(terms, key=lambda term: term.size)
    added = 0.0
    for at, term in enumerate(ordered):
        reviewed = _reviewed(scores, ordered[at:], added, limit)
        if reviewed is not None:
            left = Remainder.of(ordered[at:])
            totals = _completed(scores, reviewed, left, rows, rates)
            return LexicalFound(_best(reviewed, totals, limit), scores, left, rows, rates)
        for slots, frequencies in term.postings:
            add_postings(
                scores, slots, frequencies, rates.lengths, term.weight, rates.flat, rates.slope
            )
        added += term.bound
    return LexicalFound(top_slots(scores, limit), scores, Remainder.of(()), rows, rates)


def _reviewed(scores: Array, left: Sequence[QueryTerm], added: float, limit: int) -> Array | None:
    """The only slots that can be among the best whatever is left adds; None if they are many."""
    reach = sum(term.bound for term in left)
    if sum(term.size for term in left) < EXPENSIVE or reach > HOPEFUL * added:
        return None
    best = top_slots(scores, limit)
    least = scores[best].min() if len(best) == limit else 0.0
    if least <= reach:
        return None
    found: Array = np.flatnonzero(scores >= least - reach - ROUNDING)
    return found if len(found) <= max(limit, REVIEWED_SHARE * len(scores)) else None


def _completed(
    scores: Array, slots: Array, left: Remainder, rows: RowsByText, rates: Rates
) -> Array:
    totals: Array = scores[slots]
    if len(left.numbers):
        add_rows(
            totals,
            np.asarray(slots, np.int64),
            rows.starts,
            rows.terms,
            rows.frequencies,
            rows.later_starts,
            rows.later_terms,
            rows.later_frequencies,
            rates.lengths,
            left.numbers,
            left.weights,
            rates.flat,
            rates.slope,
        )
    return totals


def _best(slots: Array, totals: Array, limit: int) -> Array:
    # Of equal scores the lower slot is kept, as everywhere.
    found: Array = slots[np.lexsort((slots, -totals))[:limit]]
    return found
