"""Hosts of a service that searches on an engine outside and keeps its data in PostgreSQL."""

import signal
from dataclasses import dataclass
from threading import Event
from time import monotonic

import httpx
from forked_service import Home, Nursery, Service
from scratch_service import make_settings

from qa_service.clock import SystemClock
from qa_service.services import build_services, open_tokenizer
from qa_service.storage.engine import open_engine
from qa_service.vocabulary import SearchEngine


@dataclass
class Host:
    """One host of the service: a process at a time, with an index folder of its own."""

    name: str
    nursery: Nursery
    home: Home
    engine_url: str
    stands_by: bool
    service: Service | None = None

    def start(self) -> str:
        """Start the process; its address once it answers."""
        self.service = self.nursery.start(
            self.home,
            QA_INDEX_DIR=str(self.home.folder / f"index-{self.name}"),
            QA_SEARCH_ENGINE="oceanbase",
            QA_SEARCH_ENGINE_URL=self.engine_url,
            QA_SEARCH_STANDBY=str(self.stands_by).lower(),
        )
        return self.service.url

    def kill(self) -> None:
        assert self.service is not None
        assert self.service.kill() == -signal.SIGKILL

    def reason(self) -> str:
        """Why the service is degraded by its search engine, empty if it is not."""
        assert self.service is not None
        ready = httpx.get(f"{self.service.url}/readyz", timeout=30).json()
        told = str(ready.get("degraded_reason") or "")
        return told if "检索引擎" in told else ""

    def until_recovered(self) -> None:
        """Return once the engine is searched in again."""
        until = monotonic() + 30
        while self.reason():
            assert monotonic() < until, self.reason()
            Event().wait(0.2)


def fill(home: Home, url: str) -> None:
    """Put the bank into the engine, as ``qa-service index rebuild`` does."""
    settings = make_settings(home.folder).model_copy(
        update={"search_engine": SearchEngine.OCEANBASE, "search_engine_url": url}
    )
    services = build_services(
        settings,
        clock=SystemClock(),
        database=open_engine(home.database_url),
        tokenizer=open_tokenizer(settings),
        encoder=None,
    )
    services.index_sync.build_first()
    services.database.dispose()
