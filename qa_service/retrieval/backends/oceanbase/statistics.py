"""Numbers of texts with a term and of pairs with a bigram, read from a collection when asked."""

from collections.abc import Iterable, Sequence

import numpy as np

from qa_service.retrieval.arrays.ragged import Array
from qa_service.retrieval.backends.embedded.pair_bigrams import BUCKETS
from qa_service.retrieval.backends.oceanbase.collections import Collection
from qa_service.retrieval.backends.oceanbase.connection import Connection

MOST_KEPT = 500_000
"""Terms whose number of texts is kept between questions."""


class Statistics:
    """Numbers read of one collection; they are read again after every change of the collection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._of: tuple[str, int] = ("", -1)
        self._texts: dict[int, int] = {}
        self._pairs = np.full(BUCKETS, -1, np.int32)

    def follow(self, collection: Collection) -> None:
        """Forget what was read before the latest change of ``collection``."""
        now = collection.name, collection.changes
        if now != self._of or len(self._texts) > MOST_KEPT:
            self._of = now
            self._texts = {}
            self._pairs.fill(-1)

    def texts_with(self, terms: Array) -> Array:
        """Return the number of texts that contain each of ``terms``."""
        asked = terms.tolist()
        missing = [term for term in asked if term not in self._texts]
        self._texts.update(dict.fromkeys(missing, 0))
        self._texts.update(self._read("term", "term", "texts", missing))
        return np.array([self._texts[term] for term in asked], np.int32)

    def pairs_by_bucket(self, buckets: Array) -> Array:
        """Return the number of pairs that contain a bigram, by bucket; read for ``buckets``."""
        missing = buckets[self._pairs[buckets] < 0]
        self._pairs[missing] = 0
        for bucket, pairs in self._read("bigram", "bucket", "pairs", missing.tolist()):
            self._pairs[bucket] = pairs
        return self._pairs

    def _read(
        self, table: str, key: str, count: str, numbers: Sequence[int]
    ) -> Iterable[tuple[int, int]]:
        """Return key and count of each of ``numbers`` that has a line."""
        if not numbers:
            return []
        listed = ", ".join(map(str, sorted(set(numbers))))
        name = self._of[0]
        return [
            (int(number), int(held))
            for number, held in self._connection.rows(
                f"SELECT {key}, {count} FROM {name}_{table} WHERE {key} IN ({listed})"  # noqa: S608
            )
        ]
