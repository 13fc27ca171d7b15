"""Implements ``SearchBackend`` with a collection on OceanBase."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import (
    BackendHealth,
    CandidateBlock,
    ScoreCheck,
    Stamp,
)
from qa_service.retrieval.backends.oceanbase.apart import Apart
from qa_service.retrieval.backends.oceanbase.block import BlockBuilder
from qa_service.retrieval.backends.oceanbase.collections import Collection, State, find, read
from qa_service.retrieval.backends.oceanbase.connection import (
    CollectionGoneError,
    Connection,
    Row,
)
from qa_service.retrieval.backends.oceanbase.proposing import (
    bounds_of,
    by_vector,
    by_words,
    lines_of,
)
from qa_service.retrieval.backends.oceanbase.statistics import Statistics
from qa_service.retrieval.backends.oceanbase.vectors import all_vectors
from qa_service.retrieval.backends.oceanbase.writing import CollectionWriter
from qa_service.retrieval.documents import EVERYTHING, Filters, IndexedPair
from qa_service.retrieval.query import AnalysedQuestion, Tokenizer
from qa_service.retrieval.stopwatch import Stopwatch

CANDIDATES_PER_SIGNAL = 50
"""Number of texts proposed by each signal; their pairs are the candidates."""

CANDIDATES_FOR_KEYWORD = 1_000
"""The same by words for a keyword, which many texts hold."""

IDS_AT_ONCE = 100_000
"""Ids read in one statement."""

Found = TypeVar("Found")


class OceanBaseIndex:
    """One process's view of a collection that all processes share.

    The statistics change with every write, so all numbers are exact at any time.
    """

    problem: str | None = None
    takes_changes = True
    changes: int | None = None

    def __init__(
        self, connection: Connection, collection: Collection, tokenizer: Tokenizer
    ) -> None:
        self._connection = connection
        self._collection = collection
        self._tokenizer = tokenizer
        self._statistics = Statistics(connection)
        self._blocks = BlockBuilder(self._statistics)
        self._apart: Apart | None = None

    @property
    def name(self) -> str:
        """The name of the collection."""
        return self._collection.name

    @property
    def stamp(self) -> Stamp:
        """Bank and revision the collection held when it was last looked at, at least."""
        return self._collection.stamp

    @stamp.setter
    def stamp(self, stamp: Stamp) -> None:
        """Note what the collection holds now; a later revision of the same bank stays."""
        self._writer().raise_stamp(stamp)
        self.refresh()

    def refresh(self) -> Stamp:
        """Return the stamp as it stands, of the collection that is in use now."""
        self._following(self._read)
        return self.stamp

    def __len__(self) -> int:
        """Return the number of findable pairs."""
        return self.health().pairs

    def health(self) -> BackendHealth:
        """Return the numbers of findable pairs and texts."""
        counters = self._following(self._read).counters
        return BackendHealth(counters.pairs, counters.texts)

    def pair_ids(self) -> frozenset[int]:
        """Return the id of every findable pair."""
        found: set[int] = set()
        last = -1
        while True:
            rows = self._connection.rows(
                f"SELECT pair_id FROM {self.name}_pair WHERE is_gone = 0 AND pair_id > %s"  # noqa: S608
                f" ORDER BY pair_id LIMIT {IDS_AT_ONCE}",
                (last,),
            )
            if not rows:
                break
            found.update(int(pair_id) for (pair_id,) in rows)
            last = int(rows[-1][0])
        return frozenset(found) if self._apart is None else self._apart.with_own(found)

    def upsert(self, pairs: Sequence[IndexedPair], vectors: Vectors | None) -> None:
        """Put in the pairs that are newer than what is held; raises ValueError for a bad shape."""
        self._check_shape(vectors, sum(len(list(pair.texts())) for pair in pairs))
        if self._apart is not None:
            self._apart.upsert(pairs, vectors)
            return
        self._writer().upsert(pairs, vectors if self._dimension else None)

    def remove(self, pair_ids: Iterable[int], *, revision: int = 0) -> None:
        """Take out the pairs that were not put in at a later revision."""
        if self._apart is not None:
            self._apart.remove(pair_ids)
            return
        self._writer().remove(pair_ids, revision)

    def propose(
        self,
        question: AnalysedQuestion,
        *,
        limit: int,
        filters: Filters = EVERYTHING,
        watch: Stopwatch,
    ) -> CandidateBlock:
        """Return at most ``limit`` candidate pairs within ``filters``; see ``SearchBackend``."""
        return self._following(lambda: self._proposed(question, limit, filters, watch))

    def ranked_by_words(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return pair ids by the engine's own BM25, best first."""
        found = by_words(
            self._connection, self.name, question.tokens, CANDIDATES_PER_SIGNAL, ("", ())
        )
        return tuple(found)

    def ranked_by_vector(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return pair ids by cosine, best first; none without vectors."""
        return tuple(self._nearest(question, EVERYTHING))

    def check_scores(self, queries: Sequence[Sequence[str]] = ()) -> ScoreCheck | None:
        """Return None: the engine's scores only propose, and have no reference here."""
        return None

    def vectors_by_text(self) -> Mapping[str, Vectors]:
        """Return the vector of every findable text, by text; empty without vectors."""
        if not self._dimension:
            return {}
        found = dict(all_vectors(self._connection, self.name))
        return found if self._apart is None else found | self._apart.vectors_by_text()

    def optimised(self) -> "OceanBaseIndex":
        """Return the index itself: the engine packs its tables by itself."""
        return self

    def copied(self) -> "OceanBaseIndex":
        """Return a view of the same collection whose changes stay in this process."""
        twin = OceanBaseIndex(self._connection, self._collection, self._tokenizer)
        twin._apart = Apart(self._tokenizer) if self._apart is None else self._apart.copied()
        return twin

    @property
    def has_vectors(self) -> bool:
        """Whether the collection stores a vector of each text."""
        return bool(self._dimension)

    @property
    def _dimension(self) -> int:
        return self._collection.recipe.dimension

    def _writer(self) -> CollectionWriter:
        return CollectionWriter(self._connection, self.name, self._tokenizer)

    def _read(self) -> Collection:
        """Read the line of the collection in the register."""
        self._collection = read(self._connection, self.name)
        return self._collection

    def _following(self, act: Callable[[], Found]) -> Found:
        """Return what ``act`` returns, once more where another collection took the place."""
        try:
            return act()
        except CollectionGoneError:
            found = find(self._connection, State.ACTIVE)
            if found is None or found.recipe != self._collection.recipe:
                raise
            self._collection = found
            return act()

    def _proposed(
        self, question: AnalysedQuestion, limit: int, filters: Filters, watch: Stopwatch
    ) -> CandidateBlock:
        """Return the candidates of the present collection."""
        # Before the proposals, so that these hold at least what its stamp says.
        collection = self._read()
        self._statistics.follow(collection)
        pool = CANDIDATES_FOR_KEYWORD if question.is_keyword else CANDIDATES_PER_SIGNAL
        ids = by_words(self._connection, self.name, question.tokens, pool, bounds_of(filters))
        watch.lap("lexical")
        ids = list(dict.fromkeys(ids + self._nearest(question, filters)))
        watch.lap("dense")
        lines = self._lines(ids, question, filters)
        return self._blocks.build(question, lines, collection, limit)

    def _nearest(self, question: AnalysedQuestion, filters: Filters) -> list[int]:
        """Return the pairs of the texts nearest to the question's vector."""
        if question.vector is None or not self._dimension:
            return []
        return by_vector(
            self._connection,
            self.name,
            question.vector,
            CANDIDATES_PER_SIGNAL,
            bounds_of(filters),
            texts=self._collection.counters.texts,
        )

    def _lines(
        self, ids: Sequence[int], question: AnalysedQuestion, filters: Filters
    ) -> Sequence[Row]:
        """Return the lines of the proposed pairs, ascending by id, and of those kept apart."""
        vector = question.vector if self._dimension else None
        if self._apart is None:
            return lines_of(self._connection, self.name, ids, vector)
        shared = [pair_id for pair_id in ids if not self._apart.hides(pair_id)]
        lines = lines_of(self._connection, self.name, shared, vector)
        return sorted([*lines, *self._apart.lines(vector, filters)], key=lambda line: line[0])

    def _check_shape(self, vectors: Vectors | None, count: int) -> None:
        """Raise ValueError unless ``vectors`` has ``count`` rows, where vectors are stored."""
        if self._dimension and (vectors is None or vectors.shape != (count, self._dimension)):
            raise ValueError("one vector of the index's dimension for each text is needed")
