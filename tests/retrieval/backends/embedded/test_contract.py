import os
import signal
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock

import pytest
from search_backend_contract import DIMENSION, SearchBackendContract

from qa_service.retrieval.arrays.ragged import Vectors
from qa_service.retrieval.backends.contract import Recipe, SearchBackend
from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.retrieval.backends.embedded.store import SnapshotStore
from qa_service.retrieval.documents import IndexedPair
from qa_service.text.tokenize import Tokenizer

RECIPE = Recipe("words", "encoder", DIMENSION)


class InTurn:
    """Changes an index from many threads, one at a time, as ``RetrievalEngine`` does."""

    def __init__(self, index: SearchBackend, turn: Lock) -> None:
        self._index, self._turn = index, turn

    def upsert(self, pairs: Sequence[IndexedPair], vectors: Vectors | None) -> None:
        with self._turn:
            self._index.upsert(pairs, vectors)

    def remove(self, pair_ids: Iterable[int], *, revision: int = 0) -> None:
        with self._turn:
            self._index.remove(pair_ids, revision=revision)


class TestEmbeddedBackend(SearchBackendContract):
    @pytest.fixture(autouse=True)
    def _store(self, tmp_path: Path, tokenizer: Tokenizer) -> None:
        self.folder, self.tokenizer = tmp_path, tokenizer

    def create(self, tokenizer: Tokenizer, dimension: int | None) -> SearchIndex:
        return SearchIndex(tokenizer, dimension)

    def writers(self, index: SearchBackend, count: int) -> Sequence[InTurn]:
        turn = Lock()
        return [InTurn(index, turn) for _ in range(count)]

    def restarted(self, index: SearchBackend) -> SearchBackend:
        SnapshotStore(self.folder).save(index, RECIPE, self.tokenizer)
        return SnapshotStore(self.folder).load(RECIPE, self.tokenizer)

    def killed(self, index: SearchBackend) -> SearchBackend:
        child = os.fork()
        if not child:
            SnapshotStore(self.folder).save(index, RECIPE, self.tokenizer)
            index.remove(index.pair_ids())  # not stored any more
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        return SnapshotStore(self.folder).load(RECIPE, self.tokenizer)
