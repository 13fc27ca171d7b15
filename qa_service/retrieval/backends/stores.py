"""The contracts of what keeps an index between starts, and vectors while one is built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import (
    EngineUnreachableError,
    Recipe,
    SearchBackend,
    Stamp,
)
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.query import Tokenizer

KnownVectors = Callable[[Sequence[IndexedPair]], Mapping[str, Vectors]]
"""Callback that returns, by text, vectors of texts of the pairs that were made before."""


Check = Callable[[SearchBackend], None]
"""Callback that raises IndexUnusableError for an index that does not hold the bank."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An index being built, not searched yet.

    It holds the pairs up to the id ``filled_to`` already, as they were at the revision of its
    stamp, where an interrupted build is continued.
    """

    index: SearchBackend
    filled_to: int = 0


class VectorCache(Protocol):
    """Vectors kept while an index is built, so that a killed build does not repeat them."""

    def get(self, text: str) -> Vectors | None:
        """Return the vector of ``text``, shape (dimension,), if it was made before."""
        ...

    def append(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the vector of each text."""
        ...

    def clear(self) -> None:
        """Discard all vectors."""
        ...


class DraftStore(Protocol):
    """Keeps what was built."""

    def draft(self, recipe: Recipe, tokenizer: Tokenizer, stamp: Stamp) -> Draft:
        """Return an index to be filled with the bank of ``stamp`` by ascending pair id.

        It is searched once it is saved. One that an interrupted build left has an earlier stamp.
        """
        ...

    def save(self, index: SearchBackend, recipe: Recipe, tokenizer: Tokenizer) -> SearchBackend:
        """Store ``index`` and return the one to search in from now on.

        Raises OSError or IndexUnusableError when it could not be stored.
        """
        ...

    def known_vectors(self, recipe: Recipe) -> KnownVectors:
        """Return what looks up vectors that the same encoder made for an earlier index."""
        ...

    def vector_cache(self, recipe: Recipe) -> VectorCache:
        """Return the cache of an unfinished build with the same encoder."""
        ...


class IndexStore(DraftStore, Protocol):
    """Keeps a built index between starts."""

    rebuilds_at_start: bool
    """Whether an index that does not fit is rebuilt by the process that finds it so.

    One that others share is rebuilt by ``qa-service index rebuild`` alone.
    """

    place: str
    """Fingerprint of the address of an engine outside this process; empty without one."""

    def check(self) -> None:
        """Raise SearchEngineError if an engine outside this process cannot be used."""
        ...

    def check_filled(self, dimension: int | None) -> None:
        """Raise as ``check`` does, and IndexUnusableError where an engine lacks a whole index.

        ``dimension`` is that of the vectors that will be searched, None if not known yet.
        """
        ...

    def load(self, recipe: Recipe, tokenizer: Tokenizer) -> SearchBackend:
        """Return the stored index; raises IndexUnusableError if there is none that fits."""
        ...

    def load_without(
        self,
        gone: EngineUnreachableError,
        recipe: Recipe,
        tokenizer: Tokenizer,
        *,
        empty: SearchBackend,
        check: Check,
    ) -> SearchBackend:
        """Return what is searched in while the engine outside this process is ``gone``.

        What stands by is left out unless it passes ``check``. The engine's index must pass it,
        too, when it is back; ``empty`` has its place until then.
        """
        ...

    def verify(self, recipe: Recipe) -> Stamp:
        """Check the stored index and return its stamp; raises IndexUnusableError."""
        ...

    def is_worth_saving(self, index: SearchBackend) -> bool:
        """Return whether the changes since ``index`` was stored justify storing it again."""
        ...

    def lacking(self, index: SearchBackend) -> DraftStore | None:
        """Return where to build the index that should stand by for ``index``; None if none."""
        ...
