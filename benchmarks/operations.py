"""What people who run the service wait for, with a large bank.

    python -m benchmarks.operations [--pairs 100000] [--workers 4] [--json]
        [--database-url URL --restore-url URL]

Until a publish is answered by every process; until a killed service is ready again; a backup
taken while it serves, and its restoration. URLs are those of two empty PostgreSQL databases;
without them everything is on SQLite.
"""

import argparse
import signal
import tempfile
from pathlib import Path
from time import perf_counter

import httpx

from benchmarks.figures import percentiles, show
from benchmarks.large_bank import LargeBank, make_large_bank, serving
from qa_service.clock import SystemClock
from qa_service.knowledge.models import QAPair, QAVersion
from qa_service.knowledge.pairs.service import mark_changed
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus

REPEATS = 20
ASKED_AFTER = 4
"""Connections a worker that are asked after each change: the kernel gives them to any."""
KILLS = 3


def question_of(bank: LargeBank, pair_id: int) -> str:
    """The pair's own wording."""
    with session_scope(bank.database, read_only=True) as session:
        return session.get_one(QAVersion, pair_id).question


def change(bank: LargeBank, pair_id: int, status: PairStatus) -> None:
    """Publish or withdraw, committed."""
    with session_scope(bank.database) as session:
        pair = session.get_one(QAPair, pair_id)
        pair.status = status
        mark_changed(session, pair, SystemClock().now())


def is_found(origin: str, bank: LargeBank, asked: str, pair_id: int) -> bool:
    """Whether a new connection is shown the pair."""
    said = httpx.get(
        f"{origin}/api/v1/search", params={"q": asked}, headers=bank.headers, timeout=60
    )
    return pair_id in [one["qa_id"] for one in said.json()["candidates"]]


def publish_times(bank: LargeBank, workers: int) -> dict[str, object]:
    """Milliseconds from a commit to the last of so many answers, and how many were old."""
    took, old = [], 0
    asked = question_of(bank, 1)
    with serving(bank, workers=workers) as service:
        for at in range(REPEATS):
            status = PairStatus.WITHDRAWN if at % 2 == 0 else PairStatus.PUBLISHED
            change(bank, 1, status)
            committed = perf_counter()
            for _ in range(ASKED_AFTER * workers):
                is_shown = is_found(service.origin, bank, asked, 1)
                old += is_shown != (status is PairStatus.PUBLISHED)
            took.append((perf_counter() - committed) * 1000 / (ASKED_AFTER * workers))
    return {"workers": workers, "ms an answer after it": percentiles(took), "old answers": old}


def recovery_seconds(bank: LargeBank) -> list[float]:
    """From the start after each ``kill -9`` to ready."""
    took = []
    for _ in range(KILLS):
        with serving(bank) as service:
            change(bank, 1, PairStatus.PUBLISHED)
            service.process.send_signal(signal.SIGKILL)
            service.process.wait()
        began = perf_counter()
        with serving(bank) as service:
            httpx.get(f"{service.origin}/readyz", timeout=60).raise_for_status()
            took.append(round(perf_counter() - began, 1))
    return took


def backup_seconds(bank: LargeBank, folder: Path, restore_url: str) -> dict[str, object]:
    """A backup while serving, and a restoration; megabytes of the backup."""
    with serving(bank):
        began = perf_counter()
        bank.run("backup", str(folder / "backup"))
        backed_up = perf_counter() - began
    size = sum(path.stat().st_size for path in (folder / "backup").rglob("*") if path.is_file())
    began = perf_counter()
    bank.run(
        "restore",
        str(folder / "backup"),
        QA_DATA_DIR=str(folder / "restored"),
        QA_DATABASE_URL=restore_url,
    )
    return {
        "backup, s": round(backed_up, 1),
        "backup, MB": round(size / 1e6),
        "restore, s": round(perf_counter() - began, 1),
    }


def main() -> None:
    """Build once, measure all, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database")
    parser.add_argument("--restore-url", default="", help="another one")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bank = make_large_bank(folder, given.corpus, given.pairs, database_url=given.database_url)
        figures = {
            "pairs": given.pairs,
            "database": bank.database.dialect.name,
            "publish": publish_times(bank, given.workers),
            "ready after kill -9, s": recovery_seconds(bank),
            **backup_seconds(bank, folder, given.restore_url),
        }
        bank.database.dispose()
    show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
