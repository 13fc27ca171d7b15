"""Seconds until the service answers, first and second start, and the memory it holds.

    python -m benchmarks.start [--json]

The first start builds the model, the database, the starter bank and an index of words; the
seconds until the vectors are there too are told apart. Processor seconds of the service's own
process until it answers tell what a busy machine hides.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

from benchmarks.figures import show

PATIENCE = 600
"""Seconds after which a service that is not ready never will be."""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def readiness(port: int) -> str:
    """What /readyz says: ``ready``, ``degraded``, or nothing where it does not answer 200."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return str(json.loads(answer.read())["status"])
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return ""


def resident_megabytes(pid: int) -> int:
    """VmRSS of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def processor_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Start:
    """Seconds until a service answers and is whole, its processor seconds until it answers."""

    answers: float
    whole: float
    worked: float
    megabytes: int


def start(folder: Path, corpus: Path) -> Start:
    """Start the service in ``folder`` and wait until it is whole."""
    port = free_port()
    environment = {
        **os.environ,
        "QA_DATA_DIR": str(folder / "data"),
        "QA_INDEX_DIR": str(folder / "index"),
        "QA_CORPUS_DIR": str(corpus.resolve()),
        "QA_PORT": str(port),
    }
    program = str(Path(sys.executable).with_name("qa-service"))
    began = perf_counter()
    service = subprocess.Popen([program, "serve"], env=environment, stderr=subprocess.DEVNULL)
    try:
        answers = worked = 0.0
        while (state := readiness(port)) != "ready":
            if state and not answers:
                answers, worked = perf_counter() - began, processor_seconds(service.pid)
            if service.poll() is not None or perf_counter() - began > PATIENCE:
                raise SystemExit("the service did not become ready")
            sleep(0.05)
        whole = perf_counter() - began
        worked = worked or processor_seconds(service.pid)
        return Start(
            round(answers or whole, 1),
            round(whole, 1),
            round(worked, 1),
            resident_megabytes(service.pid),
        )
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(timeout=60)


def help_seconds() -> float:
    """Seconds of ``qa-service --help``, the best of five."""
    program = str(Path(sys.executable).with_name("qa-service"))
    took = []
    for _ in range(5):
        began = perf_counter()
        subprocess.run([program, "--help"], check=True, stdout=subprocess.DEVNULL)
        took.append(perf_counter() - began)
    return round(min(took), 2)


def main() -> None:
    """Start twice in one scratch folder and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        first = start(Path(name), given.corpus)
        second = start(Path(name), given.corpus)
    show(
        {
            "first start, s": first.answers,
            "first start, processor s": first.worked,
            "first start, vectors too, s": first.whole,
            "second start, s": second.answers,
            "resident memory, MB": second.megabytes,
            "qa-service --help, s": help_seconds(),
        },
        as_json=given.json,
    )


if __name__ == "__main__":
    main()
