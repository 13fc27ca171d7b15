"""The texts of the bank's pairs by slot: of which pair, of which kind, and in which words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa_service.retrieval.arrays.gather import gathered
from qa_service.retrieval.arrays.ragged import Array, GrowingArray, GrowingRows, Rows, frozen, spans
from qa_service.retrieval.backends.embedded.candidates import ANY_AREA, pairs_of
from qa_service.text.normalise import normalise
from qa_service.vocabulary import TextKind

KINDS = (TextKind.QUESTION, TextKind.VARIANT, TextKind.ANSWER)
"""Kinds by their number in the arrays."""

ANSWER_KIND = KINDS.index(TextKind.ANSWER)

MAX_AREAS = 255


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
class TextArrays:
    """The pairs of a snapshot, ascending by id, and their texts, pair by pair.

    ``written`` holds the texts in UTF-8, ``codes`` the code points of their normalised form.
    """

    pair_ids: Array
    pair_starts: Array
    pair_fields: Array
    field_names: tuple[str, ...]
    kinds: Array
    written: Rows
    codes: Rows

    @classmethod
    def none(cls) -> "TextArrays":
        """No pair at all."""
        return cls(
            pair_ids=np.empty(0, np.int64),
            pair_starts=np.zeros(1, np.int64),
            pair_fields=np.empty(0, np.uint8),
            field_names=(),
            kinds=np.empty(0, np.uint8),
            written=Rows.of([], np.uint8),
            codes=Rows.of([], np.int32),
        )


class TextTable:
    """Rows hold pairs, slots hold texts; a pair's slots lie side by side.

    Both number what the snapshot holds first and what came later after it, and are never
    used twice.
    """

    def __init__(self, base: TextArrays | None = None) -> None:
        self._base = base or TextArrays.none()
        starts = self._base.pair_starts
        self._pair_ids = GrowingArray(self._base.pair_ids)
        self._firsts = GrowingArray(starts[:-1])
        self._ends = GrowingArray(starts[1:])
        self._fields = GrowingArray(self._base.pair_fields)
        self._live = GrowingArray(np.ones(len(self._base.pair_ids), np.bool_))
        self._kinds = GrowingArray(self._base.kinds)
        self._rows = GrowingArray(
            np.repeat(np.arange(len(self._base.pair_ids), dtype=np.int32), np.diff(starts))
        )
        self._area_names = list(self._base.field_names)
        self._recent_rows: dict[int, int] = {}
        self._recent_texts: list[str] = []
        self._recent_codes = GrowingRows(np.int32)
        self._live_count = len(self._base.pair_ids)

    def __len__(self) -> int:
        return self._live_count

    def pair_ids(self) -> frozenset[int]:
        """Every pair that can be found."""
        return frozenset(self._pair_ids.values[self._live.values].tolist())

    def add(self, pair_id: int, area: str, texts: Sequence[CutText]) -> None:
        """Put a pair that is not there in the next slots."""
        first = len(self._kinds)
        row = len(self._pair_ids)
        self._pair_ids.extend([pair_id])
        self._firsts.extend([first])
        self._ends.extend([first + len(texts)])
        self._fields.extend([self._area_number(area)])
        self._live.extend([True])
        self._kinds.extend([KINDS.index(text.kind) for text in texts])
        self._rows.extend([row] * len(texts))
        self._recent_rows[pair_id] = row
        for text in texts:
            self._recent_texts.append(text.text)
            self._recent_codes.append(code_points(normalise(text.text)))
        self._live_count += 1

    def remove(self, pair_id: int) -> range:
        """The slots the pair had; none for an unknown one."""
        row = self._row(pair_id)
        if row is None:
            return range(0)
        self._live.values[row] = False
        self._recent_rows.pop(pair_id, None)
        self._live_count -= 1
        return self._slots(row)

    def slots(self, pair_id: int) -> range:
        """The slots of a pair; none for an unknown one."""
        row = self._row(pair_id)
        return range(0) if row is None else self._slots(row)

    def area(self, pair_id: int) -> str:
        """The field of a pair; raises KeyError for an unknown one."""
        row = self._row(pair_id)
        if row is None:
            raise KeyError(pair_id)
        return self._area_names[int(self._fields.values[row])]

    def pairs_of(self, slots: Array, area: str) -> tuple[Array, Array, Array]:
        """The live pairs of ``slots``, ascending by id, of one field only when it is given.

        Their ids, where the texts of each begin, shape (pairs + 1,), and the slots of these.
        """
        found: tuple[Array, Array, Array] = pairs_of(
            slots,
            self._rows.values,
            self._live.values,
            self._fields.values,
            self._known_area(area) if area else ANY_AREA,
            self._pair_ids.values,
            self._firsts.values,
            self._ends.values,
        )
        return found

    def ids_of(self, slots: Array) -> list[int]:
        """The ids of the pairs of ``slots``, which can be found, in that order, each once."""
        return list(dict.fromkeys(self._pair_ids.values[self._rows.values[slots]].tolist()))

    def slots_of(self, rows: Array) -> tuple[Array, Array]:
        """The slots of ``rows``, end to end, and where each row's begin, shape (rows + 1,)."""
        firsts = self._firsts.values[rows]
        lengths = self._ends.values[rows] - firsts
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        return spans(firsts, lengths), starts

    def are_answers(self, slots: Array) -> Array:
        """Whether each of ``slots`` is a piece of an answer, shape (slots,)."""
        found: Array = self._kinds.values[slots] == ANSWER_KIND
        return found

    def stored(self, slot: int) -> StoredText:
        """The text of a slot."""
        base = len(self._base.kinds)
        text = (
            self._base.written.row(slot).tobytes().decode()
            if slot < base
            else self._recent_texts[slot - base]
        )
        pair_id = int(self._pair_ids.values[self._rows.values[slot]])
        return StoredText(slot, pair_id, KINDS[self._kinds.values[slot]], text)

    def normalised(self, slot: int) -> str:
        """The normalised form of a slot's text."""
        base = len(self._base.kinds)
        codes = (
            self._base.codes.row(slot)
            if slot < base
            else self._recent_codes.rows().row(slot - base)
        )
        return codes.tobytes().decode("utf-32-le", "surrogatepass")

    def codes_of(self, slots: Array) -> Rows:
        """The code points of the normalised texts of ``slots``."""
        return gathered(slots, self._base.codes, self._recent_codes.rows())

    def live_texts(self) -> Iterator[StoredText]:
        """Every text that can be found, by ascending pair id."""
        slots, _ = self.slots_of(self._rows_by_id())
        return (self.stored(slot) for slot in slots.tolist())

    def compacted(self) -> tuple[TextArrays, Array]:
        """The live pairs alone, by ascending id, and the slots their texts have now."""
        rows = self._rows_by_id()
        slots, starts = self.slots_of(rows)
        later = [np.frombuffer(text.encode(), np.uint8) for text in self._recent_texts]
        written = self._base.written.followed_by(Rows.of(later, np.uint8))
        codes = self._base.codes.followed_by(self._recent_codes.rows())
        arrays = TextArrays(
            pair_ids=frozen(self._pair_ids.values[rows]),
            pair_starts=frozen(starts),
            pair_fields=frozen(self._fields.values[rows]),
            field_names=tuple(self._area_names),
            kinds=frozen(self._kinds.values[slots]),
            written=written.taken(slots),
            codes=codes.taken(slots),
        )
        return arrays, slots

    def _rows_by_id(self) -> Array:
        rows = np.flatnonzero(self._live.values)
        found: Array = rows[np.argsort(self._pair_ids.values[rows], kind="stable")]
        return found

    def _row(self, pair_id: int) -> int | None:
        recent = self._recent_rows.get(pair_id)
        if recent is not None:
            return recent
        row = int(np.searchsorted(self._base.pair_ids, pair_id))
        is_known = row < len(self._base.pair_ids) and self._base.pair_ids[row] == pair_id
        return row if is_known and self._live.values[row] else None

    def _slots(self, row: int) -> range:
        return range(int(self._firsts.values[row]), int(self._ends.values[row]))

    def _area_number(self, area: str) -> int:
        if area not in self._area_names:
            self._area_names.append(area)
        return self._area_names.index(area)

    def _known_area(self, area: str) -> int:
        # No pair has the last number, so an unknown field finds nothing.
        return self._area_names.index(area) if area in self._area_names else MAX_AREAS


def code_points(text: str) -> Array:
    """The code points of ``text``, shape (len(text),)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.int32)
