from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from reviewing import publish_pair

from qa_service.knowledge import queries
from qa_service.knowledge.content import Basis, PairContent
from qa_service.knowledge.index_follower import AT_ONCE, Indexed, IndexFollower
from qa_service.knowledge.models import IndexRevision
from qa_service.knowledge.pairs import draft_pair, edit_pair, find_pair, withdraw_pair
from qa_service.parts import Parts, build_parts
from qa_service.policy_field import PolicyField
from qa_service.retrieval.dense import Vectors
from qa_service.retrieval.encoder import Encoder
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.retrieval.snapshot import SnapshotUnusableError
from qa_service.storage.engine import session_scope
from qa_service.text.tokenise import Tokeniser

DAY = date(2026, 11, 24)
QUESTION = "停车泊位怎么申请包月？"


def content(question: str = QUESTION) -> PairContent:
    return PairContent(
        field=PolicyField.INVESTMENT,
        unit="commerce",
        question=question,
        variants=("车位包月在哪办",),
        answer="向泊位经营单位申请。",
        phone_script="向经营单位申请。",
        effective_from=date(2025, 1, 1),
        basis=(Basis("增值税法"),),
    )


def published(parts: Parts) -> int:
    now = parts.clock.now()
    with session_scope(parts.database) as session:
        pair = draft_pair(session, content(), author="test", now=now)
        publish_pair(session, pair, now=now)
        return queries.stored_id(pair)


def first(parts: Parts, question: str) -> int | None:
    found = parts.desk.searcher.search(question, field=None, day=DAY)
    return found.candidates[0].qa_id if found.candidates else None


class CountingEncoder:
    """The real encoder, counting what it is asked to embed."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.dimension = encoder.dimension
        self.fingerprint = encoder.fingerprint
        self.embedded = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_queries(texts)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return self._encoder.encode_texts(texts)


@pytest.fixture
def another_process(parts: Parts, tokeniser: Tokeniser, encoder: Encoder) -> Parts:
    """A second service on the same database with an index of its own."""
    settings = parts.settings.model_copy(
        update={"index_dir": parts.settings.data_dir / "other-index"}
    )
    other = build_parts(
        settings,
        clock=parts.clock,
        database=parts.database,
        tokeniser=tokeniser,
        encoder=encoder,
    )
    other.follower.open()
    return other


class TestCatchUp:
    @pytest.mark.parametrize("is_watched", [True, False])
    def test_a_published_pair_is_found_at_once_in_every_process(
        self, parts: Parts, another_process: Parts, is_watched: bool
    ) -> None:
        another_process.follower.is_watched = is_watched
        pair_id = published(parts)
        assert first(parts, QUESTION) == pair_id
        assert first(another_process, QUESTION) == pair_id

    def test_an_edited_pair_is_found_by_its_new_wording(
        self, parts: Parts, another_process: Parts
    ) -> None:
        pair_id = published(parts)
        changed = replace(content("充电桩怎么报装？"), variants=())
        with session_scope(parts.database) as session:
            pair = find_pair(session, pair_id)
            edit_pair(session, pair, changed, author="test", now=parts.clock.now())
            publish_pair(session, pair, now=parts.clock.now())
        for service in (parts, another_process):
            found = service.desk.searcher.search("充电桩怎么报装？", field=None, day=DAY)
            assert (found.verdict, found.candidates[0].qa_id) == ("answered", pair_id)

    def test_a_withdrawn_pair_is_found_no_more(self, parts: Parts, another_process: Parts) -> None:
        pair_id = published(parts)
        assert first(another_process, QUESTION) == pair_id
        with session_scope(parts.database) as session:
            withdraw_pair(session, find_pair(session, pair_id), "停办", now=parts.clock.now())
        for service in (parts, another_process):
            assert first(service, QUESTION) != pair_id
            assert pair_id not in service.follower.engine.index.pair_ids()

    def test_a_draft_is_not_found(self, parts: Parts) -> None:
        with session_scope(parts.database) as session:
            draft_pair(session, content(), author="test", now=parts.clock.now())
        before = parts.follower.engine.index.pair_ids()
        parts.follower.catch_up()
        assert parts.follower.engine.index.pair_ids() == before

    def test_a_change_that_was_rolled_back_is_not_found(self, parts: Parts) -> None:
        revision = parts.follower.revision
        with pytest.raises(RuntimeError), session_scope(parts.database) as session:
            pair = draft_pair(session, content(), author="test", now=parts.clock.now())
            publish_pair(session, pair, now=parts.clock.now())
            raise RuntimeError
        assert parts.follower.catch_up() == revision


class TestBulkChange:
    """More pairs changed in one go than a search takes in; one of them was found before."""

    NEW_WORDING = "充电桩怎么报装？"

    @pytest.fixture
    def changed(self, parts: Parts) -> int:
        pair_id = published(parts)
        assert first(parts, QUESTION) == pair_id
        now = parts.clock.now()
        with session_scope(parts.database) as session:
            pair = find_pair(session, pair_id)
            wording = replace(content(self.NEW_WORDING), variants=())
            edit_pair(session, pair, wording, author="test", now=now)
            publish_pair(session, pair, now=now)
            for number in range(AT_ONCE):
                other = replace(content(f"{number}号摊位怎么申请？"), variants=())
                publish_pair(session, draft_pair(session, other, author="test", now=now), now=now)
        return pair_id

    def test_keeps_no_search_waiting_and_nothing_it_changed_is_proposed(
        self, parts: Parts, changed: int
    ) -> None:
        parts.follower.is_watched = True
        before = parts.follower.revision
        assert first(parts, QUESTION) != changed
        assert first(parts, self.NEW_WORDING) != changed
        assert parts.follower.revision == before

    def test_is_found_when_the_watch_has_taken_it_in(self, parts: Parts, changed: int) -> None:
        parts.follower.is_watched = True
        parts.follower.catch_up()
        assert first(parts, self.NEW_WORDING) == changed

    def test_is_found_at_once_where_nobody_watches(self, parts: Parts, changed: int) -> None:
        assert first(parts, self.NEW_WORDING) == changed

    def test_is_found_as_far_as_it_is_indexed(self) -> None:
        indexed = Indexed(revision=5, ahead={7: 8})
        assert indexed.holds(6, 5)
        assert indexed.holds(7, 8)
        assert not indexed.holds(7, 9)
        assert not indexed.holds(6, 8)


class TestOpen:
    @pytest.fixture
    def reopen(
        self, parts: Parts, tokeniser: Tokeniser, encoder: Encoder
    ) -> Callable[[], tuple[IndexFollower, CountingEncoder, bool]]:
        def again() -> tuple[IndexFollower, CountingEncoder, bool]:
            counting = CountingEncoder(encoder)
            calibration = parts.follower.engine.calibration
            engine = RetrievalEngine(tokeniser, counting, calibration)
            follower = IndexFollower(
                parts.database, engine, parts.desk.tokeniser, parts.settings.index_dir
            )
            return follower, counting, follower.open()

        return again

    def test_a_second_start_embeds_nothing(
        self, reopen: Callable[[], tuple[IndexFollower, CountingEncoder, bool]]
    ) -> None:
        _, counting, rebuilt = reopen()
        assert (counting.embedded, rebuilt) == (0, False)

    def test_only_what_changed_since_the_snapshot_is_embedded(
        self,
        parts: Parts,
        reopen: Callable[[], tuple[IndexFollower, CountingEncoder, bool]],
    ) -> None:
        pair_id = published(parts)
        follower, counting, rebuilt = reopen()
        assert (counting.embedded, rebuilt) == (3, False)
        assert pair_id in follower.engine.index.pair_ids()

    def test_a_snapshot_of_another_bank_is_rebuilt(
        self,
        parts: Parts,
        reopen: Callable[[], tuple[IndexFollower, CountingEncoder, bool]],
    ) -> None:
        with session_scope(parts.database) as session:
            session.get_one(IndexRevision, 1).bank_id = "another"
        follower, _, rebuilt = reopen()
        assert rebuilt
        assert follower.verify().bank_id == "another"

    def test_a_snapshot_newer_than_the_database_is_refused(
        self,
        parts: Parts,
        reopen: Callable[[], tuple[IndexFollower, CountingEncoder, bool]],
    ) -> None:
        with session_scope(parts.database) as session:
            session.get_one(IndexRevision, 1).revision = 0
        with pytest.raises(SnapshotUnusableError):
            parts.follower.verify()
        assert reopen()[2]

    def test_lost_snapshots_are_rebuilt(
        self,
        parts: Parts,
        reopen: Callable[[], tuple[IndexFollower, CountingEncoder, bool]],
    ) -> None:
        (Path(parts.settings.index_dir) / "CURRENT").unlink()
        follower, _, rebuilt = reopen()
        assert rebuilt
        assert follower.engine.index.pair_ids() == parts.follower.engine.index.pair_ids()

    def test_a_rebuild_keeps_the_vectors_of_unchanged_texts(
        self, reopen: Callable[[], tuple[IndexFollower, CountingEncoder, bool]]
    ) -> None:
        follower, counting, _ = reopen()
        follower.rebuild()
        assert counting.embedded == 0
