"""The bank at work: import, withdrawal by a document, and the staff's pages at full size.

    python -m benchmarks.bank [--pairs 10000 100000] [--embedded 1000] [--json]

Import is measured without embedding (rows to the database), with the longest wait of somebody who
writes meanwhile, and, for ``--embedded`` pairs, with it. Withdrawal is of a document with 1,000
answers, until neither of two processes' indexes returns any. Pages are those of a bank of the
largest size, 200 of its pairs in review.
"""

import argparse
import json
import resource
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import perf_counter
from uuid import uuid4

from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from benchmarks.figures import percentiles, show
from qa_service.accounts.actor import Actor, ActorKind
from qa_service.accounts.authority import Authority
from qa_service.accounts.units import UnitContent, store_unit
from qa_service.accounts.users import create_user
from qa_service.clock import SystemClock, beijing_day
from qa_service.consultation.models import Consultation
from qa_service.knowledge.exchange.batched_import import FileKind, ImportOrder, import_file
from qa_service.knowledge.exchange.rows.source_row import SourceFile
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.policies.endings.ending import (
    EndingContent,
    confirm_ending,
    propose_ending,
)
from qa_service.knowledge.policies.record.content import PolicyContent
from qa_service.knowledge.policies.service import add_policy, find_policy
from qa_service.server.app import create_app
from qa_service.services import (
    Services,
    build_services,
    open_database,
    open_encoder,
    open_tokenizer,
)
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, PairStatus, PolicyArea, Role, Validity, Verdict

RESTING = 1_000
EDITOR = Actor(ActorKind.PERSON, "甲", Authority.of({Role.EDITOR}), person_id=1)
SUPERVISOR = Actor(ActorKind.PERSON, "乙", Authority.of({Role.SUPERVISOR}), person_id=2)
IN_REVIEW = 200
REPEATS = 20
PASSWORD = "correct horse battery"  # noqa: S105 - of a scratch service
PAGES = ("/pairs", "/reviews", "/coverage", "/upkeep", "/policies", "/coverage/gaps")


def settings_of(folder: Path) -> Settings:
    """A scratch service's settings with the repository's words."""
    return Settings(
        _env_file=None,
        data_dir=folder / "data",
        index_dir=folder / "index",
        corpus_dir=Path("corpus"),
        scheduler_seconds=0,
    )


def write_rows(path: Path, count: int) -> None:
    """Pairs of a question, a variant and an answer; the first thousand rest on one document."""
    fields = [area.value for area in PolicyArea]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            row = {
                "key": f"b-{number}",
                "field": fields[number % len(fields)],
                "unit": "office",
                "question": f"第{number}号惠民事项怎样申请办理？",
                "variants": [f"{number}号惠民事项咋办"],
                "answer": f"第{number}号惠民事项由街道受理，携带身份证到窗口申请，五个工作日办结。",
                "phone_script": f"第{number}号事项到街道窗口办理。",
                "effective_from": "2026-01-01",
                "basis": ["旧办法" if number < RESTING else "办法"],
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def open_bank(folder: Path) -> Services:
    """A service with a unit and two documents; its index is empty and has the real model."""
    settings = settings_of(folder)
    encoder, reason = open_encoder(settings, print)
    assert encoder is not None, reason
    services = build_services(
        settings,
        clock=SystemClock(),
        database=open_database(settings),
        tokenizer=open_tokenizer(settings),
        encoder=encoder,
    )
    with session_scope(services.database) as session:
        store_unit(session, UnitContent("office", "政务服务办", (), is_default=True))
        for key in ("办法", "旧办法"):
            add_policy(
                session,
                PolicyContent(key, key, f"{key}1号", "区", Validity.IN_FORCE),
                now=services.clock.now(),
            )
    services.index_sync.open()
    return services


def import_rows(services: Services, path: Path) -> dict[str, object]:
    """Rows a second into the database, others' longest wait to write, and the peak memory."""
    order = ImportOrder(
        kind=FileKind.PAIRS,
        by=Actor.clockwork("基准"),
        now=services.clock.now(),
        publish=True,
        despite_advice=True,
    )
    began = perf_counter()
    with others_writing(services) as waits:
        report = import_file(services.database, SourceFile(path, path.name), order)
    seconds = perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "rows_a_second": round(report.added / seconds),
        "longest_wait_ms": round(max(waits) * 1000),
        "peak_memory_mb": round(peak),
    }


@contextmanager
def others_writing(services: Services) -> Iterator[list[float]]:
    """Write a consultation every 50 ms in another thread; yields the seconds each one took."""
    waits: list[float] = []
    ended = Event()

    def write() -> None:
        while not ended.wait(0.05):
            began = perf_counter()
            with session_scope(services.database) as session:
                session.add(
                    Consultation(
                        id=str(uuid4()),
                        channel=Channel.HOTLINE,
                        question="某事项怎样办理？",
                        verdict=Verdict.UNMATCHED,
                        confidence=0.0,
                        operator="基准",
                        created_at=services.clock.now(),
                    )
                )
            waits.append(perf_counter() - began)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        yield waits
        ended.set()
        writing.result()


def withdraw(services: Services, other: Services) -> dict[str, object]:
    """Milliseconds until a document's answers are withdrawn, and gone from both indexes."""
    began = perf_counter()
    with session_scope(services.database) as session:
        document, now = find_policy(session, "旧办法"), services.clock.now()
        ending = EndingContent(Validity.REPEALED, beijing_day(now), "基准")
        propose_ending(session, document, ending, by=EDITOR, now=now)
        gone = confirm_ending(session, document, by=SUPERVISOR, now=now)
    committed = perf_counter()
    for service in (services, other):
        service.index_sync.catch_up()
        assert not service.index_sync.engine.index.pair_ids() & set(gone)
    return {
        "withdrawn": len(gone),
        "transaction_ms": round((committed - began) * 1000),
        "both_indexes_ms": round((perf_counter() - committed) * 1000),
    }


def page_times(services: Services) -> dict[str, object]:
    """Milliseconds of the staff's pages."""
    with session_scope(services.database) as session:
        roles = [Role.ADMIN, Role.EDITOR, Role.REVIEWER]
        now = services.clock.now()
        create_user(
            session,
            "staff",
            PASSWORD,
            display_name="甲",
            roles=roles,
            now=now,
            must_change_password=False,
        )
        put_in_review(session, services)
    client = TestClient(create_app(services))
    page = client.get("/login").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/login", data={"csrf_token": token, "login": "staff", "password": PASSWORD})
    found: dict[str, object] = {}
    for path in PAGES:
        took = []
        for _ in range(REPEATS):
            began = perf_counter()
            assert client.get(path).status_code == 200, path
            took.append((perf_counter() - began) * 1000)
        found[f"page {path}"] = percentiles(took)
    return found


def put_in_review(session: Session, services: Services) -> None:
    """Some pairs as if they had been handed in."""
    statement = (
        select(QAPair)
        .where(QAPair.status == PairStatus.PUBLISHED)
        .order_by(col(QAPair.id).desc())
        .limit(IN_REVIEW)
    )
    for pair in session.exec(statement).all():
        pair.status, pair.submitted_at, pair.submitted_by = (
            PairStatus.DRAFT,
            services.clock.now(),
            "甲",
        )
        session.add(pair)


def embedded(count: int) -> dict[str, object]:
    """Pairs a second from file to searchable, and the withdrawal of a document's answers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder / "rows.jsonl", count)
        services, began = open_bank(folder), perf_counter()
        import_rows(services, folder / "rows.jsonl")
        services.index_sync.rebuild()
        seconds = perf_counter() - began
        other = build_services(
            services.settings,
            clock=services.clock,
            database=services.database,
            tokenizer=open_tokenizer(services.settings),
            encoder=services.index_sync.engine.encoder,
        )
        other.index_sync.open()
        figures = {"embedded_pairs": count, "pairs_a_second_embedded": round(count / seconds, 1)}
        figures |= withdraw(services, other)
        services.database.dispose()
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, nargs="+", default=[10_000])
    parser.add_argument("--embedded", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    show(embedded(given.embedded), as_json=given.json)
    for count in given.pairs:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_rows(folder / "rows.jsonl", count)
            services = open_bank(folder)
            figures = {"pairs": count, **import_rows(services, folder / "rows.jsonl")}
            if count == max(given.pairs):
                figures |= page_times(services)
            show(figures, as_json=given.json)
            services.database.dispose()


if __name__ == "__main__":
    main()
