"""The contract between retrieval and a search backend.

A backend stores pairs as searchable texts and proposes candidate pairs for an analysed
question, together with their texts and raw signals. Ranking features, guard words and the
verdict are computed from that block alone, so that another search engine can implement
this contract without changes to them. ``plain_text`` builds the block from plain strings
for a backend without arrays.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa_service.errors import QAServiceError
from qa_service.retrieval.arrays.ragged import Array, Rows, Vectors
from qa_service.retrieval.documents import EVERYTHING, Filters, IndexedPair
from qa_service.retrieval.query import AnalysedQuestion, Tokenizer
from qa_service.retrieval.stopwatch import Stopwatch
from qa_service.vocabulary import TextKind

TEXT_KINDS = (TextKind.QUESTION, TextKind.VARIANT, TextKind.ANSWER)
"""Kinds of texts by their number in ``CandidateBlock.kinds``."""

QUESTION_KIND = TEXT_KINDS.index(TextKind.QUESTION)
ANSWER_KIND = TEXT_KINDS.index(TextKind.ANSWER)

LEXICAL_WEIGHT = 0.3
"""Weight of BM25 relative to cosine in the first order of texts and pairs."""

INDEX_FORMAT = 5
"""Version of the stored index; increment it when stored files would be read differently."""


REBUILD_FIRST = "请先运行 qa-service index rebuild"
"""Remedy for a shared index that does not fit."""


class IndexUnusableError(QAServiceError):
    """There is no stored index, or it must not be used; rebuild it from the database."""

    code = "snapshot_unusable"
    title = "索引快照不可用"


@dataclass(frozen=True, slots=True)
class Recipe:
    """Fingerprints of what builds an index; one built with another recipe must not be used.

    ``tokenizer`` and ``encoder`` are fingerprints; ``encoder`` is empty and ``dimension`` 0
    without an encoder.
    """

    tokenizer: str
    encoder: str
    dimension: int
    format: int = INDEX_FORMAT


@dataclass(frozen=True, slots=True)
class Stamp:
    """Identifies what an index contains: a bank, up to one of its revisions."""

    bank_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class BackendHealth:
    """State of a backend: pairs and texts that can be found, and why it cannot serve if so."""

    pairs: int
    texts: int
    problem: str | None = None


class SearchEngineError(QAServiceError):
    """The search engine outside this process cannot be used as it is configured or filled."""

    code = "search_engine_unusable"
    title = "检索引擎不可用"

    @property
    def shown(self) -> str:
        """The reason as anybody may read it; the message names the address of the engine."""
        return self.title


class EngineUnreachableError(SearchEngineError):
    """The search engine outside this process does not answer, or broke off."""

    code = "search_engine_unreachable"
    title = "检索引擎无法连接"


class CollectionUnfitError(SearchEngineError):
    """The search engine outside this process holds another index than the one wanted."""

    code = "search_collection_unfit"
    title = "检索引擎中的索引不能用"

    @property
    def shown(self) -> str:
        """The message, which says what is amiss and what to do, and names no address."""
        return self.message


class ScoresDifferError(QAServiceError):
    """The scores of the index differ from those of the reference library."""

    code = "scores_differ"
    title = "索引的得分有误"


@dataclass(frozen=True, slots=True)
class ScoreCheck:
    """Numbers of texts and queries compared, and the greatest difference of two scores."""

    texts: int
    queries: int
    max_difference: float


@dataclass(frozen=True, slots=True)
class CandidateBlock:
    """Candidate pairs in their first order, with their texts and raw signals.

    Pair ``i`` has the texts ``pair_starts[i]:pair_starts[i + 1]``, its question first;
    ``kinds``, ``written``, ``codes``, ``terms``, ``bm25`` and ``cosine`` are by text. First
    order: descending best ``cosine + LEXICAL_WEIGHT * bm25`` of the pair's texts, then
    ascending pair id.

    * ``kinds``: numbers into ``TEXT_KINDS``.
    * ``written``: the texts in UTF-8; ``codes``: code points of their normalised form.
    * ``terms``: the distinct term numbers of each text, ascending; ``document_frequency[t]``
      is the number of texts in the index that contain term ``t``, ``text_count`` the number
      of texts.
    * ``asked_terms``: the question's known terms by ascending number, ``asked_words`` the
      same as strings; ``unknown_terms`` counts those in no text.
    * ``bm25``: BM25 of each text, divided by that of a text equal to the question; ``cosine``
      is 0 without an encoder; ``bigram_bm25``: by pair, BM25 over the character bigrams of
      all its texts, divided by that of a pair equal to the question.
    """

    pair_ids: Array
    pair_starts: Array
    kinds: Array
    written: Rows
    codes: Rows
    terms: Rows
    document_frequency: Array
    text_count: int
    asked_terms: Array
    asked_words: tuple[str, ...]
    unknown_terms: int
    bm25: Array
    cosine: Array
    bigram_bm25: Array
    revision: int = 0

    def __len__(self) -> int:
        """Return the number of candidate pairs."""
        return len(self.pair_ids)


class SearchBackend(Protocol):
    """An index of pairs.

    Calls on one object come from one thread at a time; the engine serialises them. Where
    several processes share one index, each has an object of its own. All but the constructor
    raise EngineUnreachableError where the index lies outside this process.
    """

    stamp: Stamp
    """Bank and revision the index contains; set by the caller that brings it up to date.

    An index that others also write keeps the newest revision it was given.
    """

    @property
    def problem(self) -> str | None:
        """Why the index is not searched as it should be, in Chinese; None if it is."""
        ...

    @property
    def changes(self) -> int | None:
        """Number of calls that changed what is found; None of an index that others change too."""
        ...

    @property
    def takes_changes(self) -> bool:
        """Whether it can be changed now; if not, it is brought up to date later."""
        ...

    @property
    def has_vectors(self) -> bool:
        """Whether it stores a vector of each text; if not, it finds by words alone."""
        ...

    def refresh(self) -> Stamp:
        """Return the stamp after looking whether another process brought the index further."""
        ...

    def __len__(self) -> int:
        """Return the number of pairs that can be found."""
        ...

    def health(self) -> BackendHealth:
        """Return the state of the backend."""
        ...

    def pair_ids(self) -> frozenset[int]:
        """Return the id of every pair that can be found."""
        ...

    def upsert(self, pairs: Sequence[IndexedPair], vectors: Vectors | None) -> None:
        """Make ``pairs`` searchable, each in place of its former version.

        ``vectors`` holds one row for each text, pair by pair in the order of
        ``IndexedPair.texts()``. Raises ValueError when the index stores vectors and the shape
        does not fit. A shared index leaves out a pair of which it holds a later revision.
        """
        ...

    def remove(self, pair_ids: Iterable[int], *, revision: int = 0) -> None:
        """Make the pairs unfindable; unknown ids are ignored.

        A shared index keeps a pair that was put in at a later ``revision``, unless that is 0.
        """
        ...

    def propose(
        self,
        question: AnalysedQuestion,
        *,
        limit: int,
        filters: Filters = EVERYTHING,
        watch: Stopwatch,
    ) -> CandidateBlock:
        """Return at most ``limit`` candidate pairs within ``filters``.

        Candidates come from both signals; without a vector from BM25 alone. Equal questions
        to equal banks give equal blocks. Times are booked to the stages "lexical" and "dense".
        """
        ...

    def ranked_by_words(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return pair ids by BM25 alone, best first, for evaluation."""
        ...

    def ranked_by_vector(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return pair ids by cosine alone, best first; none without vectors."""
        ...

    def check_scores(self, queries: Sequence[Sequence[str]] = ()) -> ScoreCheck | None:
        """Compare lexical scores with a reference on a sample; raises ScoresDifferError.

        ``queries`` are token lists; by default a sample of the stored texts is asked. Returns
        None for an index without a reference.
        """
        ...

    def vectors_by_text(self) -> Mapping[str, Vectors]:
        """Return the vector of every findable text, by text; empty when none are stored."""
        ...

    def optimised(self) -> "SearchBackend":
        """Return an index with the same content, packed for searching."""
        ...

    def copied(self) -> "SearchBackend":
        """Return an index with the same content, whose changes do not touch this one."""
        ...


class CreateBackend(Protocol):
    """Creates an empty index; ``dimension`` is None when there are no vectors."""

    def __call__(self, tokenizer: Tokenizer, dimension: int | None) -> SearchBackend:
        """Return the empty index."""
        ...


Showable = Callable[[Sequence[int]], frozenset[int]]
"""Callback that returns those of the ranked candidates' ids that may be shown."""


def nothing(_pair_ids: Sequence[int]) -> frozenset[int]:
    """Return no id: the ``contested`` of a bank without contradictions."""
    return frozenset()
