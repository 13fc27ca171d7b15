"""An index that all processes share, and the one of this machine that stands by for it."""

from sqlalchemy import Engine

from qa_service.knowledge.indexing.build import build_index
from qa_service.knowledge.indexing.indexed import bank_state
from qa_service.progress import Progress, no_progress
from qa_service.retrieval.backends.contract import IndexUnusableError
from qa_service.retrieval.backends.stores import IndexStore
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.storage.engine import session_scope


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
