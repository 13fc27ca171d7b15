"""The ledger under load: registrations a second, the board and the reminders of a full ledger.

    python -m benchmarks.ledger [--entries 100000] [--writers 50] [--database URL] [--json]

Registering is measured on the database given (SQLite in a scratch folder when none is) with
so many threads at once. The board is the whole page, signed in; reminders are one round in
which every entry has come due, and one in which nothing is new.
"""

import argparse
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from fastapi.testclient import TestClient
from sqlalchemy import insert
from sqlmodel import Session, select

from benchmarks.figures import percentiles, show
from qa_service.accounts.actor import Actor
from qa_service.accounts.authentication.sessions import open_user_session
from qa_service.accounts.models import Unit
from qa_service.accounts.users import create_user
from qa_service.clock import BEIJING, FixedClock
from qa_service.jobs.duty import JobContext
from qa_service.jobs.round import run_round
from qa_service.knowledge.exchange.corpus.loading import load_corpus
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.routing import route
from qa_service.ledger.service import Registration, register
from qa_service.server.app import create_app
from qa_service.services import Services, build_services, open_database, open_tokenizer
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryKind, EntryState, Role
from qa_service.web.kit.access import SESSION_COOKIE
from qa_service.workdays.deadline import due_date

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
EACH = 20
PAGES = 15
BATCH = 5_000


def open_services(folder: Path, corpus: Path, url: str) -> Services:
    """A service without a model, on the starter bank."""
    settings = Settings(
        _env_file=None,
        data_dir=folder / "data",
        index_dir=folder / "index",
        corpus_dir=corpus,
        database_url=url,
        scheduler_seconds=0,
    )
    database = open_database(settings, limited=False)
    with session_scope(database) as session:
        load_corpus(session, corpus, by=Actor.clockwork("benchmark"), now=NOW)
    services = build_services(
        settings,
        clock=FixedClock(NOW),
        database=database,
        tokenizer=open_tokenizer(settings),
        encoder=None,
    )
    services.index_sync.open()
    return services


def registering(services: Services, writers: int) -> dict[str, object]:
    """Registrations a second by so many threads, and how long the slowest waited."""

    def write(_writer: int) -> list[float]:
        took = []
        for _ in range(EACH):
            began = perf_counter()
            with session_scope(services.database) as session:
                _enter(session, services)
            took.append((perf_counter() - began) * 1000)
        return took

    began = perf_counter()
    with ThreadPoolExecutor(writers) as pool:
        waits = [wait for took in pool.map(write, range(writers)) for wait in took]
    rate = len(waits) / (perf_counter() - began)
    return {"a_second": round(rate), "wait_ms": percentiles(waits)}


def fill(services: Services, entries: int) -> None:
    """Put so many open entries of the last weeks into the ledger."""
    with session_scope(services.database) as session:
        units = [unit for unit in session.exec(select(Unit.id)).all() if unit]
        days = [NOW - timedelta(days=back) for back in range(20)]
        dues = [due_date(day, days=5, calendar=services.calendar).due_on for day in days]
        for start in range(0, entries, BATCH):
            rows = [
                {
                    "number": f"ZX20200101-{at:06d}",
                    "kind": EntryKind.CONSULTATION,
                    "channel": "hotline",
                    "question": f"第{at}号事项怎么办理",
                    "terms": "事项 办理",
                    "unit_id": units[at % len(units)],
                    "routed_by": "field",
                    "state": (EntryState.ASSIGNED, EntryState.ACCEPTED)[at % 2],
                    "received_at": days[at % len(days)],
                    "due_on": dues[at % len(days)],
                    "original_due_on": dues[at % len(days)],
                    "due_provisional": False,
                    "limit_workdays": 5,
                    "extended_workdays": 0,
                    "version": 2,
                }
                for at in range(start, min(start + BATCH, entries))
            ]
            session.execute(insert(LedgerEntry), rows)


def page_times(services: Services, path: str) -> dict[str, float]:
    """Milliseconds of the page for somebody signed in."""
    with session_scope(services.database) as session:
        login = f"reader{abs(hash(path))}"
        user = create_user(
            session,
            login,
            "a long password",
            display_name="督查",
            roles=(Role.SUPERVISOR,),
            now=NOW,
            must_change_password=False,
        )
        token = open_user_session(session, user, hours=12, now=NOW)
    took = []
    client = TestClient(create_app(services), cookies={SESSION_COOKIE: token})
    for _ in range(PAGES):
        began = perf_counter()
        assert client.get(path).status_code == 200
        took.append((perf_counter() - began) * 1000)
    return percentiles(took)


def round_seconds(services: Services, now: datetime) -> tuple[float, int]:
    """Seconds of one round, and how many reminders it wrote."""
    scheduled = JobContext(services.settings, FixedClock(now), services.database, services.calendar)
    began = perf_counter()
    done = run_round(scheduled)
    return round(perf_counter() - began, 2), done.reminded


def _enter(session: Session, services: Services) -> None:
    registration = Registration("外商投资项目怎么备案？", None, None, None, NOW)
    register(
        session,
        registration,
        route=route(session, area=None, nearest_unit=None),
        calendar=services.calendar,
        workdays=5,
        actor=Actor.clockwork("benchmark"),
        now=NOW,
    )


def main() -> None:
    """Fill a scratch ledger, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--writers", type=int, default=50)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        services = open_services(Path(name), given.corpus, given.database)
        figures: dict[str, object] = {
            "database": services.database.dialect.name,
            "registering": registering(services, given.writers),
        }
        fill(services, given.entries)
        figures["entries"] = given.entries
        figures["board_page_ms"] = page_times(services, "/ledger/board")
        figures["list_page_ms"] = page_times(services, "/ledger?due=overdue")
        figures["first_round_s, reminders"] = round_seconds(services, NOW)
        figures["next_round_s, reminders"] = round_seconds(services, NOW)
        show(figures, as_json=given.json)
        services.database.dispose()


if __name__ == "__main__":
    main()
