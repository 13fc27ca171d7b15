"""An hour of ordinary work: memory and open files of the service must stay flat.

    python -m benchmarks.soak [--minutes 60] [--a-second 5] [--pairs 10000] [--workers 2]
        [--database-url URL] [--json]

Searches, questions with and without a ledger entry, pages, callers who hang up midway, and a
publish or withdrawal now and then. Each quarter of the time after the first is compared with
the last; exits 1 when memory grew by more than 5 % or files by more than 10, or anything failed.
"""

import argparse
import random
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from threading import Event, Thread
from time import monotonic, perf_counter
from urllib.parse import urlsplit

import httpx

from benchmarks.figures import percentiles, show
from benchmarks.large_bank import LargeBank, Serving, make_large_bank, serving
from benchmarks.latency import questions
from benchmarks.operations import change
from qa_service.vocabulary import PairStatus

SAMPLE_SECONDS = 15
MOST_GROWTH = 0.05
MOST_FILES = 10
MIX = ["search"] * 8 + ["consult"] * 4 + ["register"] + ["page"] * 2 + ["hang up"] + ["publish"]


@dataclass
class Observed:
    """Samples of the process and all its children."""

    megabytes: list[float] = field(default_factory=list)
    """Of their own: pages of mapped files, which are shared, are not counted."""
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def take(self, pid: int) -> None:
        """One sample more."""
        family = list(family_of(pid))
        self.megabytes.append(round(sum(own_kilobytes(one) for one in family) / 1024, 1))
        self.files.append(sum(len(list(Path(f"/proc/{one}/fd").iterdir())) for one in family))
        self.threads.append(sum(len(list(Path(f"/proc/{one}/task").iterdir())) for one in family))


def family_of(pid: int) -> Iterator[int]:
    """The process and every process below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield from family_of(int(child))


def own_kilobytes(pid: int) -> int:
    """Pss_Anon of a process (proc_pid_smaps(5))."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss_Anon"))


@dataclass
class Worker:
    """Sends the mix until told to stop."""

    bank: LargeBank
    service: Serving
    asked: list[str]
    stopped: Event = field(default_factory=Event)
    took: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def run(self, a_second: float) -> None:
        """At so many requests a second."""
        chance, number = random.Random(1), 0  # noqa: S311
        began = monotonic()
        with httpx.Client(
            base_url=self.service.origin, headers=self.bank.headers, timeout=60
        ) as client:
            while not self.stopped.wait(max(0.0, began + number / a_second - monotonic())):
                number += 1
                self._do(client, chance.choice(MIX), number, chance)

    def _do(self, client: httpx.Client, what: str, number: int, chance: random.Random) -> None:
        question = f"{chance.choice(self.asked)}（第{number}次）"
        if what == "publish":
            status = chance.choice([PairStatus.PUBLISHED, PairStatus.WITHDRAWN])
            change(self.bank, chance.randint(1, 100), status)
            return
        if what == "hang up":
            self._hang_up()
            return
        began = perf_counter()
        try:
            self._request(client, what, question).raise_for_status()
        except httpx.HTTPError as error:
            self.failures.append(f"{what}: {error!r}")
        self.took.append((perf_counter() - began) * 1000)

    def _request(self, client: httpx.Client, what: str, question: str) -> httpx.Response:
        if what == "search":
            return client.get("/api/v1/search", params={"q": question})
        if what == "page":
            return client.get("/login")
        register = "auto" if what == "register" else "never"
        body = {"question": question, "channel": "hotline", "register": register}
        return client.post("/api/v1/consultations", json=body)

    def _hang_up(self) -> None:
        address = urlsplit(self.service.origin)
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(b"POST /api/v1/consultations HTTP/1.1\r\nHost: x\r\nContent-")


def is_flat(observed: Observed) -> bool:
    """Whether the last quarter looks like the second."""
    quarter = len(observed.megabytes) // 4
    second, last = slice(quarter, 2 * quarter), slice(-quarter, None)
    memory = median(observed.megabytes[last]) / median(observed.megabytes[second]) - 1
    files = median(observed.files[last]) - median(observed.files[second])
    return memory <= MOST_GROWTH and files <= MOST_FILES


def quarters(samples: list[float] | list[int]) -> list[float]:
    """The median of each quarter."""
    size = len(samples) // 4
    return [round(median(samples[at * size : (at + 1) * size]), 1) for at in range(4)]


def main() -> None:
    """Build, serve, work, watch, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--a-second", type=float, default=5)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    observed = Observed()
    with tempfile.TemporaryDirectory() as name:
        bank = make_large_bank(
            Path(name), given.corpus, given.pairs, database_url=given.database_url
        )
        with serving(bank, workers=given.workers) as service:
            worker = Worker(bank, service, questions(given.corpus))
            thread = Thread(target=worker.run, args=[given.a_second])
            thread.start()
            ends_at = monotonic() + given.minutes * 60
            while monotonic() < ends_at and not worker.stopped.wait(SAMPLE_SECONDS):
                observed.take(service.process.pid)
            worker.stopped.set()
            thread.join()
        bank.database.dispose()
    is_good = is_flat(observed) and not worker.failures
    show(
        {
            "minutes": given.minutes,
            "requests": len(worker.took),
            "failures": worker.failures[:5],
            "ms": percentiles(worker.took),
            "memory by quarter, MB": quarters(observed.megabytes),
            "open files by quarter": quarters(observed.files),
            "threads by quarter": quarters(observed.threads),
            "flat": is_good,
        },
        as_json=given.json,
    )
    raise SystemExit(not is_good)


if __name__ == "__main__":
    main()
