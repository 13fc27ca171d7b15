"""The searchable bank in memory: every text of every pair under both signals."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from qa_service.retrieval.dense import DenseIndex, Vectors
from qa_service.retrieval.documents import IndexedPair, TextKind
from qa_service.retrieval.lexical import LexicalIndex, Scores
from qa_service.retrieval.query import Query, TokenCutter
from qa_service.text.guard_words import GuardSet, extract_guards
from qa_service.text.normalise import normalise

POOL = 100
"""Texts each signal proposes; their pairs are the candidates."""

FIELD_POOL = 1_000
"""The same when only one field's pairs are wanted: most proposals then fall away."""


@dataclass(frozen=True, slots=True)
class CutText:
    """A text with its terms and their frequencies."""

    kind: TextKind
    text: str
    terms: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StoredText:
    """One text of a pair in its slot."""

    slot: int
    pair_id: int
    kind: TextKind
    text: str


@dataclass(frozen=True, slots=True)
class TextMatch:
    """How one stored text answers to a query.

    ``bm25`` is divided by the query's own maximum; ``cosine`` is None without an encoder.
    """

    stored: StoredText
    bm25: float
    cosine: float | None


@dataclass(frozen=True, slots=True)
class PairMatch:
    """All texts of a candidate pair against the query, in slot order."""

    pair_id: int
    texts: tuple[TextMatch, ...]


class SearchIndex:
    """Pairs by id; not safe for threads by itself, its owner takes turns."""

    def __init__(self, cutter: TokenCutter, dimension: int | None) -> None:
        self._cutter = cutter
        self.lexical = LexicalIndex()
        self.dense = DenseIndex(dimension) if dimension else None
        self._texts: list[StoredText] = []
        self._slots: dict[int, tuple[int, ...]] = {}
        self._fields: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def text_count(self) -> int:
        """How many texts can be found."""
        return len(self.lexical)

    def pair_ids(self) -> frozenset[int]:
        """Every pair that can be found."""
        return frozenset(self._slots)

    def live_texts(self) -> Iterator[StoredText]:
        """Every text that can be found, pair by pair."""
        for slots in self._slots.values():
            yield from (self._texts[slot] for slot in slots)

    def replace(self, pair: IndexedPair, vectors: Vectors | None) -> None:
        """Put the pair in, in place of what it was before.

        ``vectors`` has one row for each of ``pair.texts()``; raises ValueError when the
        index is dense and the shape does not fit.
        """
        texts = [
            CutText(kind, text, Counter(self._cutter.tokens(normalise(text))))
            for kind, text in pair.texts()
        ]
        self.put(pair.pair_id, pair.field, texts, vectors)

    def put(
        self, pair_id: int, field: str, texts: Sequence[CutText], vectors: Vectors | None
    ) -> None:
        """``replace`` for texts that are cut already, as a snapshot holds them."""
        self._check_shape(vectors, len(texts))
        self.remove([pair_id])
        slots = tuple(self._add_text(pair_id, text) for text in texts)
        if self.dense is not None and vectors is not None:
            self.dense.add(slots, vectors)
        self._slots[pair_id] = slots
        self._fields[pair_id] = field

    def remove(self, pair_ids: Iterable[int]) -> None:
        """Make the pairs unfindable; an unknown id is harmless.

        The dense index moves all its vectors for one pair as for a thousand: give many at once.
        """
        slots: list[int] = []
        for pair_id in pair_ids:
            slots += self._slots.pop(pair_id, ())
            self._fields.pop(pair_id, None)
        for slot in slots:
            self.lexical.remove(slot)
        if self.dense is not None:
            self.dense.remove(slots)

    def lexical_scores(self, query: Query) -> Scores:
        """BM25 of every slot over the query's own maximum, shape (slots,)."""
        maximum = self.lexical.self_score(query.tokens) or 1.0
        return self.lexical.scores(query.tokens) / maximum

    def nearest_slots(self, query: Query, *, field: str = "") -> list[int]:
        """The slots nearest to the query's vector; none without a vector."""
        if self.dense is None or query.vector is None:
            return []
        return [near.slot for near in self.dense.nearest(query.vector, _pool(field))]

    def pairs_by_score(self, scores: Scores) -> tuple[int, ...]:
        """The pairs of the texts that score highest, best first, each once."""
        best = sorted(_top_slots(scores, POOL), key=lambda slot: (-scores[slot], slot))
        return self.pairs_of(best)

    def pairs_of(self, slots: Sequence[int]) -> tuple[int, ...]:
        """The pairs the texts of ``slots`` belong to, in that order, each once."""
        return tuple(dict.fromkeys(self._texts[slot].pair_id for slot in slots))

    def match(
        self, query: Query, scores: Scores, nearest: Sequence[int], *, field: str = ""
    ) -> list[PairMatch]:
        """The candidate pairs, of one field when ``field`` is given; unordered.

        ``scores`` and ``nearest`` are what the two methods above gave for ``query``.
        """
        found = self._proposed_pairs([*_top_slots(scores, _pool(field)), *nearest], field)
        slots = [slot for pair_id in found for slot in self._slots[pair_id]]
        cosines = self._cosines(query, slots)
        return [
            PairMatch(
                pair_id,
                tuple(
                    TextMatch(self._texts[slot], float(scores[slot]), cosines.get(slot))
                    for slot in self._slots[pair_id]
                ),
            )
            for pair_id in found
        ]

    def field(self, pair_id: int) -> str:
        """The field of a pair that can be found."""
        return self._fields[pair_id]

    def terms(self, stored: StoredText) -> Mapping[str, int]:
        """The terms of a stored text with their frequencies."""
        return self.lexical.terms(stored.slot)

    def _check_shape(self, vectors: Vectors | None, count: int) -> None:
        if self.dense is None:
            return
        if vectors is None or vectors.shape != (count, self.dense.dimension):
            raise ValueError("one vector of the index's dimension for each text is needed")

    def _add_text(self, pair_id: int, cut: CutText) -> int:
        slot = self.lexical.add(cut.terms)
        self._texts.append(StoredText(slot, pair_id, cut.kind, cut.text))
        return slot

    def _proposed_pairs(self, slots: Sequence[int], field: str) -> list[int]:
        proposed = self.pairs_of(slots)
        return [found for found in proposed if not field or self._fields[found] == field]

    def _cosines(self, query: Query, slots: Sequence[int]) -> dict[int, float]:
        if self.dense is None or query.vector is None:
            return {}
        return self.dense.cosines(query.vector, slots)


def _pool(field: str) -> int:
    return FIELD_POOL if field else POOL


@lru_cache(maxsize=65_536)
def guards_of(text: str) -> GuardSet:
    """The guard words of a stored text."""
    return extract_guards(normalise(text))


def _top_slots(scores: Scores, limit: int) -> list[int]:
    if scores.size > limit:
        best = np.argpartition(-scores, limit)[:limit]
    else:
        best = np.arange(scores.size)
    return [int(slot) for slot in best if scores[slot] > 0]
