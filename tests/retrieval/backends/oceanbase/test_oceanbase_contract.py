import signal
from collections.abc import Sequence

import numpy as np
import pytest
from search_backend_contract import BANK, CARD, DIMENSION, TAX, SearchBackendContract, vectors_of
from seekdb_server import SeekdbServer

from qa_service.retrieval.backends.contract import (
    Recipe,
    SearchBackend,
    SearchEngineError,
    Stamp,
)
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.backends.oceanbase import proposing
from qa_service.retrieval.backends.oceanbase.collections import (
    lay_collection,
    lay_graph,
    lay_register,
    read,
)
from qa_service.retrieval.backends.oceanbase.connection import (
    Connection,
    StatementUnsupportedError,
)
from qa_service.retrieval.backends.oceanbase.index import OceanBaseIndex
from qa_service.retrieval.backends.oceanbase.version import (
    LEAST_VERSIONS,
    check_version,
    read_version,
)
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.query import analyse
from qa_service.text.tokenize import Tokenizer

pytestmark = pytest.mark.slow


class TestOceanBaseBackend(SearchBackendContract):
    @pytest.fixture(autouse=True)
    def _server(self, seekdb: SeekdbServer, seekdb_database: str, tokenizer: Tokenizer) -> None:
        self.server, self.database, self.tokenizer = seekdb, seekdb_database, tokenizer
        lay_register(self.connect())

    def connect(self) -> Connection:
        return Connection(self.server.address(self.database))

    def create(self, tokenizer: Tokenizer, dimension: int | None) -> OceanBaseIndex:
        recipe = Recipe("words", "encoder" if dimension else "", dimension or 0)
        connection = self.connect()
        return OceanBaseIndex(connection, lay_collection(connection, recipe), tokenizer)

    def another(self, index: SearchBackend) -> OceanBaseIndex:
        """The same collection as another process sees it."""
        assert isinstance(index, OceanBaseIndex)
        connection = self.connect()
        return OceanBaseIndex(connection, read(connection, index.name), self.tokenizer)

    def writers(self, index: SearchBackend, count: int) -> Sequence[OceanBaseIndex]:
        return [self.another(index) for _ in range(count)]

    def restarted(self, index: SearchBackend) -> OceanBaseIndex:
        self.server.stop()
        self.server.start()
        return self.another(index)

    def killed(self, index: SearchBackend) -> OceanBaseIndex:
        self.server.stop(signal.SIGKILL)
        self.server.start()
        return self.another(index)

    def test_gives_the_same_signals_as_the_embedded_backend(self, tokenizer: Tokenizer) -> None:
        embedded, index = SearchIndex(tokenizer, DIMENSION), self.filled(tokenizer)
        embedded.upsert(BANK, vectors_of(*BANK))
        mixed = (vectors_of(CARD)[0] + np.float32(0.5) * vectors_of(TAX)[0]) / np.float32(1.25**0.5)
        for text in ("社保卡丢了怎么补办？", "低保怎么申请", "没见过的词", "发票"):
            question = analyse(text, tokenizer, mixed)
            own, other = self.proposed(index, question), self.proposed(embedded, question)
            assert own.pair_ids.tolist() == other.pair_ids.tolist()
            assert own.bm25 == pytest.approx(other.bm25, abs=1e-12)
            assert own.cosine == pytest.approx(other.cosine, abs=1e-6)
            assert own.bigram_bm25 == pytest.approx(other.bigram_bm25, abs=1e-12)
            assert sorted(own.asked_words) == sorted(other.asked_words)
            assert own.unknown_terms == other.unknown_terms

    def test_keeps_the_newest_version_whichever_process_is_late(self, tokenizer: Tokenizer) -> None:
        index = self.create(tokenizer, DIMENSION)
        late = self.another(index)
        old = IndexedPair(7, "社保卡丢了怎么补办？", (), "", revision=3)
        new = IndexedPair(7, "医保卡怎么激活？", (), "", revision=5)
        index.upsert([new], vectors_of(new))
        late.upsert([old], vectors_of(old))
        late.remove([7], revision=4)
        index.upsert([new], vectors_of(new))
        assert self.ids(index, analyse("激活", tokenizer, None)) == [7]
        assert self.ids(index, analyse("社保卡", tokenizer, None)) == []
        index.remove([7], revision=6)
        late.upsert([new], vectors_of(new))
        assert (index.pair_ids(), len(index)) == (frozenset(), 0)

    def test_shows_what_another_process_put_in_and_never_steps_back(
        self, tokenizer: Tokenizer
    ) -> None:
        index = self.create(tokenizer, DIMENSION)
        other = self.another(index)
        other.upsert([CARD], vectors_of(CARD))
        other.stamp = Stamp("bank", 8)
        assert self.ids(index, analyse("社保卡", tokenizer, None)) == [7]
        assert index.stamp.revision == 8
        index.stamp = Stamp("bank", 5)
        assert other.refresh().revision == index.stamp.revision == 8

    def test_finds_through_the_graph_what_was_put_in_before_and_after_it_was_made(
        self, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(proposing, "EXACT_LIMIT", 0)
        index = self.filled(tokenizer, [CARD])
        connection = self.connect().patient()
        lay_graph(connection, read(connection, index.name))  # type: ignore[attr-defined]
        index.upsert([TAX], vectors_of(TAX))
        for pair in (TAX, CARD):
            question = analyse("没见过", tokenizer, vectors_of(pair)[0])
            assert self.ids(index, question)[0] == pair.pair_id
        index.remove([TAX.pair_id])
        assert self.ids(index, analyse("没见过", tokenizer, vectors_of(TAX)[0])) == [CARD.pair_id]

    def test_makes_a_graph_once_and_refuses_to_disturb_one_under_way(
        self, tokenizer: Tokenizer
    ) -> None:
        index = self.filled(tokenizer, [CARD])
        connection = self.connect().patient()
        collection = read(connection, index.name)  # type: ignore[attr-defined]
        lay_graph(connection, collection)
        lay_graph(connection, collection)
        with pytest.raises(StatementUnsupportedError):
            connection.run_once(
                f"CREATE VECTOR INDEX other ON {collection.name}_text (vector)"
                " WITH (distance=cosine, type=hnsw, lib=vsag)"
            )


@pytest.mark.parametrize(
    ("shown", "kind", "version"),
    [
        ("5.7.25-OceanBase seekdb-v1.4.0.0", "seekdb", (1, 4, 0, 0)),
        ("5.7.25-OceanBase_CE-v4.3.5.1", "OceanBase", (4, 3, 5, 1)),
        ("8.0.36", "", ()),
    ],
)
def test_knows_an_engine_by_its_version(shown: str, kind: str, version: tuple[int, ...]) -> None:
    assert read_version(shown) == (kind, version)


def test_refuses_an_engine_that_is_too_old(
    seekdb: SeekdbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LEAST_VERSIONS, "seekdb", (99, 0))
    with pytest.raises(SearchEngineError, match=r"版本过旧.*需要 99\.0 或更新的版本"):
        check_version(Connection(seekdb.address("oceanbase")))
