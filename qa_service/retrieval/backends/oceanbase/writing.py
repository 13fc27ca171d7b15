"""Puts pairs into a collection and takes them out, with its statistics, in one transaction.

Writers of one collection follow each other, by its locked line in the register. The newest
revision of a pair stays, whatever order they come in; of a pair that was taken out the line
stays with the revision at which it went. So every process may write what it knows, once or
repeatedly, and the collection is the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import TEXT_KINDS, Stamp
from qa_service.retrieval.backends.oceanbase.collections import REGISTER, Collection, Counters, read
from qa_service.retrieval.backends.oceanbase.connection import Connection, Value
from qa_service.retrieval.backends.oceanbase.terms import (
    PairCounts,
    counts_of,
    written_terms,
)
from qa_service.retrieval.backends.oceanbase.vectors import written_vector
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.query import Tokenizer
from qa_service.text.matching_form import matching_form

PAIRS_AT_ONCE = 100
"""Pairs per transaction, during which other writers wait."""


class CollectionWriter:
    """Changes one collection over one connection."""

    def __init__(self, connection: Connection, name: str, tokenizer: Tokenizer) -> None:
        self._connection = connection
        self._name = name
        self._tokenizer = tokenizer

    def upsert(self, pairs: Sequence[IndexedPair], vectors: Vectors | None) -> None:
        """Put in each pair that is newer than what is held of it, with one vector a text."""
        row = 0
        for start in range(0, len(pairs), PAIRS_AT_ONCE):
            batch = {pair.pair_id: pair for pair in pairs[start : start + PAIRS_AT_ONCE]}
            rows: dict[int, Vectors] = {}
            for pair in pairs[start : start + PAIRS_AT_ONCE]:
                size = len(list(pair.texts()))
                if vectors is not None:
                    rows[pair.pair_id] = vectors[row : row + size]
                row += size
            self._put_in(batch, rows)

    def remove(self, pair_ids: Iterable[int], revision: int) -> None:
        """Take out the pairs that were not put in at a later revision."""
        wanted = sorted(set(pair_ids))
        for start in range(0, len(wanted), PAIRS_AT_ONCE):
            batch = wanted[start : start + PAIRS_AT_ONCE]
            with self._connection.transaction():
                before = read(self._connection, self._name, locked=True)
                held = self._held(batch)
                gone = [pair_id for pair_id in batch if not _is_late(revision, held.get(pair_id))]
                live = [pair_id for pair_id in gone if held.get(pair_id, (0, False))[1]]
                removed = self._take_out(live)
                kept = [pair_id for pair_id in gone if pair_id in held or revision]
                self._mark(dict.fromkeys(kept, revision), is_gone=True)
                self._count(before, removed, {})

    def raise_stamp(self, stamp: Stamp) -> None:
        """Note what the collection contains; a later revision of the same bank stays."""
        self._connection.rows(
            f"UPDATE {REGISTER} SET revision = IF(bank = %s, GREATEST(revision, %s), %s),"  # noqa: S608
            " bank = %s, changes = changes + 1 WHERE name = %s",
            (stamp.bank_id, stamp.revision, stamp.revision, stamp.bank_id, self._name),
        )

    def _put_in(self, pairs: Mapping[int, IndexedPair], vectors: Mapping[int, Vectors]) -> None:
        """Put in one batch of pairs."""
        texts = {pair_id: self._texts(pair) for pair_id, pair in pairs.items()}
        with self._connection.transaction():
            before = read(self._connection, self._name, locked=True)
            held = self._held(pairs)
            fresh = [
                pair_id
                for pair_id, pair in pairs.items()
                if not _is_late(pair.revision, held.get(pair_id))
            ]
            removed = self._take_out(
                [pair_id for pair_id in fresh if held.get(pair_id, (0, False))[1]]
            )
            lines: list[Sequence[Value]] = []
            for pair_id in fresh:
                lines += _lines(pairs[pair_id], texts[pair_id], vectors.get(pair_id))
            columns = 13 if vectors else 12
            places = ", ".join(["%s"] * columns)
            self._connection.insert(
                f"INSERT INTO {self._name}_text VALUES ({places})",  # noqa: S608
                lines,
            )
            self._mark({pair_id: pairs[pair_id].revision for pair_id in fresh}, is_gone=False)
            added = {pair_id: counts_of(texts[pair_id]) for pair_id in fresh}
            self._count(before, removed, added, filled_to=max(pairs, default=0))

    def _texts(self, pair: IndexedPair) -> list[tuple[str, str]]:
        """Return normalised form and written terms of each text of a pair."""
        forms = [matching_form(text) for _, text in pair.texts()]
        return [(form, written_terms(self._tokenizer.tokens(form))) for form in forms]

    def _held(self, pair_ids: Iterable[int]) -> dict[int, tuple[int, bool]]:
        """Return revision of each pair that has a line, and whether its texts are there."""
        wanted = tuple(pair_ids)
        if not wanted:
            return {}
        held = self._connection.rows(
            f"SELECT pair_id, revision, is_gone FROM {self._name}_pair"  # noqa: S608
            f" WHERE pair_id IN ({_places(wanted)})",
            wanted,
        )
        return {pair_id: (revision, not is_gone) for pair_id, revision, is_gone in held}

    def _take_out(self, pair_ids: Sequence[int]) -> dict[int, PairCounts]:
        """Delete the texts of the pairs and return what they had added to the statistics."""
        if not pair_ids:
            return {}
        places = _places(pair_ids)
        held: dict[int, list[tuple[str, str]]] = {pair_id: [] for pair_id in pair_ids}
        for pair_id, normalised, terms in self._connection.rows(
            f"SELECT pair_id, normalised, terms FROM {self._name}_text"  # noqa: S608
            f" WHERE pair_id IN ({places})",
            tuple(pair_ids),
        ):
            held[pair_id].append((normalised, terms))
        self._connection.rows(
            f"DELETE FROM {self._name}_text WHERE pair_id IN ({places})",  # noqa: S608
            tuple(pair_ids),
        )
        return {pair_id: counts_of(texts) for pair_id, texts in held.items()}

    def _mark(self, revisions: Mapping[int, int], *, is_gone: bool) -> None:
        """Note at which revision the pairs came or went."""
        self._connection.insert(
            f"INSERT INTO {self._name}_pair VALUES (%s, %s, %s) ON DUPLICATE KEY UPDATE"  # noqa: S608
            " revision = VALUES(revision), is_gone = VALUES(is_gone)",
            [(pair_id, revision, int(is_gone)) for pair_id, revision in revisions.items()],
        )

    def _count(
        self,
        before: Collection,
        removed: Mapping[int, PairCounts],
        added: Mapping[int, PairCounts],
        *,
        filled_to: int = 0,
    ) -> None:
        """Bring the statistics up to date; they were ``before`` when their line was locked."""
        terms: Counter[int] = Counter()
        buckets: Counter[int] = Counter()
        after = before.counters
        for counts, sign in [(one, -1) for one in removed.values()] + [
            (one, 1) for one in added.values()
        ]:
            for term, texts in counts.texts_by_term.items():
                terms[term] += sign * texts
            for bucket in counts.buckets:
                buckets[bucket] += sign
            after += Counters(
                sign, sign * counts.texts, sign * counts.length, sign * counts.bigrams
            )
        self._add("term", "term", "texts", terms)
        self._add("bigram", "bucket", "pairs", buckets)
        self._connection.rows(
            f"UPDATE {REGISTER} SET pairs = %s, texts = %s, length = %s, bigrams = %s,"  # noqa: S608
            " changes = changes + 1, filled_to = GREATEST(filled_to, %s) WHERE name = %s",
            (after.pairs, after.texts, after.length, after.bigrams, filled_to, self._name),
        )

    def _add(self, table: str, key: str, count: str, by: Counter[int]) -> None:
        """Add to the counts of a table."""
        self._connection.insert(
            f"INSERT INTO {self._name}_{table} ({key}, {count}) VALUES (%s, %s)"  # noqa: S608
            f" ON DUPLICATE KEY UPDATE {count} = {count} + VALUES({count})",
            [(number, change) for number, change in sorted(by.items()) if change],
        )


def _lines(
    pair: IndexedPair, texts: Sequence[tuple[str, str]], vectors: Vectors | None
) -> Iterable[Sequence[Value]]:
    """Yield the line of each text of a pair."""
    bounds = (
        pair.area,
        pair.unit,
        pair.region,
        pair.audience,
        (pair.effective_from or date.min).toordinal(),
        (pair.expires_on or date.max).toordinal(),
    )
    for place, ((kind, text), (normalised, terms)) in enumerate(
        zip(pair.texts(), texts, strict=True)
    ):
        vector = () if vectors is None else (written_vector(vectors[place]),)
        yield (
            pair.pair_id,
            place,
            TEXT_KINDS.index(kind),
            text,
            normalised,
            terms,
            *bounds,
            *vector,
        )


def _is_late(revision: int, held: tuple[int, bool] | None) -> bool:
    """Return whether what is held is as new as ``revision``; 0 is never late."""
    return bool(revision) and held is not None and held[0] >= revision


def _places(values: Iterable[object]) -> str:
    return ", ".join("%s" for _ in values)
