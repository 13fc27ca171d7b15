"""Pairs that one process finds otherwise than the collection has them, as for a trial."""

from collections.abc import Iterable, Sequence
from copy import copy

import numpy as np

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import TEXT_KINDS
from qa_service.retrieval.backends.oceanbase.connection import Row
from qa_service.retrieval.backends.oceanbase.terms import written_terms
from qa_service.retrieval.documents import Filters, IndexedPair
from qa_service.retrieval.query import Tokenizer
from qa_service.text.matching_form import matching_form


class Apart:
    """Changed pairs with their vectors, and the ids that the collection's own are hidden for.

    They are few, so each is a candidate for every question; they do not count in the statistics.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._hidden: set[int] = set()
        self._pairs: dict[int, tuple[IndexedPair, Vectors | None]] = {}

    def copied(self) -> "Apart":
        """Return the same, to be changed apart."""
        twin = copy(self)
        twin._hidden, twin._pairs = set(self._hidden), dict(self._pairs)
        return twin

    def upsert(self, pairs: Sequence[IndexedPair], vectors: Vectors | None) -> None:
        """Find the pairs as they are given."""
        row = 0
        for pair in pairs:
            size = len(list(pair.texts()))
            rows = None if vectors is None else vectors[row : row + size]
            self._pairs[pair.pair_id] = pair, rows
            self._hidden.add(pair.pair_id)
            row += size

    def remove(self, pair_ids: Iterable[int]) -> None:
        """Find the pairs no more."""
        for pair_id in pair_ids:
            self._pairs.pop(pair_id, None)
            self._hidden.add(pair_id)

    def hides(self, pair_id: int) -> bool:
        """Return whether the collection's form of a pair is not to be found."""
        return pair_id in self._hidden

    def with_own(self, pair_ids: Iterable[int]) -> frozenset[int]:
        """Return those of the collection's ids that are found, and these."""
        return frozenset(pair_ids) - self._hidden | self._pairs.keys()

    def vectors_by_text(self) -> dict[str, Vectors]:
        """Return the vectors of these texts."""
        return {
            text: row
            for pair, rows in self._pairs.values()
            if rows is not None
            for (_, text), row in zip(pair.texts(), rows, strict=True)
        }

    def lines(self, vector: Vectors | None, filters: Filters) -> list[Row]:
        """Return the lines of the texts of admitted pairs as ``proposing.lines_of`` does."""
        found: list[Row] = []
        for pair, rows in self._pairs.values():
            if not filters.admits(pair):
                continue
            for place, (kind, text) in enumerate(pair.texts()):
                form = matching_form(text)
                cosine = (
                    0.0 if vector is None or rows is None else float(np.dot(rows[place], vector))
                )
                terms = written_terms(self._tokenizer.tokens(form))
                found.append((pair.pair_id, TEXT_KINDS.index(kind), text, form, terms, cosine))
        return found
