"""The whole service on a search engine outside: filled, followed, killed and brought back."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from actors import person
from fastapi.testclient import TestClient
from followed_bank import DAY, QUESTION, CountingEncoder, content, first, published
from reviewing import publish_pair
from scratch_service import make_settings
from seekdb_server import SeekdbServer

from qa_service.accounts.api_keys import create_key
from qa_service.cli.service import check_engine
from qa_service.clock import FixedClock
from qa_service.errors import ConfigurationError
from qa_service.jobs.bank.contradictions import find_contradictions
from qa_service.jobs.duty import JobContext
from qa_service.knowledge.indexing import build
from qa_service.knowledge.lexicon.versions import activate_words, propose_words
from qa_service.knowledge.models import IndexRevision
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.service import edit_pair, find_pair, withdraw_pair
from qa_service.retrieval.backends import failover
from qa_service.retrieval.backends.contract import SearchEngineError
from qa_service.retrieval.backends.oceanbase import store
from qa_service.retrieval.backends.oceanbase.connection import Connection
from qa_service.retrieval.encoders.encoder import Encoder
from qa_service.retrieval.reranking.reranker import Reranker
from qa_service.server.app import create_app
from qa_service.services import Services, build_services, corpus_words
from qa_service.settings import Settings
from qa_service.storage.engine import open_engine, session_scope
from qa_service.text.tokenize import Tokenizer, WordList
from qa_service.vocabulary import Scope, SearchEngine, Verdict

pytestmark = [pytest.mark.slow, pytest.mark.faults]


SERVE = """
import sys
from qa_service.cli import app
try:
    app(["serve"], standalone_mode=False)
except SystemExit as end:
    code = end.code
except Exception as end:
    code = end.exit_code
heavy = ("onnxruntime", "fastapi", "uvicorn")
print("imported:", *(name for name in heavy if name in sys.modules))
sys.exit(code)
"""


class Killed(Exception):
    """Ends a build in its middle."""


class Desk:
    """Makes services on one database and one search engine."""

    def __init__(
        self, folder: Path, clock: FixedClock, tokenizer: Tokenizer, encoder: Encoder
    ) -> None:
        self.folder, self.clock, self.tokenizer, self.encoder = folder, clock, tokenizer, encoder
        self.reranker: Reranker | None = None
        self.made: list[Services] = []

    def service(
        self, url: str, *, stands_by: bool = False, encoder: Encoder | None = None
    ) -> Services:
        """Another process, whose index is not open yet."""
        number = len(self.made)
        settings = make_settings(self.folder).model_copy(
            update={
                "search_engine": SearchEngine.OCEANBASE,
                "search_engine_url": url,
                "search_standby": stands_by,
                "index_dir": self.folder / f"index-{number}",
            }
        )
        return self.built(settings, encoder)

    def built(self, settings: Settings, encoder: Encoder | None) -> Services:
        services = build_services(
            settings,
            clock=self.clock,
            database=open_engine(settings.effective_database_url),
            tokenizer=self.tokenizer,
            encoder=encoder or self.encoder,
            reranker=self.reranker,
        )
        self.made.append(services)
        return services


@pytest.fixture
def desk(
    prepared_bank: Path,
    tmp_path: Path,
    clock: FixedClock,
    tokenizer: Tokenizer,
    encoder: Encoder,
    reranker: Reranker,
) -> Iterator[Desk]:
    shutil.copytree(prepared_bank, tmp_path, dirs_exist_ok=True)
    made = Desk(tmp_path, clock, tokenizer, encoder)
    made.reranker = reranker
    yield made
    for services in made.made:
        services.database.dispose()


@pytest.fixture
def url(seekdb: SeekdbServer, seekdb_database: str) -> str:
    return seekdb.url(seekdb_database)


def tables(server: SeekdbServer, database: str) -> list[str]:
    return sorted(str(row[0]) for row in Connection(server.address(database)).rows("SHOW TABLES"))


def change_wording(services: Services, pair_id: int, question: str) -> None:
    now = services.clock.now()
    with session_scope(services.database) as session:
        pair = find_pair(session, pair_id)
        changed = replace(content(question), variants=())
        edit_pair(session, pair, changed, by=person("test"), now=now)
        publish_pair(session, pair, now=now)


def compared_to(services: Services) -> tuple[int, int]:
    """How far pairs were compared with others (口径冲突)."""
    with session_scope(services.database, read_only=True) as session:
        row = session.get_one(IndexRevision, 1)
        return row.compared, row.compared_pair


def withdraw(services: Services, pair_id: int) -> None:
    with session_scope(services.database) as session:
        withdraw_pair(session, find_pair(session, pair_id), "停办", now=services.clock.now())


def test_asks_publishes_and_withdraws_in_every_process(desk: Desk, url: str) -> None:
    services, other = desk.service(url), desk.service(url)
    services.index_sync.build_first()
    other.index_sync.open()
    assert services.degradation is other.degradation is None
    pair_id = published(services)
    for one in (services, other):
        found = one.searcher.search(QUESTION, area=None, day=DAY)
        assert (found.verdict, found.candidates[0].qa_id) == (Verdict.ANSWERED, pair_id)
        assert not found.degraded
    change_wording(services, pair_id, "充电桩怎么报装？")
    assert first(other, "充电桩怎么报装？") == pair_id
    withdraw(other, pair_id)
    for one in (services, other):
        assert first(one, "充电桩怎么报装？") != pair_id
        assert pair_id not in one.index_sync.engine.index.pair_ids()
    with session_scope(services.database, read_only=True) as session:
        assert services.index_sync.engine.index.pair_ids() == set(published_ids(session))


def test_answers_a_question_over_http(desk: Desk, url: str) -> None:
    services = desk.service(url)
    services.index_sync.build_first()
    with session_scope(services.database) as session:
        key = create_key(session, "hotline", [Scope.CONSULT], now=services.clock.now())
    with TestClient(create_app(services), headers={"Authorization": f"Bearer {key}"}) as client:
        published(services)
        asked = {"question": QUESTION, "channel": "hotline"}
        answer = client.post("/api/v1/consultations", json=asked)
        assert (answer.status_code, answer.json()["verdict"]) == (201, "answered")
        assert client.get("/readyz").json()["status"] == "ready"


def test_what_one_process_indexed_is_embedded_by_no_other(
    desk: Desk, url: str, encoder: Encoder
) -> None:
    counting = CountingEncoder(encoder)
    services, other = desk.service(url), desk.service(url, encoder=counting)
    services.index_sync.build_first()
    other.index_sync.open()
    pair_id = published(services)
    assert first(services, QUESTION) == first(other, QUESTION) == pair_id
    assert counting.embedded == 0


def outside(folder: Path, url: str) -> Settings:
    """Settings of a service that was never started, on an engine outside."""
    changed = {"search_engine": SearchEngine.OCEANBASE, "search_engine_url": url}
    return make_settings(folder).model_copy(update=changed)


class TestFilling:
    def test_goes_on_where_it_was_killed(
        self, desk: Desk, url: str, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(build, "BATCH", 3)
        counting = CountingEncoder(encoder)
        services = desk.service(url, encoder=counting)

        def kill(done: int, _all: int) -> None:
            if done >= 6:
                raise Killed

        with pytest.raises(Killed):
            services.index_sync.build_first(kill)
        before = counting.embedded
        again = desk.service(url, encoder=counting)
        with pytest.raises(SearchEngineError, match=r"没有建完（已有 6 条问答）.*index rebuild"):
            again.index_sync.open()
        pair_id = published(services)
        services.index_sync._store._release_build()  # type: ignore[attr-defined]  # as its end does
        seen: list[int] = []
        again.index_sync.build_first(lambda done, _all: seen.append(done))
        assert seen[0] == 9, "the first six pairs were kept"
        assert again.index_sync.catch_up() == again.index_sync.revision
        assert first(again, QUESTION) == pair_id
        assert before > 0
        with session_scope(again.database, read_only=True) as session:
            assert again.index_sync.engine.index.pair_ids() == set(published_ids(session))

    def test_leaves_no_gap_for_others_and_drops_the_former_collection(
        self, desk: Desk, url: str, seekdb: SeekdbServer, seekdb_database: str, encoder: Encoder
    ) -> None:
        counting = CountingEncoder(encoder)
        services, other = desk.service(url, encoder=counting), desk.service(url)
        services.index_sync.build_first()
        other.index_sync.open()
        pair_id = published(services)
        assert first(other, QUESTION) == pair_id
        former, embedded = tables(seekdb, seekdb_database), counting.embedded
        found: list[int | None] = []
        services.index_sync.rebuild(lambda _done, _all: found.append(first(other, QUESTION)))
        assert found
        assert set(found) == {pair_id}
        assert first(other, QUESTION) == first(services, QUESTION) == pair_id
        assert other.degradation is None
        present = tables(seekdb, seekdb_database)
        assert len(present) == len(former) == 6
        assert set(present) & set(former) == {"qa_build", "qa_collection"}
        assert counting.embedded == embedded, "vectors come from the collection in use"

    def test_with_another_word_list_is_done_by_one_process_for_all(
        self, desk: Desk, url: str, encoder: Encoder
    ) -> None:
        counting = CountingEncoder(encoder)
        own = corpus_words(make_settings(desk.folder))
        desk.tokenizer = Tokenizer(own)
        services = desk.service(url)
        services.index_sync.build_first()
        desk.tokenizer = Tokenizer(own)
        other = desk.service(url, encoder=counting)
        other.index_sync.open()
        words = WordList(own.dictionary, own.synonyms + "\n停车泊位 车位\n")
        with session_scope(services.database) as session:
            now = services.clock.now()
            proposed = propose_words(session, words, note="试", by=person("甲"), now=now)
            assert proposed.id is not None
            activate_words(session, proposed.id, by=person("乙"), now=now)
        services.index_sync.take_words()
        name = services.index_sync.engine.index.engine.name  # type: ignore[attr-defined]
        other.index_sync.take_words()
        assert other.index_sync.engine.index.engine.name == name  # type: ignore[attr-defined]
        assert other.tokenizer.fingerprint == words.fingerprint()
        assert counting.embedded == 0


class TestRefusesAtTheStart:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda url: url.replace("root@", "nobody:wrong@"), "拒绝登录.*QA_SEARCH_ENGINE_URL"),
            (lambda url: url + "x", "没有数据库"),
            (lambda _url: "oceanbase://root@127.0.0.1:1/qa", "无法连接.*QA_SEARCH_ENGINE_URL"),
        ],
    )
    def test_a_wrong_address_or_login(
        self, desk: Desk, url: str, change: object, message: str
    ) -> None:
        assert callable(change)
        services = desk.service(change(url))
        with pytest.raises(SearchEngineError, match=message):
            services.index_sync.open()
        with pytest.raises(SearchEngineError, match=message):
            services.index_sync.build_first()

    def test_an_address_that_never_answered_though_the_bank_lies_in_another_engine(
        self, desk: Desk, url: str
    ) -> None:
        desk.service(url).index_sync.build_first()
        wrong = desk.service("oceanbase://root@127.0.0.1:1/qa", stands_by=True)
        for refuse in (wrong.index_sync.open, lambda: check_engine(wrong.settings)):
            with pytest.raises(SearchEngineError, match=r"还没有用过这个检索引擎.*没有写入"):
                refuse()

    def test_an_unreachable_engine_before_a_database_is_made(self, tmp_path: Path) -> None:
        settings = outside(tmp_path, "oceanbase://root@127.0.0.1:1/qa")
        with pytest.raises(SearchEngineError, match="无法连接"):
            check_engine(settings)
        assert not settings.data_dir.exists()

    def test_a_host_that_takes_connections_and_never_speaks_within_seconds(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "CHECK_SECONDS", 1)
        with socket.create_server(("127.0.0.1", 0)) as mute:
            url = f"oceanbase://root@127.0.0.1:{mute.getsockname()[1]}/qa"
            began = monotonic()
            with pytest.raises(SearchEngineError, match="无法连接"):
                check_engine(outside(tmp_path, url))
        assert monotonic() - began < 3

    def test_an_engine_without_an_index_or_with_one_of_another_dimension_before_a_model_is_opened(
        self, desk: Desk, url: str, tmp_path: Path
    ) -> None:
        fresh = outside(tmp_path / "fresh", url)
        with pytest.raises(SearchEngineError, match=r"还没有本库的索引.*index rebuild"):
            check_engine(fresh)
        check_engine(fresh, is_needed=True)
        desk.service(url).index_sync.build_first()
        check_engine(fresh)
        other = tmp_path / "other"
        (other / "pooling").mkdir(parents=True)
        steps = [{"path": "pooling", "type": "sentence_transformers.models.Pooling"}]
        (other / "modules.json").write_text(json.dumps(steps), encoding="utf-8")
        pooling = {"word_embedding_dimension": desk.encoder.dimension + 1}
        (other / "pooling" / "config.json").write_text(json.dumps(pooling), encoding="utf-8")
        changed = fresh.model_copy(update={"embedding_model": str(other)})
        with pytest.raises(SearchEngineError, match=rf"{desk.encoder.dimension} 维.*index rebuild"):
            check_engine(changed)
        check_engine(changed, is_needed=True)
        assert not fresh.data_dir.exists()

    def test_the_command_before_it_opens_a_model_or_imports_what_does(self, tmp_path: Path) -> None:
        settings = outside(tmp_path, "oceanbase://root@127.0.0.1:1/qa")
        told = subprocess.run(
            [sys.executable, "-c", SERVE],
            env=os.environ
            | {
                "QA_DATA_DIR": str(settings.data_dir),
                "QA_PORT": "0",
                "QA_SEARCH_ENGINE": "oceanbase",
                "QA_SEARCH_ENGINE_URL": settings.search_engine_url,
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 1
        assert "检索引擎无法连接" in told.stderr
        assert told.stdout.split() == ["imported:"]
        assert not settings.data_dir.exists()

    def test_an_address_of_another_form(self, desk: Desk) -> None:
        for wrong in ("", "mysql://root@localhost/qa", "oceanbase://root@localhost/", "oceanbase:"):
            with pytest.raises(ConfigurationError, match="QA_SEARCH_ENGINE_URL"):
                desk.service(wrong)

    def test_an_engine_without_an_index_writing_nothing(
        self, desk: Desk, url: str, seekdb: SeekdbServer, seekdb_database: str
    ) -> None:
        with pytest.raises(SearchEngineError, match=r"还没有本库的索引.*index rebuild"):
            desk.service(url).index_sync.open()
        assert tables(seekdb, seekdb_database) == []

    def test_a_model_of_another_dimension_and_an_index_that_lacks_pairs(
        self, desk: Desk, url: str, encoder: Encoder
    ) -> None:
        services = desk.service(url)
        services.index_sync.build_first()
        other = CountingEncoder(encoder)
        other.dimension, other.fingerprint = encoder.dimension + 1, "another"
        with pytest.raises(SearchEngineError, match=f"{encoder.dimension} 维.*index rebuild"):
            desk.service(url, encoder=other).index_sync.open()
        services.index_sync.engine.remove([1])
        with pytest.raises(SearchEngineError, match=r"索引不完整.*index rebuild"):
            desk.service(url).index_sync.open()


class TestStartsWithoutTheEngine:
    """The engine is gone when the service starts, having had the bank before."""

    def test_degraded_with_a_reason_and_recovers_by_itself(
        self, desk: Desk, url: str, seekdb: SeekdbServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(failover, "RETRY_SECONDS", 0.0)
        monkeypatch.setattr(failover, "WATCHED_RETRY_SECONDS", 0.0)
        builder = desk.service(url)
        builder.index_sync.build_first()
        pair_id = published(builder)
        before = compared_to(builder)
        seekdb.stop(signal.SIGKILL)
        try:
            standing_by, without = desk.service(url, stands_by=True), desk.service(url)
            for one in (standing_by, without):
                check_engine(one.settings)
                one.index_sync.open()
            found = standing_by.searcher.search(QUESTION, area=None, day=DAY)
            assert (found.verdict, found.candidates[0].qa_id) == (Verdict.ANSWERED, pair_id)
            assert found.degraded
            assert "正用本机索引检索" in str(standing_by.degradation)
            self.check_registers(without)
            assert find_contradictions(JobContext.of(without)) == 0
            assert compared_to(without) == before
            with pytest.raises(SearchEngineError, match="无法连接"):
                check_engine(without.settings, is_needed=True)
        finally:
            seekdb.start()
        for one in (standing_by, without):
            one.index_sync.look_again()
            assert one.degradation is None
            assert first(one, QUESTION) == pair_id
        find_contradictions(JobContext.of(without))
        assert compared_to(without) != before, "compared as soon as others can be found"
        change_wording(without, pair_id, "充电桩怎么报装？")
        assert first(standing_by, "充电桩怎么报装？") == pair_id

    def test_and_says_that_what_it_finds_then_is_not_its_index(
        self,
        desk: Desk,
        url: str,
        seekdb: SeekdbServer,
        seekdb_database: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(failover, "WATCHED_RETRY_SECONDS", 0.0)
        desk.service(url).index_sync.build_first()
        seekdb.stop(signal.SIGKILL)
        try:
            services = desk.service(url)
            services.index_sync.open()
        finally:
            seekdb.start()
        connection = Connection(seekdb.address(seekdb_database))
        connection.rows("UPDATE qa_collection SET dimension = 7")
        services.index_sync.look_again()
        assert "index rebuild" in str(services.degradation)
        connection.rows("DELETE FROM qa_collection")
        services.index_sync.look_again()
        assert "index rebuild" in str(services.degradation)
        desk.service(url).index_sync.build_first()
        services.index_sync.look_again()
        assert services.degradation is None
        connection.close()

    @staticmethod
    def check_registers(services: Services) -> None:
        """Nothing is found, the reason is told, and a question gets its number all the same."""
        with session_scope(services.database) as session:
            scopes = [Scope.CONSULT]
            key = create_key(session, "hotline", scopes, now=services.clock.now())
        with TestClient(create_app(services), headers={"Authorization": f"Bearer {key}"}) as client:
            asked = {"question": QUESTION, "channel": "hotline"}
            answer = client.post("/api/v1/consultations", json=asked)
            assert (answer.status_code, answer.json()["verdict"]) == (201, "unmatched")
            assert answer.json()["ledger_entry"]["number"]
            ready = client.get("/readyz").json()
        assert ready["status"] == "degraded"
        assert "请先登记" in ready["degraded_reason"]


class TestKilledEngine:
    def test_a_standing_by_index_answers_and_the_engine_takes_in_what_it_missed(
        self, desk: Desk, url: str, seekdb: SeekdbServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(failover, "RETRY_SECONDS", 0.0)
        monkeypatch.setattr(failover, "WATCHED_RETRY_SECONDS", 0.0)
        services, other = desk.service(url, stands_by=True), desk.service(url)
        services.index_sync.build_first()
        other.index_sync.open()
        kept = published(services)
        assert first(other, QUESTION) == kept
        seekdb.stop(signal.SIGKILL)
        try:
            found = services.searcher.search(QUESTION, area=None, day=DAY)
            assert (found.verdict, found.candidates[0].qa_id) == (Verdict.ANSWERED, kept)
            assert found.degraded
            assert "正用本机索引检索" in str(services.degradation)
            change_wording(services, kept, "充电桩怎么报装？")
            assert first(services, "充电桩怎么报装？") == kept
            without = other.searcher.search(QUESTION, area=None, day=DAY)
            assert (without.verdict, without.candidates) == (Verdict.UNMATCHED, ())
            assert "请先登记" in str(other.degradation)
        finally:
            seekdb.start()
        for one in (services, other):
            one.index_sync.follow()
            assert first(one, "充电桩怎么报装？") == kept
            assert first(one, QUESTION) != kept or one.index_sync.problem is None
            assert one.degradation is None
        with session_scope(services.database, read_only=True) as session:
            assert other.index_sync.engine.index.pair_ids() == set(published_ids(session))
