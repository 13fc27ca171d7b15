"""A quarter's inspection package and the pages of figures at the size of a busy district.

    python -m benchmarks.reports [--entries 20000] [--consultations 100000]
        [--postgres | --database URL]

Everything lies in one quarter. Pages are measured whole, signed in; the package is compiled,
stored and written as a workbook, with the peak of memory it adds. Processor time is that of this
process and of the PostgreSQL server; of a page it is the least of all times.
"""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import insert, text
from sqlmodel import select

from benchmarks.database_cost import server_seconds
from benchmarks.figures import percentiles, show
from benchmarks.ledger import NOW, open_services
from benchmarks.postgres import scratch_postgres
from qa_service.accounts.actor import Actor
from qa_service.accounts.authentication.sessions import open_user_session
from qa_service.accounts.models import Unit
from qa_service.accounts.users import create_user
from qa_service.clock import BEIJING, beijing_day
from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.knowledge.models import QAPair
from qa_service.ledger.models import Callback, LedgerEntry, LedgerEvent
from qa_service.reporting.figures.period import quarter_of
from qa_service.reporting.figures.scope import open_scope
from qa_service.reporting.inspection.compiling import compile_package
from qa_service.reporting.inspection.service import issue_package
from qa_service.reporting.inspection.texts import NoticeRule
from qa_service.reporting.inspection.workbook import write_package
from qa_service.server.app import create_app
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, CallOutcome, Channel, EntryKind, EntryState, Role, Verdict
from qa_service.web.kit.access import SESSION_COOKIE
from qa_service.workdays.deadline import due_date

QUARTER = quarter_of(NOW.date())
DAYS = (NOW.date() - QUARTER.first).days
BATCH = 5_000
TIMES = 5
PEAK_RESET = Path("/proc/self/clear_refs")
AREAS = ("养老", "纳税", "医疗", "教育", "就业创业", None)
STEPS = (
    (Action.REGISTER, EntryState.REGISTERED, 0),
    (Action.ASSIGN, EntryState.ASSIGNED, 0),
    (Action.ACCEPT, EntryState.ACCEPTED, 3),
    (Action.DRAFT, EntryState.DRAFTED, 30),
    (Action.APPROVE, EntryState.APPROVED, 50),
    (Action.INFORM, EntryState.INFORMED, 55),
    (Action.CLOSE, EntryState.CLOSED, 56),
)
PAGES = {
    "figures": "/reports?since=2026-10-01&until=2026-12-31",
    "figures_by_hour": "/reports?since=2026-10-01&until=2026-12-31&by=hour",
    "figures_of_a_unit": "/reports?since=2026-10-01&until=2026-12-31&unit=civil-affairs",
    "rows": "/reports/rows?since=2026-10-01&until=2026-12-31&figure=on_time_rate&part=rest",
    "packages": "/reports/packages",
    "package": "/reports/packages/1",
    "crossing_off": "/tasks/crossing-off?since=2026-10-01&until=2026-12-31",
}


def fill(services: Services, entries: int, consultations: int) -> None:
    """Put consultations, entries and their histories into the quarter."""
    random = Random(1)  # noqa: S311
    with session_scope(services.database) as session:
        units = {unit.id: unit.key for unit in session.exec(select(Unit)).all()}
        pairs = session.exec(select(QAPair.id)).all()[:300]
    asked: list[tuple[str, datetime]] = []
    for start in range(0, consultations, BATCH):
        asked += _consultations(services, random, list(units.values()), pairs, start, consultations)
    for start in range(0, entries, BATCH):
        _entries(services, random, list(units), start, entries, asked)
    with services.database.begin() as connection:
        # As long as real rows, which hold the candidates that were shown.
        connection.execute(
            text("UPDATE consultation SET candidates = :held"), {"held": "[]" + " " * 3_000}
        )
    if services.database.dialect.name == "postgresql":
        # As autovacuum leaves a bank: indexes are read without their rows only after it.
        alone = services.database.execution_options(isolation_level="AUTOCOMMIT")
        with alone.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _moment(random: Random) -> datetime:
    day = QUARTER.first + timedelta(days=random.randrange(DAYS))
    return datetime(
        day.year, day.month, day.day, random.randrange(8, 20), random.randrange(60), tzinfo=BEIJING
    )


def _consultations(
    services: Services,
    random: Random,
    units: list[str],
    pairs: Sequence[int | None],
    start: int,
    total: int,
) -> list[tuple[str, datetime]]:
    rows: list[dict[str, Any]] = []
    choices = []
    for at in range(start, min(start + BATCH, total)):
        asked = _moment(random)
        rows.append(
            {
                "id": f"{random.getrandbits(128):032x}",
                "channel": random.choice(list(Channel)),
                "question": f"第{at}号事项怎么办理，需要带什么材料？",
                "area": random.choice(AREAS),
                "verdict": random.choice(list(Verdict)),
                "confidence": 0.7,
                "candidates": (),
                "nearest_unit": random.choice(units),
                "operator": f"坐席{at % 20}",
                "created_at": asked,
            }
        )
        if random.random() < 0.7:
            choices.append(
                {
                    "consultation_id": rows[-1]["id"],
                    "pair_id": random.choice(pairs),
                    "version": 1,
                    "outcome": ChoiceOutcome.TOLD,
                    "operator": "坐席",
                    "created_at": asked + timedelta(seconds=random.randrange(10, 300)),
                }
            )
    with session_scope(services.database) as session:
        session.execute(insert(Consultation), rows)
        session.execute(insert(Choice), choices)
    return [
        (str(row["id"]), asked) for row in rows if isinstance(asked := row["created_at"], datetime)
    ]


def _entries(
    services: Services,
    random: Random,
    units: Sequence[int | None],
    start: int,
    total: int,
    asked: Sequence[tuple[str, datetime]],
) -> None:
    rows, events, calls = [], [], []
    for at in range(start, min(start + BATCH, total)):
        # Half of the entries were registered after a search.
        searched = at % 2 == 0 and at < len(asked)
        received = asked[at][1] if searched else _moment(random)
        due = due_date(received, days=5, calendar=services.calendar).due_on
        pace = random.choice((0.5, 1, 2, 4))
        times = [(verb, state, received + timedelta(hours=h * pace)) for verb, state, h in STEPS]
        passed = [one for one in times if one[2] <= NOW][: random.choice((3, 7, 7, 7, 7))]
        told = next((when for _, state, when in passed if state is EntryState.INFORMED), None)
        closed = next((when for _, state, when in passed if state is EntryState.CLOSED), None)
        late = beijing_day(told or NOW) > due
        rows.append(
            {
                "id": at + 1,
                "number": f"ZX{received:%Y%m%d}-{at:06d}",
                "consultation_id": asked[at][0] if searched else None,
                "kind": random.choice((EntryKind.CONSULTATION,) * 9 + (EntryKind.CORRECTION,)),
                "channel": random.choice(list(Channel)),
                "question": f"第{at}号事项怎么办理，需要带什么材料？",
                "terms": "事项 办理 材料",
                "area": random.choice(AREAS),
                "unit_id": random.choice(units),
                "routed_by": "field",
                "state": passed[-1][1],
                "received_at": received,
                "assigned_at": received,
                "informed_at": told,
                "closed_at": closed,
                "due_on": due,
                "original_due_on": due,
                "due_provisional": False,
                "was_overdue_on": due if late else None,
                "limit_workdays": 5,
                "extended_workdays": 0,
                "version": 2,
            }
        )
        events += [
            {
                "entry_id": at + 1,
                "actor": "承办",
                "occurred_at": when,
                "from_state": None,
                "to_state": state,
                "verb": verb,
                "reason": "",
            }
            for verb, state, when in passed
        ]
        if at % 50 == 0:
            events.append(
                dict(
                    events[-1], verb=Action.RETURN, to_state=EntryState.RETURNED, reason="不属职责"
                )
            )
        if told:
            calls.append(
                {
                    "entry_id": at + 1,
                    "attempt": 1,
                    "called_at": told,
                    "outcome": CallOutcome.REACHED,
                    "reply_number": 1,
                    "note": "",
                    "operator": "坐席",
                }
            )
    with session_scope(services.database) as session:
        session.execute(insert(LedgerEntry), rows)
        session.execute(insert(LedgerEvent), events)
        session.execute(insert(Callback), calls)


def _peak_mb() -> int:
    """Return the largest resident memory since it was reset last, in megabytes (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return round(int(peak) / 1024)


def _processor_seconds(services: Services) -> float:
    """Return the processor time spent so far, that of the database server included."""
    is_server = services.database.dialect.name == "postgresql"
    return process_time() + (server_seconds(services.database) if is_server else 0)


def package_times(services: Services) -> dict[str, float]:
    """Seconds of compiling, storing and writing the package, and megabytes it adds at its peak."""
    PEAK_RESET.write_text("5")
    before = _peak_mb()
    spent = [_processor_seconds(services)]
    began = perf_counter()
    with session_scope(services.database, read_only=True) as session:
        scope = open_scope(session, QUARTER, now=NOW, calendar=services.calendar)
        content = compile_package(session, scope, NoticeRule.of(services.settings))
    compiled = perf_counter()
    spent.append(_processor_seconds(services))
    with session_scope(services.database) as session:
        actor = Actor.clockwork("benchmark")
        issue_package(session, content, QUARTER, actor=actor, now=NOW)
    stored = perf_counter()
    spent.append(_processor_seconds(services))
    file = write_package(content, content.notice, "")
    written = perf_counter()
    spent.append(_processor_seconds(services))
    return {
        "compile_processor_s": round(spent[1] - spent[0], 2),
        "store_processor_s": round(spent[2] - spent[1], 2),
        "workbook_processor_s": round(spent[3] - spent[2], 2),
        "compile_s": round(compiled - began, 2),
        "store_s": round(stored - compiled, 2),
        "workbook_s": round(written - stored, 2),
        "workbook_mb": round(len(file) / 1e6, 1),
        "lines": len(content.crossing_off),
        "added_mb": _peak_mb() - before,
    }


def pages_times(services: Services) -> dict[str, object]:
    """Milliseconds of each page for a supervisor who is signed in."""
    with session_scope(services.database) as session:
        user = create_user(
            session,
            "inspector",
            "a long password",
            display_name="督查",
            roles=(Role.SUPERVISOR,),
            now=NOW,
            must_change_password=False,
        )
        token = open_user_session(session, user, hours=12, now=NOW)
    client = TestClient(create_app(services), cookies={SESSION_COOKIE: token})
    found: dict[str, object] = {}
    for name, path in PAGES.items():
        took, spent = [], []
        for _ in range(TIMES):
            before, began = _processor_seconds(services), perf_counter()
            assert client.get(path).status_code == 200, path
            took.append((perf_counter() - began) * 1000)
            spent.append((_processor_seconds(services) - before) * 1000)
        found[f"{name}_ms"] = percentiles(took)
        found[f"{name}_processor_ms"] = round(min(spent))
    return found


def main() -> None:
    """Fill a scratch database, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--consultations", type=int, default=100_000)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL 15 of its own")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    server = scratch_postgres() if given.postgres else nullcontext(given.database)
    with tempfile.TemporaryDirectory() as name, server as address:
        services = open_services(Path(name), given.corpus, address)
        fill(services, given.entries, given.consultations)
        figures: dict[str, object] = {
            "database": services.database.dialect.name,
            "entries": given.entries,
            "consultations": given.consultations,
            "package": package_times(services),
        }
        figures |= pages_times(services)
        show(figures, as_json=given.json)
        services.database.dispose()


if __name__ == "__main__":
    main()
