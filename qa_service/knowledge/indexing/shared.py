"""An index that all processes share, and the one of this machine that stands by for it."""

from sqlalchemy import Engine

from qa_service.knowledge.indexing.build import build_index
from qa_service.knowledge.indexing.indexed import bank_state, refuse_foreign
from qa_service.knowledge.revision import engine_mark, mark_engine
from qa_service.progress import Progress, no_progress
from qa_service.retrieval.backends.contract import (
    EngineUnreachableError,
    IndexUnusableError,
    SearchBackend,
    Stamp,
)
from qa_service.retrieval.backends.stores import IndexStore
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.storage.engine import session_scope

NEVER_USED = "本库还没有用过这个检索引擎，地址可能有误，没有写入任何内容"

NOTHING_YET = 0
"""Revision of an index that holds nothing of the bank."""


def is_engine_of(database: Engine, store: IndexStore) -> bool:
    """Return whether the bank was put into the engine of ``store`` before."""
    with session_scope(database, read_only=True) as session:
        return bool(store.place) and engine_mark(session) == store.place


def note_engine(database: Engine, store: IndexStore) -> None:
    """Remember that the bank lies in the engine of ``store``, if it has one."""
    if store.place and not is_engine_of(database, store):
        with session_scope(database) as session:
            mark_engine(session, store.place)


def refuse_unknown(database: Engine, store: IndexStore, gone: EngineUnreachableError) -> None:
    """Raise ``gone``, with its likely cause, unless the bank was put into that engine before.

    One that never answered may have a wrong address; one that did is only away.
    """
    if not is_engine_of(database, store):
        raise EngineUnreachableError(f"{gone.message}；{NEVER_USED}") from gone


def load_without(
    database: Engine, engine: RetrievalEngine, store: IndexStore, gone: EngineUnreachableError
) -> SearchBackend:
    """Return what is searched in while the engine of ``store`` is ``gone``.

    Raises EngineUnreachableError for an engine that the bank was never put into.
    """
    refuse_unknown(database, store, gone)

    def check(index: SearchBackend) -> None:
        with session_scope(database, read_only=True) as session:
            refuse_foreign(session, index, shared=True)

    empty = engine.empty_index()
    with session_scope(database, read_only=True) as session:
        newest, _ = bank_state(session)
    empty.stamp = Stamp(newest.bank_id, NOTHING_YET)
    return store.load_without(gone, engine.recipe(), engine.tokenizer, empty=empty, check=check)


def adopt_built(engine: RetrievalEngine, store: IndexStore) -> bool:
    """Let ``engine`` search in the shared index that another process built for its words.

    Returns whether there is one.
    """
    if store.rebuilds_at_start:
        return False
    try:
        engine.adopt(store.load(engine.recipe(), engine.tokenizer))
    except IndexUnusableError:
        return False
    return True


def stand_by(
    database: Engine, engine: RetrievalEngine, store: IndexStore, progress: Progress = no_progress
) -> None:
    """Build the index that should stand by for that of ``engine``, if there is none yet."""
    local = store.lacking(engine.index)
    if local is None:
        return
    with session_scope(database, read_only=True) as session:
        stamp, _ = bank_state(session)
        built, cache = build_index(session, engine, local, progress, stamp=stamp)
    local.save(built, engine.recipe(), engine.tokenizer)
    cache.clear()
