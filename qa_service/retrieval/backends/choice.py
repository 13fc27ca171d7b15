"""Chooses the store of the search index by where it is searched."""

from pathlib import Path
from typing import Protocol

from qa_service.errors import ConfigurationError, FieldProblem
from qa_service.retrieval.backends.embedded.store import SnapshotStore
from qa_service.retrieval.backends.stores import IndexStore
from qa_service.vocabulary import SearchEngine


class SearchSettings(Protocol):
    """The settings that say where the index is."""

    @property
    def search_engine(self) -> SearchEngine:
        """The engine."""
        ...

    @property
    def search_engine_url(self) -> str:
        """Its address, empty for the embedded one."""
        ...

    @property
    def index_dir(self) -> Path:
        """Folder of the index on this machine."""
        ...

    @property
    def search_standby(self) -> bool:
        """Whether that index takes over while the engine is gone."""
        ...


def index_store(settings: SearchSettings) -> IndexStore:
    """Return the store of the engine that the settings name, or of snapshots in their folder.

    Nothing is opened yet. Raises ConfigurationError for an address that cannot be one.
    """
    local = SnapshotStore(settings.index_dir)
    if settings.search_engine is SearchEngine.EMBEDDED:
        if settings.search_engine_url:
            message = "要使用检索引擎，请同时设 QA_SEARCH_ENGINE=oceanbase；否则请清空"
            raise ConfigurationError(
                f"设置有误：QA_SEARCH_ENGINE_URL {message}",
                problems=(FieldProblem("QA_SEARCH_ENGINE_URL", message),),
            )
        return local
    from qa_service.retrieval.backends.oceanbase.connection import read_address
    from qa_service.retrieval.backends.oceanbase.store import EngineStore

    standby = local if settings.search_standby else None
    return EngineStore(read_address(settings.search_engine_url), standby)
