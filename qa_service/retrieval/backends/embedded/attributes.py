"""Attributes that pairs are filtered by: area, unit, region, audience and days in force."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from qa_service.retrieval.arrays.ragged import Array, GrowingArray
from qa_service.retrieval.backends.embedded.candidates import ANY, ATTRIBUTES
from qa_service.retrieval.documents import Filters, IndexedPair

NOBODY = -2
"""Number of a value that no pair has."""

NO_BOUNDS = np.empty(0, np.int32)


class AttributeTable:
    """``ATTRIBUTES`` numbers for each row of the pairs, laid end to end.

    The first four are places in ``names``, the empty value first; days are proleptic ordinals.
    """

    def __init__(self, values: Array, names: Sequence[str]) -> None:
        """Start with the rows of a snapshot."""
        self._values = GrowingArray(values)
        self._numbers = {name: number for number, name in enumerate(names)}

    @property
    def values(self) -> Array:
        """The numbers of every row; stale after the next row."""
        return self._values.values

    @property
    def names(self) -> tuple[str, ...]:
        """The values by number."""
        return tuple(self._numbers)

    def add(self, pair: IndexedPair) -> None:
        """Append the row of a pair."""
        named = (pair.area, pair.unit, pair.region, pair.audience)
        self._values.extend(
            [
                *(self._numbers.setdefault(name, len(self._numbers)) for name in named),
                (pair.effective_from or date.min).toordinal(),
                (pair.expires_on or date.max).toordinal(),
            ]
        )

    def area(self, row: int) -> str:
        """Return the policy area of a row."""
        return self.names[int(self.values[row * ATTRIBUTES])]

    def of_rows(self, rows: Array) -> Array:
        """Return the numbers of ``rows`` alone, laid end to end."""
        found: Array = self.values.reshape(-1, ATTRIBUTES)[rows].reshape(-1)
        return found

    def wanted(self, filters: Filters) -> Array:
        """Return the bounds as numbers for ``candidates.admits``; none if all are taken."""
        if not filters:
            return NO_BOUNDS
        named = (filters.area, filters.unit, filters.region, filters.audience)
        numbers = [self._numbers.get(name, NOBODY) if name else ANY for name in named]
        day = ANY if filters.day is None else filters.day.toordinal()
        return np.array([*numbers, day], np.int32)
