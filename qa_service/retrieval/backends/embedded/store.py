"""Keeps the embedded index on disk between starts: implements ``IndexStore``."""

from pathlib import Path

from qa_service.retrieval.backends.contract import (
    EngineUnreachableError,
    Recipe,
    SearchBackend,
    Stamp,
)
from qa_service.retrieval.backends.embedded.embedding_cache import VectorLog
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.backends.embedded.snapshot import (
    load_snapshot,
    load_vectors,
    save_snapshot,
    verify_snapshot,
)
from qa_service.retrieval.backends.stores import Check, Draft, DraftStore, KnownVectors
from qa_service.retrieval.query import Tokenizer


class SnapshotStore:
    """Snapshots below one folder; see ``snapshot`` for their layout."""

    rebuilds_at_start = True
    place = ""

    def __init__(self, root: Path) -> None:
        """Use the folder ``root``, which need not exist yet."""
        self._root = root

    def check(self) -> None:
        """Do nothing: this index needs no engine outside."""

    def check_filled(self, dimension: int | None) -> None:
        """Do nothing: an index that does not fit is rebuilt at the start."""

    def load(self, recipe: Recipe, tokenizer: Tokenizer) -> SearchIndex:
        """Return the current snapshot as an index; raises IndexUnusableError."""
        arrays, stamp = load_snapshot(self._root, recipe)
        index = SearchIndex(tokenizer, recipe.dimension or None, arrays)
        index.stamp = stamp
        return index

    def load_without(
        self,
        gone: EngineUnreachableError,
        recipe: Recipe,
        tokenizer: Tokenizer,
        *,
        empty: SearchBackend,
        check: Check,
    ) -> SearchBackend:
        """Raise ``gone``: this index has no engine outside that could be."""
        raise gone

    def draft(self, recipe: Recipe, tokenizer: Tokenizer, stamp: Stamp) -> Draft:
        """Return an empty index in memory."""
        index = SearchIndex(tokenizer, recipe.dimension or None)
        index.stamp = stamp
        return Draft(index)

    def save(self, index: SearchBackend, recipe: Recipe, tokenizer: Tokenizer) -> SearchIndex:
        """Write a snapshot of ``index`` and return it mapped into memory, shared by processes.

        Raises TypeError for an index of another backend, OSError if the disk fails.
        """
        save_snapshot(_embedded(index).compacted(), self._root, recipe, index.stamp)
        return self.load(recipe, tokenizer)

    def lacking(self, index: SearchBackend) -> DraftStore | None:
        """Return None: an index of this machine needs none to stand by."""
        return None

    def verify(self, recipe: Recipe) -> Stamp:
        """Check the current snapshot's files; raises IndexUnusableError."""
        return verify_snapshot(self._root, recipe)

    def is_worth_saving(self, index: SearchBackend) -> bool:
        """Return whether a new snapshot is worth the time it takes."""
        return _embedded(index).is_worth_saving

    def known_vectors(self, recipe: Recipe) -> KnownVectors:
        """Return what looks into the newest sound snapshot of the same encoder."""
        known = load_vectors(self._root, recipe)
        return lambda _pairs: known

    def vector_cache(self, recipe: Recipe) -> VectorLog:
        """Return the vectors of an unfinished build with the same encoder."""
        return VectorLog(self._root, recipe.encoder, recipe.dimension)


def _embedded(index: SearchBackend) -> SearchIndex:
    """Return ``index`` as what it is; raises TypeError for one of another backend."""
    if not isinstance(index, SearchIndex):
        raise TypeError(f"snapshots hold embedded indexes, not {type(index).__qualname__}")
    return index
