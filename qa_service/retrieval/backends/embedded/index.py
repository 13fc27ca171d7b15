"""The embedded search backend: all texts of all pairs in memory, with BM25 and cosine."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice

import numpy as np

from qa_service.retrieval.arrays.code_points import code_points
from qa_service.retrieval.arrays.ragged import Array, Vectors, frozen
from qa_service.retrieval.backends.contract import (
    LEXICAL_WEIGHT,
    BackendHealth,
    CandidateBlock,
    ScoreCheck,
    Stamp,
)
from qa_service.retrieval.backends.embedded.bm25 import LexicalIndex
from qa_service.retrieval.backends.embedded.candidates import best_pairs
from qa_service.retrieval.backends.embedded.hnsw import build_approximate
from qa_service.retrieval.backends.embedded.pair_bigrams import PairBigrams
from qa_service.retrieval.backends.embedded.postings import LexicalArrays
from qa_service.retrieval.backends.embedded.texts import (
    StoredText,
    TextArrays,
    TextTable,
    TokenizedText,
)
from qa_service.retrieval.backends.embedded.vectors import (
    EXACT_LIMIT,
    DenseArrays,
    DenseIndex,
)
from qa_service.retrieval.documents import EVERYTHING, Filters, IndexedPair
from qa_service.retrieval.query import AnalysedQuestion, Tokenizer
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.text.matching_form import matching_form

CANDIDATES_PER_SIGNAL = 50
"""Number of texts proposed by each signal; their pairs are the candidates."""

CANDIDATES_WITHIN_BOUNDS = 1_000
"""The same for a search within bounds, which filter out most proposals, or for a keyword."""

REBUILD_SHARE = 0.01
"""Share of texts added since the snapshot above which the graph is rebuilt (minutes)."""

CHECKED_TEXTS = 20_000
"""Number of texts whose BM25 scores are compared with the reference library."""

NO_STAMP = Stamp("", 0)


@dataclass(frozen=True, slots=True)
class IndexArrays:
    """The arrays of an index without later changes; ``dense`` is None without vectors."""

    texts: TextArrays
    lexical: LexicalArrays
    dense: DenseArrays | None


class SearchIndex:
    """Implements ``SearchBackend``. Not thread-safe: the engine serialises calls."""

    problem: str | None = None
    takes_changes = True

    def __init__(
        self, tokenizer: Tokenizer, dimension: int | None, arrays: IndexArrays | None = None
    ) -> None:
        """Create an index with the content of ``arrays``, or an empty one.

        Without a ``dimension`` it stores no vectors.
        """
        self._tokenizer = tokenizer
        self._dimension = dimension
        self.stamp = NO_STAMP
        self._changes = 0
        self.texts = TextTable(arrays.texts if arrays else None)
        self.lexical = LexicalIndex(arrays.lexical if arrays else None)
        self.bigrams = (
            PairBigrams.of(arrays.texts.codes, arrays.texts.pair_starts)
            if arrays
            else PairBigrams()
        )
        self.dense = DenseIndex(dimension, arrays.dense if arrays else None) if dimension else None

    def __len__(self) -> int:
        """Return the number of findable pairs."""
        return len(self.texts)

    @property
    def changes(self) -> int | None:
        """Number of calls that may have changed what is found."""
        return self._changes

    @property
    def has_vectors(self) -> bool:
        """Whether it stores a vector of each text."""
        return self.dense is not None

    def health(self) -> BackendHealth:
        """Return the number of findable pairs and texts; an index in memory has no problems."""
        return BackendHealth(pairs=len(self.texts), texts=len(self.lexical))

    def refresh(self) -> Stamp:
        """Return the stamp: nobody else changes an index in memory."""
        return self.stamp

    @property
    def is_worth_saving(self) -> bool:
        """Whether the bank is small, or has changed enough since the snapshot, to store it."""
        texts = len(self.lexical)
        return texts <= EXACT_LIMIT or self.lexical.later_count > REBUILD_SHARE * texts

    def pair_ids(self) -> frozenset[int]:
        """Return the id of every findable pair."""
        return self.texts.pair_ids()

    def live_texts(self) -> Iterator[StoredText]:
        """Yield every findable text, by ascending pair id."""
        return self.texts.live_texts()

    def upsert(self, pairs: Sequence[IndexedPair], vectors: Vectors | None) -> None:
        """Make ``pairs`` searchable, each in place of its former version.

        ``vectors`` has one row for each text, pair by pair; raises ValueError when the index
        stores vectors and the shape does not fit.
        """
        self._changes += 1
        tokenized = [self._tokenized(pair) for pair in pairs]
        self._check_shape(vectors, sum(map(len, tokenized)))
        self.remove(pair.pair_id for pair in pairs)
        start = 0
        for pair, texts in zip(pairs, tokenized, strict=True):
            rows = None if vectors is None else vectors[start : start + len(texts)]
            self._add(pair, texts, rows)
            start += len(texts)

    def remove(self, pair_ids: Iterable[int], *, revision: int = 0) -> None:
        """Make the pairs unfindable; unknown ids are ignored.

        One call for many pairs is cheaper: FAISS moves all later vectors once per call.
        """
        self._changes += 1
        slots: list[int] = []
        for pair_id in pair_ids:
            gone = self.texts.remove(pair_id)
            if gone:
                self.bigrams.remove(self.texts.codes_of(np.array(gone, np.int64)))
            slots += gone
        for slot in slots:
            self.lexical.remove(slot)
        if self.dense is not None:
            self.dense.remove(slots)

    def propose(
        self,
        question: AnalysedQuestion,
        *,
        limit: int,
        filters: Filters = EVERYTHING,
        watch: Stopwatch,
    ) -> CandidateBlock:
        """Return at most ``limit`` candidate pairs of both signals; see ``SearchBackend``."""
        weights = self.lexical.query_weights(question.tokens)
        by_words = self.lexical.top_docs(weights, _pool(filters, is_keyword=question.is_keyword))
        watch.lap("lexical")
        nearest = self._nearest(question, filters)
        watch.lap("dense")
        proposed = np.concatenate([by_words, nearest])
        ids, starts, slots = self.texts.pairs_of(proposed, filters)
        bm25 = self.lexical.scores(weights, slots) / (weights.max_score or 1.0)
        ids, starts, slots, bm25, cosine = best_pairs(
            ids, starts, slots, bm25, self._cosines(question, slots), LEXICAL_WEIGHT, limit
        )
        codes = self.texts.codes_of(slots)
        known, words, unknown = self.lexical.known_terms(question.tokens)
        return CandidateBlock(
            pair_ids=ids,
            pair_starts=starts,
            kinds=self.texts.kinds_of(slots),
            written=self.texts.written_of(slots),
            codes=codes,
            terms=self.lexical.terms_of(slots),
            document_frequency=self.lexical.document_frequency(),
            text_count=len(self.lexical),
            asked_terms=known,
            asked_words=words,
            unknown_terms=unknown,
            bm25=bm25,
            cosine=cosine,
            bigram_bm25=self.bigrams.scores(
                frozen(code_points(question.normalised)), starts, codes
            ),
            revision=self.stamp.revision,
        )

    def ranked_by_words(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return the pairs of the texts with the highest BM25, best first, each once."""
        weights = self.lexical.query_weights(question.tokens)
        slots = self.lexical.top_docs(weights, CANDIDATES_PER_SIGNAL)
        scores = self.lexical.scores(weights, slots)
        return tuple(self.texts.ids_of(slots[np.lexsort((slots, -scores))]))

    def ranked_by_vector(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return the pairs of the texts with the highest cosine, best first, each once."""
        if self.dense is None or question.vector is None:
            return ()
        near = self.dense.nearest(question.vector, CANDIDATES_PER_SIGNAL)
        return tuple(self.texts.ids_of(np.array([found.slot for found in near], np.int64)))

    def check_scores(self, queries: Sequence[Sequence[str]] = ()) -> ScoreCheck:
        """Compare BM25 scores with rank-bm25's on a sample; raises ScoresDifferError."""
        # Only the commands that check need the reference library.
        from qa_service.retrieval.backends.embedded.bm25_reference import check_scores

        stored = list(islice(self.live_texts(), CHECKED_TEXTS))
        slots = np.array([text.slot for text in stored], np.int64)
        texts = [self._tokenizer.tokens(matching_form(text.text)) for text in stored]
        return check_scores(LexicalIndex(self.lexical.compacted(slots)), texts, queries)

    def vectors_by_text(self) -> Mapping[str, Vectors]:
        """Return the vector of every findable text, by text; empty without vectors."""
        if self.dense is None:
            return {}
        texts = list(self.live_texts())
        rows = self.dense.vectors(np.array([stored.slot for stored in texts], np.int64))
        return {stored.text: row for stored, row in zip(texts, rows, strict=True)}

    def area(self, pair_id: int) -> str:
        """Return the policy area of a findable pair; raises KeyError for an unknown one."""
        return self.texts.area(pair_id)

    def terms(self, stored: StoredText) -> Mapping[str, int]:
        """Return the terms of a stored text with their frequencies."""
        return self.lexical.terms(stored.slot)

    def optimised(self) -> "SearchIndex":
        """Return an index of the findable pairs alone, in the layout of a snapshot."""
        packed = SearchIndex(self._tokenizer, self._dimension, self.compacted())
        packed.stamp = self.stamp
        return packed

    def copied(self) -> "SearchIndex":
        """Return an index with the same content; both share the arrays of the snapshot."""
        return deepcopy(self, {id(self._tokenizer): self._tokenizer})

    def compacted(self) -> IndexArrays:
        """Return the findable pairs as arrays, by ascending id; former versions are left out."""
        texts, slots = self.texts.compacted()
        return IndexArrays(texts, self.lexical.compacted(slots), self._compacted_vectors(slots))

    def _tokenized(self, pair: IndexedPair) -> list[TokenizedText]:
        """Return the texts of a pair with their term frequencies."""
        return [
            TokenizedText(kind, text, Counter(self._tokenizer.tokens(matching_form(text))))
            for kind, text in pair.texts()
        ]

    def _add(
        self, pair: IndexedPair, texts: Sequence[TokenizedText], vectors: Vectors | None
    ) -> None:
        """Add a pair that is not in the index."""
        self.texts.add(pair, texts)
        slots = [self.lexical.add(text.terms) for text in texts]
        self.bigrams.add(self.texts.codes_of(np.array(slots, np.int64)))
        if self.dense is not None and vectors is not None:
            self.dense.add(slots, vectors)

    def _nearest(self, question: AnalysedQuestion, filters: Filters) -> Array:
        """Return the slots nearest to the question's vector, in no order."""
        if self.dense is None or question.vector is None:
            return np.empty(0, np.int64)
        return self.dense.near_slots(question.vector, _pool(filters))

    def _cosines(self, question: AnalysedQuestion, slots: Array) -> Array:
        """Return the cosine of each of ``slots`` with the question; zeros without vectors."""
        if self.dense is None or question.vector is None:
            return np.zeros(len(slots))
        return self.dense.cosines(question.vector, slots).astype(np.float64)

    def _compacted_vectors(self, slots: Array) -> DenseArrays | None:
        """Return the vectors of ``slots``, with a graph over them where they are many."""
        if self.dense is None:
            return None
        vectors = self.dense.vectors(slots)
        return DenseArrays(
            vectors, build_approximate(vectors) if len(vectors) > EXACT_LIMIT else None
        )

    def _check_shape(self, vectors: Vectors | None, count: int) -> None:
        """Raise ValueError unless ``vectors`` has ``count`` rows, where vectors are stored."""
        if self.dense is None:
            return
        if vectors is None or vectors.shape != (count, self.dense.dimension):
            raise ValueError("one vector of the index's dimension for each text is needed")


def _pool(filters: Filters, *, is_keyword: bool = False) -> int:
    """Return the number of texts proposed by a signal."""
    # Few pairs have dozens of wordings that hold a keyword; the others are looked for too.
    return CANDIDATES_WITHIN_BOUNDS if filters or is_keyword else CANDIDATES_PER_SIGNAL
