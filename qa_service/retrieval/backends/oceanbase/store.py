"""Implements ``IndexStore`` with the collections of an OceanBase database."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import (
    CollectionUnfitError,
    EngineUnreachableError,
    IndexUnusableError,
    Recipe,
    SearchBackend,
    SearchEngineError,
    Stamp,
)
from qa_service.retrieval.backends.failover import FailoverIndex
from qa_service.retrieval.backends.oceanbase.collections import (
    Collection,
    State,
    activate,
    drop,
    find,
    hold_build,
    lay_collection,
    lay_graph,
    lay_register,
)
from qa_service.retrieval.backends.oceanbase.connection import (
    CHECK_SECONDS,
    Address,
    Connection,
)
from qa_service.retrieval.backends.oceanbase.fitness import (
    collection_in_use,
    continues,
    refuse_other,
    refuse_other_dimension,
)
from qa_service.retrieval.backends.oceanbase.index import OceanBaseIndex
from qa_service.retrieval.backends.oceanbase.vectors import vectors_of
from qa_service.retrieval.backends.oceanbase.version import check_version
from qa_service.retrieval.backends.stores import (
    Check,
    Draft,
    DraftStore,
    IndexStore,
    KnownVectors,
    VectorCache,
)
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.query import Tokenizer


class EngineStore:
    """The collection in use and the one being built.

    ``standby`` stores an index of this machine that takes over while the engine is gone; None:
    nothing is found meanwhile.
    """

    rebuilds_at_start = False

    def __init__(self, address: Address, standby: IndexStore | None) -> None:
        """Remember the address; nothing is opened yet."""
        self._address = address
        self.place = address.mark
        self._connection = Connection(address)
        self._patient = self._connection.patient()
        self._standby = standby
        self._guard: Connection | None = None

    def check(self) -> None:
        """Raise SearchEngineError unless the engine answers, lets us in and is new enough."""
        with self._trying() as connection:
            check_version(connection)

    def check_filled(self, dimension: int | None) -> None:
        """Raise SearchEngineError as ``check`` does, IndexUnusableError for no whole index.

        That is one in use, with vectors of the ``dimension``, if that is known.
        """
        with self._trying() as connection:
            check_version(connection)
            active = collection_in_use(connection)
        if dimension is not None:
            refuse_other_dimension(active.recipe.dimension, dimension)

    @contextmanager
    def _trying(self) -> Iterator[Connection]:
        """A connection that does not wait long, closed at the end of the block."""
        connection = self._connection.patient(CHECK_SECONDS)
        try:
            yield connection
        finally:
            connection.close()

    def load(self, recipe: Recipe, tokenizer: Tokenizer) -> SearchBackend:
        """Return the collection in use, with the index that stands by.

        Raises IndexUnusableError if it does not fit, SearchEngineError if its engine cannot be
        used.
        """
        collection = self._fitting(recipe)
        index = OceanBaseIndex(Connection(self._address), collection, tokenizer)
        return FailoverIndex(index, self._stand_by(recipe, tokenizer))

    def load_without(
        self,
        gone: EngineUnreachableError,
        recipe: Recipe,
        tokenizer: Tokenizer,
        *,
        empty: SearchBackend,
        check: Check,
    ) -> SearchBackend:
        """Return the index that stands by alone, until the engine is back."""

        def opens() -> SearchBackend:
            try:
                found = OceanBaseIndex(Connection(self._address), self._fitting(recipe), tokenizer)
                check(found)
            except IndexUnusableError as error:
                raise CollectionUnfitError(
                    f"{error.message}，请运行 qa-service index rebuild"
                ) from error
            return found

        index = FailoverIndex(empty, self._stand_by(recipe, tokenizer, check))
        index.opened_by(opens, gone)
        return index

    def draft(self, recipe: Recipe, tokenizer: Tokenizer, stamp: Stamp) -> Draft:
        """Return the collection being built, a new one unless it has this recipe and bank.

        Holds out other processes that would build, until it is saved or this process ends.
        """
        self.check()
        self._hold_build()
        lay_register(self._patient)
        begun = find(self._patient, State.BUILDING)
        if begun is not None and not continues(begun, recipe, stamp):
            drop(self._patient, begun.name)
            begun = None
        collection = begun or lay_collection(self._patient, recipe)
        index = OceanBaseIndex(self._patient, collection, tokenizer)
        if begun is None:
            index.stamp = stamp
        return Draft(index, collection.filled_to)

    def save(self, index: SearchBackend, recipe: Recipe, tokenizer: Tokenizer) -> SearchBackend:
        """Let everybody search in a filled collection, drop the former one, and return it.

        Of a collection in use, what stands by is stored.
        """
        if isinstance(index, FailoverIndex):
            if self._standby is not None and index.standby is not None:
                index.adopt_standby(self._standby.save(index.standby, recipe, tokenizer))
            return index
        built = _of_engine(index)
        collection = find(self._patient, State.BUILDING)
        if collection is None or collection.name != built.name:
            raise SearchEngineError("正在建立的索引已被另一个进程替换，请重新运行")
        lay_graph(self._patient, collection)
        activate(self._patient, built.name)
        self._release_build()
        return self.load(recipe, tokenizer)

    def lacking(self, index: SearchBackend) -> DraftStore | None:
        """Return the store of the index that should stand by for ``index`` and is not there."""
        if self._standby is None or not isinstance(index, FailoverIndex) or index.standby:
            return None
        return StandbyStore(self, self._standby, index)

    def verify(self, recipe: Recipe) -> Stamp:
        """Check the collection in use and return its stamp; raises IndexUnusableError."""
        return self._fitting(recipe).stamp

    def is_worth_saving(self, index: SearchBackend) -> bool:
        """Return whether what stands by has changed enough to store it."""
        standby = index.standby if isinstance(index, FailoverIndex) else None
        return bool(self._standby and standby and self._standby.is_worth_saving(standby))

    def known_vectors(self, recipe: Recipe) -> KnownVectors:
        """Return what looks up vectors of pairs in the collection in use, of the same encoder."""
        if not recipe.dimension:
            return _none_known
        active = find(self._connection, State.ACTIVE)
        if active is None or (active.recipe.encoder, active.recipe.dimension) != (
            recipe.encoder,
            recipe.dimension,
        ):
            return _none_known
        name = active.name
        return lambda pairs: vectors_of(self._patient, name, [pair.pair_id for pair in pairs])

    def vector_cache(self, recipe: Recipe) -> "NoCache":
        """Return a cache that keeps nothing: a build that was killed is continued."""
        return NoCache()

    def _fitting(self, recipe: Recipe) -> Collection:
        """Return the collection in use; raises IndexUnusableError unless it has this recipe."""
        self.check()
        active = collection_in_use(self._connection)
        refuse_other(active.recipe, recipe)
        return active

    def _stand_by(
        self, recipe: Recipe, tokenizer: Tokenizer, check: Check | None = None
    ) -> SearchBackend | None:
        """Return the stored index that stands by, if there is one that passes ``check``."""
        if self._standby is None:
            return None
        try:
            found = self._standby.load(recipe, tokenizer)
            if check is not None:
                check(found)
        except IndexUnusableError:
            return None
        return found

    def _hold_build(self) -> None:
        """Wait until no other process builds; the engine frees the line of one that died."""
        if self._guard is not None:
            return
        guard = self._connection.patient()
        try:
            hold_build(guard)
        except EngineUnreachableError:
            raise
        except SearchEngineError as error:
            raise SearchEngineError("另一个进程正在建立索引，请等它完成后再运行") from error
        self._guard = guard

    def _release_build(self) -> None:
        """Let others build."""
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.close()


class StandbyStore:
    """Stores the index that stands by for another: the local store, with the engine's vectors."""

    def __init__(self, engine: EngineStore, local: IndexStore, index: FailoverIndex) -> None:
        self._engine, self._local, self._index = engine, local, index

    def draft(self, recipe: Recipe, tokenizer: Tokenizer, stamp: Stamp) -> Draft:
        """Return an empty index of this machine."""
        return self._local.draft(recipe, tokenizer, stamp)

    def save(self, index: SearchBackend, recipe: Recipe, tokenizer: Tokenizer) -> SearchBackend:
        """Store ``index``, let it stand by, and return both."""
        self._index.adopt_standby(self._local.save(index, recipe, tokenizer))
        return self._index

    def known_vectors(self, recipe: Recipe) -> KnownVectors:
        """Return what looks up vectors in the engine; none are known while that is gone."""
        try:
            known = self._engine.known_vectors(recipe)
        except EngineUnreachableError:
            return _none_known
        return lambda pairs: _known_or_none(known, pairs)

    def vector_cache(self, recipe: Recipe) -> VectorCache:
        """Return the local cache."""
        return self._local.vector_cache(recipe)


class NoCache:
    """Keeps no vector: implements ``VectorCache``."""

    def get(self, text: str) -> Vectors | None:
        """Return None."""
        return None

    def append(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep nothing."""

    def clear(self) -> None:
        """Do nothing."""


def _none_known(_pairs: Sequence[IndexedPair]) -> Mapping[str, Vectors]:
    """Return no vector."""
    return {}


def _known_or_none(known: KnownVectors, pairs: Sequence[IndexedPair]) -> Mapping[str, Vectors]:
    """Return the vectors that are known, none where the engine is gone."""
    try:
        return known(pairs)
    except EngineUnreachableError:
        return {}


def _of_engine(index: SearchBackend) -> OceanBaseIndex:
    """Return ``index`` as what it is; raises TypeError for one of another backend."""
    if not isinstance(index, OceanBaseIndex):
        raise TypeError(f"collections hold no {type(index).__qualname__}")
    return index
