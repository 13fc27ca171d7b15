"""The simulation of ``benchmarks.capacity`` beside the real service under the same arrivals.

The service is started by its command on a synthetic bank. First one client asks one question after
the other, new ones and repeated ones: those times are what the simulation draws from, so that both
see the machine as it is. Then questions come at random, half as many as the service could answer,
whether earlier ones were answered or not.
"""

import json
import multiprocessing
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, sleep
from urllib.parse import urlsplit

import numpy as np

from benchmarks.capacity import (
    KNOWN_SHARE,
    NEW,
    Arrival,
    Operation,
    ServiceTimes,
    arrivals,
    simulate,
)
from benchmarks.large_bank import LargeBank, make_large_bank, serving
from benchmarks.latency import questions

PAIRS = 2_000
SAMPLED = 10
SAMPLES = 100
WARM_UP = 20
SECONDS = 45.0
UTILISATION = 0.5
CLIENTS = 64


def ask(origin: str, headers: dict[str, str], question: str) -> None:
    """Ask one question on a connection of its own; raises AssertionError unless it is taken."""
    connection = HTTPConnection(urlsplit(origin).netloc, timeout=120)
    body = json.dumps({"question": question, "channel": "hotline", "register": "never"})
    sent = {**headers, "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/consultations", body, sent)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status < 300, content.decode()


def one_by_one(
    origin: str, headers: dict[str, str], asked: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Seconds of each question asked by one client: new, and at once again."""
    new, repeated = [], []
    for at, text in enumerate(asked[: SAMPLES + WARM_UP]):
        for taken in (new, repeated):
            began = perf_counter()
            ask(origin, headers, f"{text}（样{at}）")
            taken.append(perf_counter() - began)
    return new[WARM_UP:], repeated[WARM_UP:]


def open_loop(
    origin: str, headers: dict[str, str], asked: Sequence[str], due: Sequence[Arrival]
) -> list[float]:
    """Seconds from the moment each question was due to its answer."""
    began = perf_counter()

    def call(number: int, arrival: Arrival) -> float:
        known = arrival.question != NEW
        text = asked[arrival.question if known else number % len(asked)]
        ask(origin, headers, f"{text}（热）" if known else f"{text}（新{number}）")
        return perf_counter() - began - arrival.at

    with ThreadPoolExecutor(CLIENTS) as pool:
        waiting = []
        for number, arrival in enumerate(due):
            sleep(max(0.0, began + arrival.at - perf_counter()))
            waiting.append(pool.submit(call, number, arrival))
        return [one.result() for one in waiting]


def compared(bank: LargeBank, processes: int, asked: Sequence[str]) -> dict[str, object]:
    """Simulated and measured milliseconds of a service with so many processes."""
    with (
        serving(bank, workers=processes) as service,
        # Of its own, so that clients and this process share no interpreter.
        multiprocessing.get_context("spawn").Pool(1) as pool,
    ):
        where = (service.origin, bank.headers, asked)
        times = ServiceTimes(*pool.apply(one_by_one, where))
        mean = (1 - KNOWN_SHARE) * np.mean(times.new) + KNOWN_SHARE * np.mean(times.repeated)
        a_second = UTILISATION * processes / float(mean)
        generator = np.random.default_rng(processes)
        due = list(arrivals([(SECONDS, a_second, KNOWN_SHARE)], generator))
        took = pool.apply(open_loop, (*where, due))
    operation = Operation(processes, shares_queue=False)
    found = simulate(iter(due), operation, times, generator)
    return {
        "asked_a_second": round(a_second, 1),
        "alone_new_ms": round(float(np.mean(times.new)) * 1000, 1),
        "alone_repeated_ms": round(float(np.mean(times.repeated)) * 1000, 1),
        "simulated_ms": {"p50": found.milliseconds(0.5), "p99": found.milliseconds(0.99)},
        "measured_ms": {
            "p50": round(float(np.quantile(took, 0.5)) * 1000, 1),
            "p99": round(float(np.quantile(took, 0.99)) * 1000, 1),
        },
    }


def sampled(corpus: Path, folder: Path) -> Path:
    """The corpus with one pair of so many: the words of all take minutes to embed."""
    left = shutil.ignore_patterns("questions", "charts", "qa_pairs.jsonl")
    shutil.copytree(corpus, folder, ignore=left)
    lines = (corpus / "qa_pairs.jsonl").read_text(encoding="utf-8").splitlines(True)
    (folder / "qa_pairs.jsonl").write_text("".join(lines[::SAMPLED]), encoding="utf-8")
    return folder


def side_by_side(processes: Sequence[int] = (1, 2)) -> dict[str, object]:
    """The comparison for each number of processes."""
    corpus = Path("corpus")
    asked = questions(corpus)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bank = make_large_bank(folder, sampled(corpus, folder / "corpus"), PAIRS)
        figures = {f"real, {count} processes": compared(bank, count, asked) for count in processes}
        bank.database.dispose()
    return figures
