"""A service that has to build its index answers by words while the vectors are made."""

from pathlib import Path
from queue import Queue

import pytest
from followed_bank import DAY, QUESTION, first, published

from qa_service.api.readiness import check_readiness
from qa_service.knowledge.indexing.index_sync import IndexSync
from qa_service.knowledge.indexing.watcher import IndexWatcher
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.engine import everything
from qa_service.retrieval.reranking.reranker import Reranker
from qa_service.services import Services, build_services
from qa_service.storage.engine import session_scope
from qa_service.text.tokenize import Tokenizer
from qa_service.vocabulary import Verdict

ASKED = "社保卡丢了怎么补办？"
PATIENCE = 30
BATCHES = 10
"""More than the small bank takes."""


@pytest.fixture
def starting(
    services: Services, tokenizer: Tokenizer, encoder: Encoder, reranker: Reranker, tmp_path: Path
) -> Services:
    """A service of the same bank whose index folder is empty, open by words alone."""
    built = build_services(
        services.settings.model_copy(update={"index_dir": tmp_path / "empty"}),
        clock=services.clock,
        database=services.database,
        tokenizer=tokenizer,
        encoder=encoder,
        reranker=reranker,
    )
    built.index_sync.open(by_words_first=True)
    return built


class TestMeanwhile:
    def test_words_propose_and_nothing_is_answered_outright(self, starting: Services) -> None:
        found = starting.searcher.search(ASKED, area=None, day=DAY)
        assert (found.verdict, found.degraded) == (Verdict.CHOOSE, True)
        assert found.candidates[0].content.question == ASKED
        assert not starting.index_sync.finds

    def test_readiness_tells_what_is_being_done(self, starting: Services) -> None:
        state = check_readiness(starting)
        assert state.indexed_pairs == len(starting.index_sync.engine.index) > 0
        assert state.degraded_reason == "正在建立语义索引，完成前只按关键词检索，不直接答复"

    def test_copies_search_by_words_too(self, starting: Services) -> None:
        copied = starting.index_sync.engine.copied()
        assert copied.degraded
        assert copied.recipe() != copied.emptied().recipe()

    def test_a_preview_of_another_word_list_searches_by_words_too(self, starting: Services) -> None:
        preview = starting.index_sync.build_preview_engine(starting.tokenizer)
        assert preview.degraded
        assert preview.answer(ASKED, everything).pair_ids[0] == 1

    def test_changes_are_found_and_kept(self, starting: Services) -> None:
        told: list[str | None] = []
        made: list[int] = []

        def change(_done: int, _total: int) -> None:
            """Publish a pair and withdraw another, as staff do while the vectors are made."""
            told.append(starting.degradation)
            made.append(published(starting))
            assert first(starting, QUESTION) == made[0]
            with session_scope(starting.database) as session:
                withdraw_pair(session, find_pair(session, 1), "停办", now=starting.clock.now())

        starting.index_sync.add_vectors(change)
        assert told == ["正在建立语义索引（11/11），完成前只按关键词检索，不直接答复"]
        assert first(starting, QUESTION) == made[0]
        assert 1 not in starting.index_sync.engine.index.pair_ids()


class TestAfterwards:
    def test_answers_as_after_a_whole_build(self, services: Services, starting: Services) -> None:
        starting.index_sync.add_vectors()
        assert starting.degradation is None
        one, other = (
            each.searcher.search(ASKED, area=None, day=DAY) for each in (services, starting)
        )
        assert other.verdict == Verdict.ANSWERED
        assert (one.verdict, one.candidates) == (other.verdict, other.candidates)

    def test_the_next_start_needs_no_build(self, starting: Services) -> None:
        starting.index_sync.add_vectors()
        assert starting.index_sync.open(by_words_first=True) is False
        assert not starting.index_sync.awaits_vectors


class _ToldIndexSync(IndexSync):
    """The real one, telling when it has followed the bank."""

    told: Queue[bool]

    def catch_up(self) -> int:
        """Catch up and tell whether words alone are still searched."""
        revision = super().catch_up()
        self.told.put(self.awaits_vectors)
        return revision


def test_the_watcher_makes_the_vectors(starting: Services) -> None:
    sync = starting.index_sync
    told = _ToldIndexSync(starting.database, sync.engine, starting.tokenizer, sync._store)
    told.told = Queue()
    watch = IndexWatcher(starting.database, told)
    watch.start()
    try:
        for _ in range(BATCHES):
            if not told.told.get(timeout=PATIENCE):
                break
    finally:
        watch.stop()
    assert starting.degradation is None
