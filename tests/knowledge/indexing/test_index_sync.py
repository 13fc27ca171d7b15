from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from actors import person
from followed_bank import DAY, QUESTION, CountingEncoder, content, first, published
from reviewing import publish_pair

from qa_service.knowledge.indexing.index_sync import AT_ONCE, IndexSync
from qa_service.knowledge.indexing.indexed import Indexed
from qa_service.knowledge.models import IndexRevision
from qa_service.knowledge.pairs.service import draft_pair, edit_pair, find_pair, withdraw_pair
from qa_service.retrieval.backends.contract import IndexUnusableError
from qa_service.retrieval.backends.embedded.store import SnapshotStore
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.services import Services, build_services
from qa_service.storage.engine import session_scope
from qa_service.text.tokenize import Tokenizer


@pytest.fixture
def another_process(services: Services, tokenizer: Tokenizer, encoder: Encoder) -> Services:
    """A second service on the same database with an index of its own."""
    settings = services.settings.model_copy(
        update={"index_dir": services.settings.data_dir / "other-index"}
    )
    other = build_services(
        settings,
        clock=services.clock,
        database=services.database,
        tokenizer=tokenizer,
        encoder=encoder,
    )
    other.index_sync.open()
    return other


class TestCatchUp:
    @pytest.mark.parametrize("is_watched", [True, False])
    def test_a_published_pair_is_found_at_once_in_every_process(
        self, services: Services, another_process: Services, is_watched: bool
    ) -> None:
        another_process.index_sync.is_watched = is_watched
        pair_id = published(services)
        assert first(services, QUESTION) == pair_id
        assert first(another_process, QUESTION) == pair_id

    def test_an_edited_pair_is_found_by_its_new_wording(
        self, services: Services, another_process: Services
    ) -> None:
        pair_id = published(services)
        changed = replace(content("充电桩怎么报装？"), variants=())
        with session_scope(services.database) as session:
            pair = find_pair(session, pair_id)
            edit_pair(session, pair, changed, by=person("test"), now=services.clock.now())
            publish_pair(session, pair, now=services.clock.now())
        for service in (services, another_process):
            found = service.searcher.search("充电桩怎么报装？", area=None, day=DAY)
            assert (found.verdict, found.candidates[0].qa_id) == ("answered", pair_id)

    def test_a_withdrawn_pair_is_found_no_more(
        self, services: Services, another_process: Services
    ) -> None:
        pair_id = published(services)
        assert first(another_process, QUESTION) == pair_id
        with session_scope(services.database) as session:
            withdraw_pair(session, find_pair(session, pair_id), "停办", now=services.clock.now())
        for service in (services, another_process):
            assert first(service, QUESTION) != pair_id
            assert pair_id not in service.index_sync.engine.index.pair_ids()

    def test_a_draft_is_not_found(self, services: Services) -> None:
        with session_scope(services.database) as session:
            draft_pair(session, content(), by=person("test"), now=services.clock.now())
        before = services.index_sync.engine.index.pair_ids()
        services.index_sync.catch_up()
        assert services.index_sync.engine.index.pair_ids() == before

    def test_a_change_that_was_rolled_back_is_not_found(self, services: Services) -> None:
        revision = services.index_sync.revision
        with pytest.raises(RuntimeError), session_scope(services.database) as session:
            pair = draft_pair(session, content(), by=person("test"), now=services.clock.now())
            publish_pair(session, pair, now=services.clock.now())
            raise RuntimeError
        assert services.index_sync.catch_up() == revision


class TestBulkChange:
    """More pairs changed in one go than a search takes in; one of them was found before."""

    NEW_WORDING = "充电桩怎么报装？"

    @pytest.fixture
    def changed(self, services: Services) -> int:
        pair_id = published(services)
        assert first(services, QUESTION) == pair_id
        now = services.clock.now()
        with session_scope(services.database) as session:
            pair = find_pair(session, pair_id)
            wording = replace(content(self.NEW_WORDING), variants=())
            edit_pair(session, pair, wording, by=person("test"), now=now)
            publish_pair(session, pair, now=now)
            for number in range(AT_ONCE):
                other = replace(content(f"{number}号摊位怎么申请？"), variants=())
                publish_pair(
                    session, draft_pair(session, other, by=person("test"), now=now), now=now
                )
        return pair_id

    def test_keeps_no_search_waiting_and_nothing_it_changed_is_proposed(
        self, services: Services, changed: int
    ) -> None:
        services.index_sync.is_watched = True
        before = services.index_sync.revision
        assert first(services, QUESTION) != changed
        assert first(services, self.NEW_WORDING) != changed
        assert services.index_sync.revision == before

    def test_is_found_when_the_watch_has_taken_it_in(
        self, services: Services, changed: int
    ) -> None:
        services.index_sync.is_watched = True
        services.index_sync.catch_up()
        assert first(services, self.NEW_WORDING) == changed

    def test_is_found_at_once_where_nobody_watches(self, services: Services, changed: int) -> None:
        assert first(services, self.NEW_WORDING) == changed

    def test_is_found_as_far_as_it_is_indexed(self) -> None:
        indexed = Indexed(revision=5, ahead={7: 8})
        assert indexed.holds(6, 5)
        assert indexed.holds(7, 8)
        assert not indexed.holds(7, 9)
        assert not indexed.holds(6, 8)


class TestOpen:
    @pytest.fixture
    def reopen(
        self, services: Services, tokenizer: Tokenizer, encoder: Encoder
    ) -> Callable[[], tuple[IndexSync, CountingEncoder, bool]]:
        def again() -> tuple[IndexSync, CountingEncoder, bool]:
            counting = CountingEncoder(encoder)
            calibration = services.index_sync.engine.calibration
            engine = RetrievalEngine(tokenizer, counting, calibration)
            store = SnapshotStore(services.settings.index_dir)
            index_sync = IndexSync(services.database, engine, services.tokenizer, store)
            return index_sync, counting, index_sync.open()

        return again

    def test_a_second_start_embeds_nothing(
        self, reopen: Callable[[], tuple[IndexSync, CountingEncoder, bool]]
    ) -> None:
        _, counting, rebuilt = reopen()
        assert (counting.embedded, rebuilt) == (0, False)

    def test_only_what_changed_since_the_snapshot_is_embedded(
        self,
        services: Services,
        reopen: Callable[[], tuple[IndexSync, CountingEncoder, bool]],
    ) -> None:
        pair_id = published(services)
        index_sync, counting, rebuilt = reopen()
        assert (counting.embedded, rebuilt) == (3, False)
        assert pair_id in index_sync.engine.index.pair_ids()

    def test_a_snapshot_of_another_bank_is_rebuilt(
        self,
        services: Services,
        reopen: Callable[[], tuple[IndexSync, CountingEncoder, bool]],
    ) -> None:
        with session_scope(services.database) as session:
            session.get_one(IndexRevision, 1).bank_id = "another"
        index_sync, _, rebuilt = reopen()
        assert rebuilt
        assert index_sync.verify().bank_id == "another"

    def test_a_snapshot_newer_than_the_database_is_refused(
        self,
        services: Services,
        reopen: Callable[[], tuple[IndexSync, CountingEncoder, bool]],
    ) -> None:
        with session_scope(services.database) as session:
            session.get_one(IndexRevision, 1).revision = 0
        with pytest.raises(IndexUnusableError):
            services.index_sync.verify()
        assert reopen()[2]

    def test_lost_snapshots_are_rebuilt(
        self,
        services: Services,
        reopen: Callable[[], tuple[IndexSync, CountingEncoder, bool]],
    ) -> None:
        (Path(services.settings.index_dir) / "CURRENT").unlink()
        index_sync, _, rebuilt = reopen()
        assert rebuilt
        assert index_sync.engine.index.pair_ids() == services.index_sync.engine.index.pair_ids()

    def test_a_rebuild_keeps_the_vectors_of_unchanged_texts(
        self, reopen: Callable[[], tuple[IndexSync, CountingEncoder, bool]]
    ) -> None:
        index_sync, counting, _ = reopen()
        index_sync.rebuild()
        assert counting.embedded == 0
