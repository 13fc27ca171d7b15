"""The index follows what others commit, though nobody searches."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue

import pytest
from scratch_service import lay_test_corpus, make_settings
from sqlalchemy import Engine, text

from qa_service.accounts.actor import STARTER_BANK
from qa_service.clock import FixedClock
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.knowledge.indexing.watcher import IndexWatcher
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.retrieval.backends.embedded.store import SnapshotStore
from qa_service.services import build_services
from qa_service.storage.engine import session_scope
from qa_service.text.tokenize import Tokenizer

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PATIENCE = 30
CUT_LISTENERS_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE query LIKE 'LISTEN%' AND datname = current_database()
"""


class ReportingIndexSync(IndexSync):
    """The real one, telling when it has caught up."""

    told: Queue[int]

    def catch_up(self) -> int:
        """Catch up and say to where."""
        revision = super().catch_up()
        self.told.put(revision)
        return revision

    def wait_until(self, revision: int) -> None:
        """Return once the index shows ``revision``; raises queue.Empty when it never does."""
        while self.told.get(timeout=PATIENCE) < revision:
            pass


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_in_use(request: pytest.FixtureRequest) -> Engine:
    if request.param == "sqlite":
        engine: Engine = request.getfixturevalue("database")
        return engine
    server: Engine = request.getfixturevalue("migrated_postgres")
    return server


@pytest.fixture
def index_sync(database_in_use: Engine, tmp_path: Path, tokenizer: Tokenizer) -> ReportingIndexSync:
    lay_test_corpus(tmp_path / "corpus")
    with session_scope(database_in_use) as session:
        load_corpus(session, tmp_path / "corpus", by=STARTER_BANK, now=NOW)
    services = build_services(
        make_settings(tmp_path),
        clock=FixedClock(NOW),
        database=database_in_use,
        tokenizer=tokenizer,
        encoder=None,
    )
    store = SnapshotStore(tmp_path / "other-index")
    index_sync = ReportingIndexSync(database_in_use, services.index_sync.engine, tokenizer, store)
    index_sync.told = Queue()
    index_sync.open()
    return index_sync


@contextmanager
def watching(database: Engine, index_sync: ReportingIndexSync) -> Iterator[None]:
    watch = IndexWatcher(database, index_sync)
    watch.start()
    try:
        yield
    finally:
        watch.stop()


def withdraw(database: Engine, pair_id: int) -> int:
    with session_scope(database) as session:
        pair = find_pair(session, pair_id)
        withdraw_pair(session, pair, "口径有误", now=NOW)
        return pair.revision


class TestWatched:
    def test_index_loses_what_was_withdrawn_though_nobody_asks(
        self, database_in_use: Engine, index_sync: ReportingIndexSync
    ) -> None:
        with watching(database_in_use, index_sync):
            assert 1 in index_sync.engine.index.pair_ids()
            index_sync.wait_until(withdraw(database_in_use, 1))
            assert 1 not in index_sync.engine.index.pair_ids()

    def test_index_takes_in_what_was_committed_before_it_watched(
        self, database_in_use: Engine, index_sync: ReportingIndexSync
    ) -> None:
        revision = withdraw(database_in_use, 1)
        with watching(database_in_use, index_sync):
            index_sync.wait_until(revision)
            assert 1 not in index_sync.engine.index.pair_ids()

    @pytest.mark.postgres
    @pytest.mark.parametrize("database_in_use", ["postgres"], indirect=True)
    def test_index_follows_again_after_the_listener_was_cut_off(
        self, database_in_use: Engine, index_sync: ReportingIndexSync
    ) -> None:
        with watching(database_in_use, index_sync):
            index_sync.wait_until(withdraw(database_in_use, 1))
            with session_scope(database_in_use) as session:
                session.execute(text(CUT_LISTENERS_OFF))
            index_sync.wait_until(withdraw(database_in_use, 2))
            assert {1, 2}.isdisjoint(index_sync.engine.index.pair_ids())
