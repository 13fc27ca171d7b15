"""The texts of the indexed pairs by slot: pair, kind, wording and normalised form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.retrieval.arrays.code_points import code_points
from qa_service.retrieval.arrays.gather import gathered
from qa_service.retrieval.arrays.ragged import Array, GrowingArray, GrowingRows, Rows, frozen, spans
from qa_service.retrieval.backends.contract import TEXT_KINDS
from qa_service.retrieval.backends.embedded.attributes import AttributeTable
from qa_service.retrieval.backends.embedded.candidates import pairs_of
from qa_service.retrieval.documents import Filters, IndexedPair
from qa_service.text.matching_form import matching_form
from qa_service.vocabulary import TextKind


@dataclass(frozen=True, slots=True)
class TokenizedText:
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
class TextArrays:
    """The pairs of a snapshot, ascending by id, and their texts, pair by pair.

    ``pair_attributes`` holds those of ``AttributeTable`` with the ``names`` they number,
    ``kinds`` numbers into ``TEXT_KINDS``.
    ``written`` holds the texts in UTF-8, ``codes`` the code points of their normalised form.
    """

    pair_ids: Array
    pair_starts: Array
    pair_attributes: Array
    names: tuple[str, ...]
    kinds: Array
    written: Rows
    codes: Rows

    @classmethod
    def none(cls) -> "TextArrays":
        """Return the arrays of no pair at all."""
        return cls(
            pair_ids=np.empty(0, np.int64),
            pair_starts=np.zeros(1, np.int64),
            pair_attributes=np.empty(0, np.int32),
            names=("",),
            kinds=np.empty(0, np.uint8),
            written=Rows.of([], np.uint8),
            codes=Rows.of([], np.int32),
        )

    def __deepcopy__(self, _memo: object) -> "TextArrays":
        """Return itself: copies of an index share what never changes."""
        return self


class TextTable:
    """Rows are pairs, slots are texts; the slots of a pair are contiguous.

    Numbers of the snapshot's rows and slots come first, those added later follow; none is
    ever reused.
    """

    def __init__(self, base: TextArrays | None = None) -> None:
        """Start with the pairs of a snapshot, or empty."""
        self._base = base or TextArrays.none()
        starts = self._base.pair_starts
        self._pair_ids = GrowingArray(self._base.pair_ids)
        self._firsts = GrowingArray(starts[:-1])
        self._ends = GrowingArray(starts[1:])
        self._attributes = AttributeTable(self._base.pair_attributes, self._base.names)
        self._live = GrowingArray(np.ones(len(self._base.pair_ids), np.bool_))
        self._kinds = GrowingArray(self._base.kinds)
        self._rows = GrowingArray(
            np.repeat(np.arange(len(self._base.pair_ids), dtype=np.int32), np.diff(starts))
        )
        self._recent_rows: dict[int, int] = {}
        self._recent_written = GrowingRows(np.uint8)
        self._recent_codes = GrowingRows(np.int32)
        self._live_count = len(self._base.pair_ids)

    def __len__(self) -> int:
        """Return the number of findable pairs."""
        return self._live_count

    def pair_ids(self) -> frozenset[int]:
        """Return the id of every findable pair."""
        return frozenset(self._pair_ids.values[self._live.values].tolist())

    def add(self, pair: IndexedPair, texts: Sequence[TokenizedText]) -> None:
        """Append a pair that is not in the table; its texts take the next slots."""
        first = len(self._kinds)
        row = len(self._pair_ids)
        self._pair_ids.extend([pair.pair_id])
        self._firsts.extend([first])
        self._ends.extend([first + len(texts)])
        self._attributes.add(pair)
        self._live.extend([True])
        self._kinds.extend([TEXT_KINDS.index(text.kind) for text in texts])
        self._rows.extend([row] * len(texts))
        self._recent_rows[pair.pair_id] = row
        for text in texts:
            self._recent_written.append(np.frombuffer(text.text.encode(), np.uint8))
            self._recent_codes.append(code_points(matching_form(text.text)))
        self._live_count += 1

    def remove(self, pair_id: int) -> range:
        """Make a pair unfindable and return the slots it had; none for an unknown one."""
        row = self._row(pair_id)
        if row is None:
            return range(0)
        self._live.values[row] = False
        self._recent_rows.pop(pair_id, None)
        self._live_count -= 1
        return self._slots(row)

    def slots(self, pair_id: int) -> range:
        """Return the slots of a pair; none for an unknown one."""
        row = self._row(pair_id)
        return range(0) if row is None else self._slots(row)

    def area(self, pair_id: int) -> str:
        """Return the policy area of a pair; raises KeyError for an unknown one."""
        row = self._row(pair_id)
        if row is None:
            raise KeyError(pair_id)
        return self._attributes.area(row)

    def pairs_of(self, slots: Array, filters: Filters) -> tuple[Array, Array, Array]:
        """Return the findable pairs of ``slots`` within ``filters`` by ascending id.

        Returns their ids, the start of each pair's texts, shape (pairs + 1,), and the slots of
        those texts.
        """
        found: tuple[Array, Array, Array] = pairs_of(
            slots,
            self._rows.values,
            self._live.values,
            self._attributes.values,
            self._attributes.wanted(filters),
            self._pair_ids.values,
            self._firsts.values,
            self._ends.values,
        )
        return found

    def ids_of(self, slots: Array) -> list[int]:
        """Return the ids of the pairs of findable ``slots`` in that order, each once."""
        return list(dict.fromkeys(self._pair_ids.values[self._rows.values[slots]].tolist()))

    def slots_of(self, rows: Array) -> tuple[Array, Array]:
        """Return the slots of ``rows`` end to end, and the start of each row's, (rows + 1,)."""
        firsts = self._firsts.values[rows]
        lengths = self._ends.values[rows] - firsts
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        return spans(firsts, lengths), starts

    def kinds_of(self, slots: Array) -> Array:
        """Return the kind of each of ``slots`` as a number into ``TEXT_KINDS``."""
        found: Array = self._kinds.values[slots]
        return found

    def written_of(self, slots: Array) -> Rows:
        """Return the texts of ``slots`` in UTF-8, copied."""
        return gathered(slots, self._base.written, self._recent_written.rows())

    def codes_of(self, slots: Array) -> Rows:
        """Return the code points of the normalised texts of ``slots``, copied."""
        return gathered(slots, self._base.codes, self._recent_codes.rows())

    def live_texts(self) -> Iterator[StoredText]:
        """Yield every findable text, by ascending pair id."""
        slots, _ = self.slots_of(self._rows_by_id())
        return (self._stored(slot) for slot in slots.tolist())

    def compacted(self) -> tuple[TextArrays, Array]:
        """Return the findable pairs by ascending id, and the present slots of their texts."""
        rows = self._rows_by_id()
        slots, starts = self.slots_of(rows)
        written = self._base.written.followed_by(self._recent_written.rows())
        codes = self._base.codes.followed_by(self._recent_codes.rows())
        arrays = TextArrays(
            pair_ids=frozen(self._pair_ids.values[rows]),
            pair_starts=frozen(starts),
            pair_attributes=frozen(self._attributes.of_rows(rows)),
            names=self._attributes.names,
            kinds=frozen(self._kinds.values[slots]),
            written=written.taken(slots),
            codes=codes.taken(slots),
        )
        return arrays, slots

    def _stored(self, slot: int) -> StoredText:
        """Return the text of a slot."""
        base = len(self._base.kinds)
        written = (
            self._base.written.row(slot)
            if slot < base
            else self._recent_written.rows().row(slot - base)
        )
        pair_id = int(self._pair_ids.values[self._rows.values[slot]])
        kind = TEXT_KINDS[self._kinds.values[slot]]
        return StoredText(slot, pair_id, kind, written.tobytes().decode())

    def _rows_by_id(self) -> Array:
        """Return the rows of the findable pairs by ascending id."""
        rows = np.flatnonzero(self._live.values)
        found: Array = rows[np.argsort(self._pair_ids.values[rows], kind="stable")]
        return found

    def _row(self, pair_id: int) -> int | None:
        """Return the row of a findable pair, or None."""
        recent = self._recent_rows.get(pair_id)
        if recent is not None:
            return recent
        row = int(np.searchsorted(self._base.pair_ids, pair_id))
        is_known = row < len(self._base.pair_ids) and self._base.pair_ids[row] == pair_id
        return row if is_known and self._live.values[row] else None

    def _slots(self, row: int) -> range:
        """Return the slots of a row."""
        return range(int(self._firsts.values[row]), int(self._ends.values[row]))
