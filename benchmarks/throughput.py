"""Questions a second of the whole service with a large bank: HTTP, encoding, search, record.

    python -m benchmarks.throughput [--pairs 100000] [--workers 1 2 4] [--clients 16]
        [--seconds 20] [--asked-before 0] [--database-url URL] [--json]

The service is the real one, started by its command; its bank is synthetic, its vectors too;
each question is encoded by the real model, but for the percentage that was asked word for word
before. The clients share the machine with it, so they
are as light as Python allows.
"""

import argparse
import json
import multiprocessing
import tempfile
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from time import perf_counter
from urllib.parse import quote, urlsplit

from benchmarks.figures import percentiles, show
from benchmarks.large_bank import LargeBank, make_large_bank, serving
from benchmarks.latency import questions

WARM_UP_SECONDS = 5.0

WELL_KNOWN = 40
"""Questions that are asked again and again; in the warm-up by every process."""


def load(
    origin: str,
    headers: dict[str, str],
    path: str,
    asked: list[str],
    clients: int,
    seconds: float,
    asked_before: int = 0,
) -> dict[str, object]:
    """Requests a second and milliseconds of each, from so many clients at once."""
    ends_at = perf_counter() + seconds
    numbers = count()

    host = urlsplit(origin).netloc

    def work(_client: int) -> list[float]:
        took = []
        connection = HTTPConnection(host, timeout=60)
        while perf_counter() < ends_at:
            at = next(numbers)
            if at % 100 < asked_before:
                question = asked[at % WELL_KNOWN]
            else:
                # A question of its own, which the encoder's cache cannot have.
                question = f"{asked[at % len(asked)]}（第{at}次）"
            began = perf_counter()
            ask(connection, headers, path, question)
            took.append((perf_counter() - began) * 1000)
        connection.close()
        return took

    began = perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        took = [one for found in pool.map(work, range(clients)) for one in found]
    return {"a_second": round(len(took) / (perf_counter() - began), 1), "ms": percentiles(took)}


def ask(connection: HTTPConnection, headers: dict[str, str], path: str, question: str) -> None:
    """One question by one of the two ways; raises AssertionError unless it was answered."""
    if path == "/search":
        connection.request("GET", f"/api/v1/search?q={quote(question)}", headers=headers)
    else:
        body = json.dumps({"question": question, "channel": "hotline", "register": "never"})
        sent = {**headers, "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/consultations", body, sent)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status < 300, content.decode()


def measure(bank: LargeBank, workers: int, asked: list[str], given: argparse.Namespace) -> object:
    """The figures of a service with so many workers, by path."""
    found = {}
    with (
        serving(bank, workers=workers) as service,
        multiprocessing.get_context("spawn").Pool(1) as pool,
    ):
        for path in ("/search", "/consultations"):
            arguments = (service.origin, bank.headers, path, asked, given.clients)
            pool.apply(load, (*arguments, WARM_UP_SECONDS, given.asked_before))
            found[path] = pool.apply(load, (*arguments, given.seconds, given.asked_before))
    return found


def main() -> None:
    """Build, serve, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1])
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--asked-before", type=int, default=0, help="per cent of the questions")
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    asked = questions(given.corpus)
    figures: dict[str, object] = {"pairs": given.pairs, "clients": given.clients}
    with tempfile.TemporaryDirectory() as name:
        bank = make_large_bank(
            Path(name), given.corpus, given.pairs, database_url=given.database_url
        )
        for workers in given.workers:
            figures[f"{workers} workers"] = measure(bank, workers, asked, given)
        bank.database.dispose()
    show(figures, as_json=given.json)


if __name__ == "__main__":
    main()
