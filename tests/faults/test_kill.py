"""A process killed without warning loses nothing it acknowledged, and leaves nothing half done."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from scratch_service import lay_test_corpus, make_settings

from qa_service.clock import SystemClock
from qa_service.services import Services, build_services, open_database
from qa_service.text.tokenize import Tokenizer

pytestmark = pytest.mark.faults

ROWS = 1_200

PROLOGUE = """
from pathlib import Path
from qa_service.accounts.actor import STARTER_BANK, Actor
from qa_service.clock import SystemClock
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.services import build_services, open_database, open_tokenizer
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
settings = Settings(_env_file=None)
database = open_database(settings)
clock = SystemClock()
"""

IMPORTING = """
from qa_service.knowledge.exchange.importer import import_pairs
from qa_service.knowledge.exchange.rows.readers import read_rows
def tell(done, total):
    print(done, flush=True)
with session_scope(database) as session:
    rows = list(read_rows(Path("many.jsonl")))
    import_pairs(
        session, rows, by=Actor.clockwork("test"), now=clock.now(), publish=True, progress=tell
    )
print("committed", flush=True)
"""

PUBLISHING = """
from datetime import date
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair
from reviewing import publish_pair
from qa_service.vocabulary import PolicyArea
for number in range(100_000):
    content = PairContent(
        area=PolicyArea.TAXATION, unit="taxation", question=f"第{number}号事项怎么办理？",
        variants=(), answer=f"第{number}号事项到窗口办理。", phone_script="到窗口办理。",
        effective_from=date(2025, 1, 1), basis=(Basis("增值税法"),),
    )
    with session_scope(database) as session:
        pair = draft_pair(session, content, by=Actor.clockwork("test"), now=clock.now())
        publish_pair(session, pair, now=clock.now())
        pair_id = pair.id
    print(pair_id, flush=True)
"""

REBUILDING = """
services = build_services(
    settings, clock=clock, database=database, tokenizer=open_tokenizer(settings), encoder=None
)
services.index_sync.open()
while True:
    print("writing", flush=True)
    services.index_sync.rebuild()
"""


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A folder with a loaded test bank, and a large file to import."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    lay_test_corpus(folder / "corpus")
    loading = 'with session_scope(database) as s: load_corpus(s, Path("corpus"), by=STARTER_BANK, '
    subprocess.run(
        [sys.executable, "-c", PROLOGUE + loading + "now=clock.now())"],
        cwd=folder,
        env=environment(folder),
        check=True,
    )
    with (folder / "many.jsonl").open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            file.write(json.dumps(row(number), ensure_ascii=False) + "\n")
    return folder


def row(number: int) -> dict[str, object]:
    return {
        "key": f"many-{number}",
        "field": "纳税",
        "unit": "taxation",
        "question": f"第{number}类表格在哪里领取？",
        "variants": [],
        "answer": f"第{number}类表格到办税服务厅领取。",
        "phone_script": "到办税服务厅领取。",
        "effective_from": "2025-01-01",
        "basis": [{"policy": "增值税法"}],
    }


def environment(folder: Path) -> dict[str, str]:
    own = {"QA_DATA_DIR": "data", "QA_CORPUS_DIR": "corpus", "QA_INDEX_DIR": "index"}
    path = {"PYTHONPATH": str(Path(__file__).parents[1] / "support")}
    return {**os.environ, **path, **{name: str(folder / value) for name, value in own.items()}}


@contextmanager
def running(program: str, folder: Path) -> Iterator[Iterator[str]]:
    """The lines the program prints; it is killed when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROLOGUE + program],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield iter(process.stdout)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


@contextmanager
def reopened(folder: Path, tokenizer: Tokenizer) -> Iterator[Services]:
    settings = make_settings(folder)
    database = open_database(settings)
    services = build_services(
        settings, clock=SystemClock(), database=database, tokenizer=tokenizer, encoder=None
    )
    services.index_sync.open()
    yield services
    database.dispose()


def query(folder: Path, statement: str) -> int:
    with sqlite3.connect(folder / "data" / "qa_service.db") as connection:
        return int(connection.execute(statement).fetchone()[0])


def is_sound(folder: Path) -> bool:
    with sqlite3.connect(folder / "data" / "qa_service.db") as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


IMPORTED = "SELECT count(*) FROM qa_pair WHERE key LIKE 'many-%'"


class TestImport:
    @pytest.mark.parametrize("batches", [2])
    def test_killed_midway_leaves_nothing_and_can_be_done_again(
        self, home: Path, tokenizer: Tokenizer, batches: int
    ) -> None:
        with running(IMPORTING, home) as lines:
            for _ in range(batches):
                next(lines)
        assert is_sound(home)
        assert query(home, IMPORTED) in {0, ROWS}
        with running(IMPORTING, home) as lines:
            assert list(lines)[-1] == "committed\n"
        assert query(home, IMPORTED) == ROWS

    def test_killed_after_it_said_so_is_all_there_and_searchable(
        self, home: Path, tokenizer: Tokenizer
    ) -> None:
        with running(IMPORTING, home) as lines:
            assert "committed\n" in lines
        with reopened(home, tokenizer) as services:
            assert query(home, IMPORTED) == ROWS
            assert len(services.index_sync.engine.index) == ROWS + 11


class TestPublish:
    @pytest.mark.parametrize("acknowledged", [10])
    def test_every_acknowledged_pair_is_found_after_the_restart(
        self, home: Path, tokenizer: Tokenizer, acknowledged: int
    ) -> None:
        told = []
        with running(PUBLISHING, home) as lines:
            for _ in range(acknowledged):
                told.append(int(next(lines)))
        assert is_sound(home)
        with reopened(home, tokenizer) as services:
            assert set(told) <= services.index_sync.engine.index.pair_ids()
            assert services.index_sync.verify().revision == services.index_sync.revision


class TestIndexWriting:
    @pytest.mark.parametrize("rounds", [2])
    def test_killed_while_writing_is_repaired_by_the_next_start(
        self, home: Path, tokenizer: Tokenizer, rounds: int
    ) -> None:
        with running(IMPORTING, home) as lines:
            assert "committed\n" in lines
        with running(REBUILDING, home) as lines:
            for _ in range(rounds):
                next(lines)
        with reopened(home, tokenizer) as services:
            assert len(services.index_sync.engine.index) == ROWS + 11
            services.index_sync.verify()

    def test_a_damaged_snapshot_is_rebuilt_from_the_database(
        self, home: Path, tokenizer: Tokenizer
    ) -> None:
        with reopened(home, tokenizer):
            pass
        for texts in (home / "index" / "generations").glob("*/texts.jsonl"):
            texts.write_text("{}")
        with reopened(home, tokenizer) as services:
            assert len(services.index_sync.engine.index) == 11
            services.index_sync.verify()
