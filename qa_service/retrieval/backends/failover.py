"""An index outside this process, with one of its own that stands by.

While the engine is gone, the index that stands by proposes; without one nothing is proposed, so
that a question is registered and never answered wrongly. What changes meanwhile reaches the
engine when it is back, because its own stamp tells what it has missed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import TypeVar

from qa_service.observability.events import SearchEngineBack, SearchEngineFailed, log_event
from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import (
    BackendHealth,
    CandidateBlock,
    ScoreCheck,
    SearchBackend,
    SearchEngineError,
    Stamp,
)
from qa_service.retrieval.backends.plain_text import empty_block
from qa_service.retrieval.documents import EVERYTHING, Filters, IndexedPair
from qa_service.retrieval.query import AnalysedQuestion
from qa_service.retrieval.stopwatch import Stopwatch

RETRY_SECONDS = 5.0
"""Time for which an engine that failed is not asked again."""

WATCHED_RETRY_SECONDS = 4.0
"""The same for whoever watches the index: sooner, so that no asker waits for one that hangs."""

STANDING_IN = "{problem}；正用本机索引检索"
NOTHING_FOUND = "{problem}；目前检索不到任何问答，问题请先登记"

Found = TypeVar("Found")


class FailoverIndex:
    """Searches in ``engine``, and in ``standby`` while that fails."""

    changes: int | None = None

    def __init__(
        self,
        engine: SearchBackend,
        standby: SearchBackend | None,
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self.engine = engine
        self.standby = standby
        self._now = now
        self._failed_at = float("-inf")
        self._failure = ""
        self._has_missed = False
        self._owed: Stamp | None = None
        self._opens: Callable[[], SearchBackend] | None = None

    def opened_by(self, opens: Callable[[], SearchBackend], gone: SearchEngineError) -> None:
        """Search in what ``opens`` returns as soon as it does; ``gone`` is why it cannot yet.

        Until then the present engine only stands for it. ``opens`` raises SearchEngineError.
        """
        self._opens = opens
        self._note_failure(gone)

    @property
    def problem(self) -> str | None:
        """Return why the engine is not searched in, in Chinese; None while it is."""
        if not self._failure:
            return None
        told = STANDING_IN if self.standby is not None else NOTHING_FOUND
        return told.format(problem=self._failure)

    @property
    def takes_changes(self) -> bool:
        """Whether anything can be changed now."""
        return self.standby is not None or self._is_up()

    @property
    def has_vectors(self) -> bool:
        """Whether the engine stores a vector of each text; what stands by is made like it."""
        return self.engine.has_vectors

    @property
    def stamp(self) -> Stamp:
        """Bank and revision that both indexes contain at least, or the one that is searched in."""
        if self.standby is None:
            return self.engine.stamp
        if self._failure:
            return self.standby.stamp
        own, other = self.engine.stamp, self.standby.stamp
        return own if own.bank_id != other.bank_id or own.revision < other.revision else other

    @stamp.setter
    def stamp(self, stamp: Stamp) -> None:
        """Note what the indexes contain; an engine that missed a change keeps its own."""
        if self.standby is not None:
            self.standby.stamp = stamp
        if not self._has_missed:
            self._change(lambda: setattr(self.engine, "stamp", stamp))
        if self._has_missed:
            self._owed = stamp

    def refresh(self) -> Stamp:
        """Return the stamp after asking the engine how far other processes brought it."""
        self._has_missed, self._owed = False, None
        if self._is_up(is_watched=True):
            self._tried(self.engine.refresh)
        return self.stamp

    def __len__(self) -> int:
        """Return the number of pairs that can be found."""
        return self.health().pairs

    def health(self) -> BackendHealth:
        """Return the state of the index that is searched in."""
        found = self._either(lambda index: index.health(), BackendHealth(0, 0))
        return BackendHealth(found.pairs, found.texts, self.problem)

    def pair_ids(self) -> frozenset[int]:
        """Return the id of every pair that can be found."""
        return self._either(lambda index: index.pair_ids(), frozenset())

    def upsert(self, pairs: Sequence[IndexedPair], vectors: Vectors | None) -> None:
        """Make the pairs searchable in both indexes."""
        if self.standby is not None:
            self.standby.upsert(pairs, vectors)
        self._change(lambda: self.engine.upsert(pairs, vectors))

    def remove(self, pair_ids: Iterable[int], *, revision: int = 0) -> None:
        """Make the pairs unfindable in both indexes."""
        gone = list(pair_ids)
        if self.standby is not None:
            self.standby.remove(gone, revision=revision)
        self._change(lambda: self.engine.remove(gone, revision=revision))

    def propose(
        self,
        question: AnalysedQuestion,
        *,
        limit: int,
        filters: Filters = EVERYTHING,
        watch: Stopwatch,
    ) -> CandidateBlock:
        """Return the candidates of the engine, else of what stands by, else none."""
        return self._either(
            lambda index: index.propose(question, limit=limit, filters=filters, watch=watch),
            empty_block(question),
        )

    def ranked_by_words(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return pair ids by words alone, best first."""
        return self._either(lambda index: index.ranked_by_words(question), ())

    def ranked_by_vector(self, question: AnalysedQuestion) -> tuple[int, ...]:
        """Return pair ids by vector alone, best first."""
        return self._either(lambda index: index.ranked_by_vector(question), ())

    def check_scores(self, queries: Sequence[Sequence[str]] = ()) -> ScoreCheck | None:
        """Compare scores with the reference of the index that stands by, if there is one."""
        return None if self.standby is None else self.standby.check_scores(queries)

    def vectors_by_text(self) -> Mapping[str, Vectors]:
        """Return the vector of every findable text, from memory where they are."""
        if self.standby is not None:
            return self.standby.vectors_by_text()
        return self._either(lambda index: index.vectors_by_text(), {})

    def optimised(self) -> "FailoverIndex":
        """Return the index itself."""
        return self

    def copied(self) -> SearchBackend:
        """Return an index with the same content, whose changes do not touch this one."""
        copied = FailoverIndex(
            self.engine.copied(),
            None if self.standby is None else self.standby.copied(),
            now=self._now,
        )
        copied._failed_at, copied._failure = self._failed_at, self._failure
        opens = self._opens
        if opens is not None:
            copied._opens = lambda: opens().copied()
        return copied

    def adopt_standby(self, standby: SearchBackend) -> None:
        """Let another index stand by, equal to the present one."""
        self.standby = standby

    def _is_up(self, *, is_watched: bool = False) -> bool:
        """Return whether the engine answers; one that failed is tried again after a while."""
        after = WATCHED_RETRY_SECONDS if is_watched else RETRY_SECONDS
        if self._failure and self._now() - self._failed_at >= after:
            self._failed_at = self._now()  # others go on without it while it is tried
            self._tried(self._look_again)
        return not self._failure

    def _look_again(self) -> None:
        """Ask an engine that failed for its stamp; open one that was gone at the start."""
        if self._opens is not None:
            self.engine, self._opens = self._opens(), None
        self.engine.refresh()

    @property
    def _is_behind(self) -> bool:
        """Whether the engine has not taken in all that stands by, since it was gone."""
        if self._has_missed and not self._was_made_up():
            return True
        return self.standby is not None and self.engine.stamp.revision < self.standby.stamp.revision

    def _was_made_up(self) -> bool:
        """Return whether another process brought to the engine what this one could not."""
        held, owed = self.engine.stamp, self._owed
        if owed is None or held.bank_id != owed.bank_id or held.revision < owed.revision:
            return False
        self._has_missed, self._owed = False, None
        return True

    def _either(self, ask: Callable[[SearchBackend], Found], nothing: Found) -> Found:
        """Return the answer of the engine, else of what stands by, else ``nothing``."""
        answers: list[Found] = []
        if self._is_up() and not self._is_behind:
            self._tried(lambda: answers.append(ask(self.engine)))
        if answers:
            return answers[0]
        return nothing if self.standby is None else ask(self.standby)

    def _tried(self, act: Callable[[], object]) -> bool:
        """Return whether ``act`` succeeded; why the engine failed is kept."""
        try:
            act()
        except SearchEngineError as error:
            self._note_failure(error)
            return False
        if self._failure:
            log_event(SearchEngineBack())
        self._failure = ""
        return True

    def _note_failure(self, error: SearchEngineError) -> None:
        """Keep why the engine failed, and log it where that is new."""
        if self._failure != error.shown:
            log_event(SearchEngineFailed(error.code))
        self._failed_at, self._failure = self._now(), error.shown

    def _change(self, act: Callable[[], None]) -> None:
        """Change the engine, or note that it missed a change until its stamp is asked for."""
        if self._has_missed or not self._is_up() or not self._tried(act):
            self._has_missed = True
