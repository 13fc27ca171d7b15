"""Questions a second of the whole service with a large bank: HTTP, encoding, search, record.

    python -m benchmarks.throughput [--pairs 100000] [--clients 16] [--seconds 20] [--json]

The bank is synthetic (see ``benchmarks.synthetic``), its vectors too; each question is encoded
by the real model. One server process; its clients share the machine with it.
"""

import argparse
import multiprocessing
import socket
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import count
from pathlib import Path
from threading import Thread
from time import perf_counter

import httpx
import uvicorn
from sqlalchemy import insert

from benchmarks.figures import percentiles, show
from benchmarks.growth import build
from benchmarks.latency import questions
from benchmarks.synthetic import Material, random_pairs, read_material
from qa_service.accounts.api_keys import create_key
from qa_service.accounts.models import Scope, Unit
from qa_service.accounts.units import UnitContent, store_unit
from qa_service.app import create_app
from qa_service.clock import SystemClock
from qa_service.knowledge.models import (
    PairBasis,
    PairStatus,
    PolicyDocument,
    QAPair,
    QAVersion,
    Validity,
)
from qa_service.parts import Parts, build_parts, open_database, open_encoder, open_tokeniser
from qa_service.policy_field import PolicyField
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope

BATCH = 5_000


def open_service(folder: Path, corpus: Path, pairs: int) -> Parts:
    """A service on a synthetic bank, its index in memory."""
    settings = Settings(
        data_dir=folder / "data",
        index_dir=folder / "index",
        corpus_dir=corpus,
        scheduler_seconds=0,
    )
    database = open_database(settings)
    encoder, reason = open_encoder(settings, print)
    assert encoder is not None, reason
    tokeniser = open_tokeniser(settings)
    parts = build_parts(
        settings, clock=SystemClock(), database=database, tokeniser=tokeniser, encoder=encoder
    )
    parts.follower.open()
    material = read_material(corpus, tokeniser, encoder)
    store_pairs(parts, material, pairs)
    index = build(parts.follower.engine, material, pairs)
    parts.follower.engine.adopt(parts.follower.engine.index_of(index.compacted()))
    return parts


def store_pairs(parts: Parts, material: Material, pairs: int) -> None:
    """The same pairs in the database, published and resting on one document."""
    now = parts.clock.now()
    with session_scope(parts.database) as session:
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
                    "field": PolicyField.TAXATION,
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


def load(
    origin: str, key: str, path: str, asked: list[str], clients: int, seconds: float
) -> dict[str, object]:
    """Requests a second and milliseconds of each, from so many clients at once."""
    ends_at = perf_counter() + seconds
    numbers = count()

    def work(_client: int) -> list[float]:
        took = []
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=origin, headers=headers, timeout=60) as client:
            while perf_counter() < ends_at:
                at = next(numbers)
                # No two questions are the same, so that none comes from the encoder's cache.
                question = f"{asked[at % len(asked)]}（第{at}次）"
                began = perf_counter()
                if path == "/search":
                    answer = client.get("/api/v1/search", params={"q": question})
                else:
                    body = {"question": question, "channel": "hotline", "register": "never"}
                    answer = client.post("/api/v1/consultations", json=body)
                took.append((perf_counter() - began) * 1000)
                assert answer.is_success, answer.text
        return took

    began = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        took = [one for found in pool.map(work, range(clients)) for one in found]
    return {"a_second": round(len(took) / (perf_counter() - began), 1), "ms": percentiles(took)}


def main() -> None:
    """Build, serve, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    asked = questions(given.corpus)
    with tempfile.TemporaryDirectory() as name, socket.socket() as listener:
        parts = open_service(Path(name), given.corpus, given.pairs)
        with session_scope(parts.database) as session:
            key = create_key(session, "benchmark", [Scope.CONSULT], now=parts.clock.now())
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(create_app(parts), log_level="error", access_log=False)
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        figures: dict[str, object] = {"pairs": given.pairs, "clients": given.clients}
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            for path in ("/search", "/consultations"):
                arguments = (origin, key, path, asked, given.clients, given.seconds)
                pool.apply(load, (*arguments[:5], 3.0))
                figures[path] = pool.apply(load, arguments)
        show(figures, as_json=given.json)
        server.should_exit = True
        thread.join(timeout=30)
        parts.database.dispose()


if __name__ == "__main__":
    main()
