"""Chooses the store of the search index by where it is searched."""

from pathlib import Path

from qa_service.errors import ConfigurationError, FieldProblem
from qa_service.retrieval.backends.embedded.store import SnapshotStore
from qa_service.retrieval.backends.stores import IndexStore
from qa_service.vocabulary import SearchEngine


def index_store(chosen: SearchEngine, url: str, folder: Path, *, stands_by: bool) -> IndexStore:
    """Return the store of the engine at ``url``, or of snapshots in ``folder``.

    With ``stands_by``, an index in ``folder`` takes over while the engine is gone. Nothing is
    opened yet. Raises ConfigurationError for an address that cannot be one.
    """
    local = SnapshotStore(folder)
    if chosen is SearchEngine.EMBEDDED:
        if url:
            message = "要使用检索引擎，请同时设 QA_SEARCH_ENGINE=oceanbase；否则请清空"
            raise ConfigurationError(
                f"设置有误：QA_SEARCH_ENGINE_URL {message}",
                problems=(FieldProblem("QA_SEARCH_ENGINE_URL", message),),
            )
        return local
    from qa_service.retrieval.backends.oceanbase.connection import read_address
    from qa_service.retrieval.backends.oceanbase.store import EngineStore

    return EngineStore(read_address(url), local if stands_by else None)
