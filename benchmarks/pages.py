"""Server time of every page that can be opened, at full size of bank and ledger.

    python -m benchmarks.pages [--pairs 100000] [--entries 20000] [--slowest 15] [--json]

The bank is the starter bank, its pairs repeated with other ids; the ledger and the questions
asked are synthetic. The pages are read from the routers, so that a new one is measured by
itself; those that need what the bench has not are named. Each is opened by somebody with every
role. Wall time is what a user waits on this machine; processor time is what the page costs, also
while the machine is busy. Neither index nor model is used.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import insert
from sqlmodel import Session, SQLModel, select

from benchmarks.figures import percentiles, show
from benchmarks.ledger import NOW, fill
from qa_service.accounts.actor import Actor
from qa_service.accounts.authentication.sessions import open_user_session
from qa_service.accounts.units import list_units
from qa_service.accounts.users import create_user
from qa_service.clock import FixedClock
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.knowledge.coverage.placing import place_topic
from qa_service.knowledge.coverage.topics import list_topics
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.knowledge.models import (
    PairBasis,
    PolicyDocument,
    QAPair,
    QAVersion,
    QuestionVariant,
)
from qa_service.ledger.models import LedgerEntry
from qa_service.server.app import create_app
from qa_service.services import Services, build_services, open_database, open_tokenizer
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, Role, VariantOrigin, Verdict
from qa_service.web.kit.access import SESSION_COOKIE
from qa_service.web.pages import ROUTERS

BATCH = 2_000
TIMES = 5
PAGE_MS, CALL_MS = 50.0, 100.0
"""What a page, and the call screen beside the model, may take (p50)."""

CALL_SCREEN = ("/", "/call", "/consultations/{consultation_id}")
NO_PAGES = ("/desk/feed", "/drafts", "/todo/counts", "/logout")


@dataclass(frozen=True)
class Opened:
    """Milliseconds of one page: waited for, and of the processor."""

    path: str
    wall: dict[str, float]
    processor: dict[str, float]
    size: int


def open_services(folder: Path, corpus: Path, pairs: int, entries: int) -> Services:
    """A service of that size, without model or index."""
    settings = Settings(
        _env_file=None,
        data_dir=folder / "data",
        index_dir=folder / "index",
        corpus_dir=corpus,
        scheduler_seconds=0,
    )
    database = open_database(settings)
    with session_scope(database) as session:
        load_corpus(session, corpus, by=Actor.clockwork("benchmark"), now=NOW - timedelta(days=400))
    services = build_services(
        settings,
        clock=FixedClock(NOW),
        database=database,
        tokenizer=open_tokenizer(settings),
        encoder=None,
    )
    _repeat_pairs(services, pairs)
    fill(services, entries)
    _ask(services, entries)
    return services


def _repeat_pairs(services: Services, pairs: int) -> None:
    """Store the pairs of the starter bank again and again, each with one variant."""
    with session_scope(services.database) as session:
        stored = [_row(one) for one in session.exec(select(QAPair)).all()]
        versions = {one.pair_id: _row(one) for one in session.exec(select(QAVersion)).all()}
        basis = {one.version_id: _row(one) for one in session.exec(select(PairBasis)).all()}
    first = 1 + max(*(pair["id"] for pair in stored), *(one["id"] for one in versions.values()))
    for start in range(len(stored), pairs, BATCH):
        places = range(start, min(start + BATCH, pairs))
        rows = [_again(stored[place % len(stored)], place, first, versions) for place in places]
        cited = [(basis.get(old), row["id"]) for _, row, old in rows]
        with session_scope(services.database) as session:
            session.execute(insert(QAPair), [pair for pair, _, _ in rows])
            session.execute(insert(QAVersion), [version for _, version, _ in rows])
            session.execute(
                insert(PairBasis),
                [{**one, "id": None, "version_id": new} for one, new in cited if one],
            )
            variants = [
                {
                    "pair_id": pair["id"],
                    "text": f"{version['question']}啊",
                    "origin": VariantOrigin.AUTHOR,
                    "accepted_by": "benchmark",
                }
                for pair, version, _ in rows
            ]
            session.execute(insert(QuestionVariant), variants)
    with session_scope(services.database) as session:
        for topic in list_topics(session):
            place_topic(session, topic)


def _again(
    pair: Mapping[str, Any], place: int, first: int, versions: Mapping[int, Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any], int]:
    """Return the pair and its version under another id and question, and its former version."""
    at, version = first + place, versions[pair["id"]]
    again = {**version, "id": at, "pair_id": at, "question": f"{version['question']}之{place}"}
    ids = {"id": at, "key": f"again-{place}", "current_version_id": at}
    return {**pair, **ids, "question_key": f"{at:064d}"}, again, version["id"]


def _row(stored: SQLModel) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in type(stored).model_fields}


def _ask(services: Services, count: int) -> None:
    """Store questions of the last half year, most of them told an answer."""
    with session_scope(services.database) as session:
        for start in range(0, count, BATCH):
            asked, told = [], []
            for place in range(start, min(start + BATCH, count)):
                at = NOW - timedelta(minutes=13 * place)
                asked.append(_asked(place, at))
                if place % 5:
                    told.append(
                        {
                            "consultation_id": asked[-1]["id"],
                            "pair_id": 1 + place % 800,
                            "version": 1,
                            "outcome": ChoiceOutcome.TOLD,
                            "operator": "zongguan",
                            "created_at": at,
                        }
                    )
            session.execute(insert(Consultation), asked)
            session.execute(insert(Choice), told)


def _asked(place: int, at: datetime) -> dict[str, Any]:
    return {
        "id": str(UUID(int=place + 1)),
        "channel": Channel.HOTLINE,
        "call_id": str(UUID(int=place + 1)),
        "question": f"第 {place} 个问题怎么办理？",
        "verdict": Verdict.CHOOSE,
        "confidence": 0.5,
        "operator": "zongguan",
        "created_at": at,
    }


def signed_in(services: Services) -> TestClient:
    """A browser of somebody with every role."""
    with session_scope(services.database) as session:
        unit = list_units(session)[0]
        user = create_user(
            session,
            "zongguan",
            "correct horse battery",
            display_name="总管",
            roles=tuple(Role),
            unit=unit.key,
            now=NOW,
            must_change_password=False,
        )
        token = open_user_session(session, user, hours=12, now=NOW)
    app: FastAPI = create_app(services)
    return TestClient(app, cookies={SESSION_COOKIE: token}, follow_redirects=False)


def samples(session: Session) -> dict[str, object]:
    """What stands in the addresses for each of their names."""
    entry = session.exec(select(LedgerEntry)).first()
    pair = session.exec(select(QAPair)).first()
    document = session.exec(select(PolicyDocument)).first()
    if entry is None or pair is None or document is None:
        raise SystemExit("the bench has no entry, pair or document")
    return {
        "number": entry.number,
        "pair_id": pair.id,
        "key": pair.key,
        "policy_id": document.id,
        "unit_id": pair.unit_id,
        "consultation_id": str(UUID(int=1)),
    }


def page_paths() -> Iterator[str]:
    """The address of every route that is opened by GET."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in route.methods:
                yield route.path


def open_page(client: TestClient, path: str, given: Mapping[str, object]) -> Opened | None:
    """Return how long the page takes; None for one that the bench cannot open."""
    try:
        address = path.format_map(given)
    except KeyError:
        return None
    if client.get(address).status_code != 200:
        return None
    wall, processor, size = [], [], 0
    for _ in range(TIMES):
        began, used = perf_counter(), process_time()
        size = len(client.get(address).content)
        wall.append((perf_counter() - began) * 1000)
        processor.append((process_time() - used) * 1000)
    return Opened(path, percentiles(wall), percentiles(processor), size)


def measure(services: Services) -> tuple[list[Opened], list[str]]:
    """Return the pages, the dearest first, and those that were not opened."""
    client = signed_in(services)
    with session_scope(services.database, read_only=True) as session:
        given = samples(session)
    opened, left = [], []
    for path in dict.fromkeys(page_paths()):
        if path.startswith(NO_PAGES):
            continue
        page = open_page(client, path, given)
        if page is None:
            left.append(path)
        else:
            opened.append(page)
    return sorted(opened, key=lambda one: -one.processor["p50"]), left


def too_slow(opened: Sequence[Opened]) -> list[str]:
    """Return the pages whose processor time is over their limit; files are made while one waits."""
    return [
        one.path
        for one in opened
        if not one.path.endswith(".xlsx")
        and one.processor["p50"] > (CALL_MS if one.path in CALL_SCREEN else PAGE_MS)
    ]


def main() -> None:
    """Fill a scratch service, open every page, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--slowest", type=int, default=15)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        services = open_services(Path(name), chosen.corpus, chosen.pairs, chosen.entries)
        opened, left = measure(services)
        figures: dict[str, object] = {
            "pairs, entries": (chosen.pairs, chosen.entries),
            "pages": len(opened),
            "over their limit": too_slow(opened),
            "not opened": left,
        }
        for one in opened[: chosen.slowest]:
            figures[one.path] = {"cpu_ms": one.processor, "wall_ms": one.wall, "bytes": one.size}
        show(figures, as_json=chosen.json)
        services.database.dispose()


if __name__ == "__main__":
    main()
