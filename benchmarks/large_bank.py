"""A large synthetic bank on disk, indexed, and the real service that serves it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Thread

from sqlalchemy import Engine, insert

from benchmarks.growth import build
from benchmarks.synthetic import Material, random_pairs, read_material
from qa_service.accounts.api_keys import create_key
from qa_service.accounts.models import Unit
from qa_service.accounts.units import UnitContent, store_unit
from qa_service.clock import SystemClock
from qa_service.knowledge.models import PairBasis, PolicyDocument, QAPair, QAVersion
from qa_service.knowledge.revision import bank_stamp
from qa_service.retrieval.backends.contract import Stamp
from qa_service.retrieval.backends.embedded.snapshot import save_snapshot
from qa_service.services import build_services, open_database, open_encoder, open_tokenizer
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, PolicyArea, Scope, Validity

BATCH = 5_000
UNLIMITED = 1_000_000


@dataclass(frozen=True)
class LargeBank:
    """Where the bank is, and a key to its service."""

    settings: Settings
    database: Engine
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """Of a request."""
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def environment(self) -> dict[str, str]:
        """Of a command about it."""
        return {
            **os.environ,
            "QA_DATA_DIR": str(self.settings.data_dir),
            "QA_INDEX_DIR": str(self.settings.index_dir),
            "QA_CORPUS_DIR": str(self.settings.corpus_dir.resolve()),
            "QA_DATABASE_URL": self.settings.effective_database_url,
        }

    def run(self, *arguments: str, **settings: str) -> None:
        """``qa-service`` with these arguments, to its end."""
        subprocess.run(
            [program(), *arguments],
            env={**self.environment, **settings},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@dataclass(frozen=True)
class Serving:
    """A service that answers."""

    process: subprocess.Popen[str]
    origin: str


def program() -> str:
    """The command of this environment."""
    return str(Path(sys.executable).with_name("qa-service"))


def make_large_bank(folder: Path, corpus: Path, pairs: int, *, database_url: str = "") -> LargeBank:
    """``pairs`` random pairs (see ``benchmarks.synthetic``), published, with their snapshot.

    On SQLite in ``folder`` unless an empty database is given.
    """
    settings = Settings(
        data_dir=folder / "data",
        index_dir=folder / "index",
        corpus_dir=corpus,
        database_url=database_url,
    )
    database = open_database(settings)
    encoder, reason = open_encoder(settings, print)
    assert encoder is not None, reason
    tokenizer = open_tokenizer(settings)
    services = build_services(
        settings, clock=SystemClock(), database=database, tokenizer=tokenizer, encoder=encoder
    )
    material = read_material(corpus, tokenizer, encoder)
    store_pairs(database, material, pairs)
    index = build(services.index_sync.engine, material, pairs)
    with session_scope(database) as session:
        bank_id, revision, _ = bank_stamp(session)
        key = create_key(
            session, "benchmark", list(Scope), per_minute=UNLIMITED, now=services.clock.now()
        )
    stamp = Stamp(bank_id, revision)
    save_snapshot(index.compacted(), settings.index_dir, services.index_sync.recipe, stamp)
    return LargeBank(settings, database, key)


@contextmanager
def serving(bank: LargeBank, *, workers: int = 1) -> Iterator[Serving]:
    """``qa-service serve`` on the bank, from when every worker is ready until it is left."""
    with started("serve", "QA_PORT", bank.environment, workers=workers) as service:
        yield service


@contextmanager
def started(
    command: str, port_setting: str, environment: Mapping[str, str], *, workers: int
) -> Iterator[Serving]:
    """A serving command on a free port, from when every worker is ready until it is left."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [program(), command, "--workers", str(workers)],
        env={**environment, port_setting: str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        workers -= "服务已启动" in line
        if workers == 0:
            break
    else:
        raise SystemExit("".join(said))
    drain = Thread(target=process.stderr.read, daemon=True)
    drain.start()
    try:
        yield Serving(process, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=60)
        drain.join()


def store_pairs(database: Engine, material: Material, pairs: int) -> None:
    """The pairs as rows, resting on one document."""
    now = SystemClock().now()
    with session_scope(database) as session:
        store_unit(session, UnitContent("office", "政务服务办", (), is_default=True))
        document = PolicyDocument(
            key="rule", title="办法", document_number="1号", issuer="区", validity=Validity.IN_FORCE
        )
        session.add(document)
        session.flush()
        unit = session.get_one(Unit, 1)
        rows: list[dict[str, object]] = []
        versions: list[dict[str, object]] = []
        for pair in random_pairs(material, pairs, seed=1):
            at = pair.pair_id
            rows.append(
                {
                    "id": at,
                    "key": f"synthetic-{at}",
                    "area": PolicyArea.TAXATION,
                    "unit_id": unit.id,
                    "question_key": f"{at:064d}",
                    "status": PairStatus.PUBLISHED,
                    "effective_from": date(2020, 1, 1),
                    "current_version_id": at,
                    "revision": 0,
                    "created_at": now,
                    "updated_at": now,
                }
            )
            versions.append(
                {
                    "id": at,
                    "pair_id": at,
                    "number": 1,
                    "question": pair.question[:200],
                    "answer": pair.answer,
                    "phone_script": pair.question[:80],
                    "keywords": [],
                    "area": PolicyArea.TAXATION,
                    "unit_id": unit.id,
                    "effective_from": date(2020, 1, 1),
                    "content_hash": f"{at:064d}",
                    "author": "benchmark",
                    "created_at": now,
                }
            )
        for start in range(0, pairs, BATCH):
            ids = range(start + 1, min(start + BATCH, pairs) + 1)
            session.execute(insert(QAPair), rows[start : start + BATCH])
            session.execute(insert(QAVersion), versions[start : start + BATCH])
            basis = [{"version_id": at, "document_id": document.id, "position": 0} for at in ids]
            session.execute(insert(PairBasis), basis)
