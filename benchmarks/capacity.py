"""How many service processes a load needs, and the queue on the day a new policy is announced.

    python -m benchmarks.capacity [--a-second 5] [--processes 2 4 8] [--check] [--json]

Discrete events (simpy) with service times measured by ``python -m benchmarks.service_times``, one
question at a time a process, first come first served. On the day of the announcement ten times the
questions come for ``--minutes``, nine of ten about the new policy: the same hundred. With caches a
question that a process has answered before costs what a repeated one was measured to; without,
every one costs what a new one does. ``--check`` asks the real service in the same way, started on
a synthetic bank, and prints simulated and measured times side by side.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import numpy as np
import simpy

from benchmarks.figures import show

MEASURED = Path(__file__).with_name("service_times.json")

RUSH = 10
"""Times the usual load on the day of an announcement."""

KNOWN_QUESTIONS = 100
KNOWN_SHARE = 0.9
"""Questions about the announcement, and their share of all on that day."""

BUSY_SHARE = 0.6
"""Share of its time for which a process may be busy, so that the queue stays short."""

NEW = -1
"""Number of a question that nobody asked before."""


@dataclass(frozen=True, slots=True)
class ServiceTimes:
    """Seconds that one question keeps a process, as samples that are drawn from."""

    new: Sequence[float]
    repeated: Sequence[float]

    @classmethod
    def read(cls, path: Path) -> "ServiceTimes":
        """The times in a file of ``benchmarks.service_times``."""
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(*([ms / 1000 for ms in found[name]] for name in ("new_ms", "repeated_ms")))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A question at a second of the day: the number of a known one, or ``NEW``."""

    at: float
    question: int


@dataclass(frozen=True, slots=True)
class Operation:
    """Processes that answer; each has a queue of its own unless they share one.

    A proxy that picks the process with the fewest open requests comes near a shared queue; one
    that picks by turns, or a kernel that hands out connections, is as queues of their own.
    """

    processes: int
    has_caches: bool = True
    shares_queue: bool = True


@dataclass(slots=True)
class Outcome:
    """Seconds from asking to the answer, the longest queue, and when the last answer was given."""

    took: list[float] = field(default_factory=list)
    longest_queue: int = 0
    ended_at: float = 0.0

    def milliseconds(self, share: float) -> float:
        """The time within which ``share`` of the questions were answered."""
        return round(float(np.quantile(self.took, share)) * 1000, 1)


def arrivals(
    spans: Sequence[tuple[float, float, float]], generator: np.random.Generator
) -> Iterator[Arrival]:
    """Questions at random (Poisson) over spans of (seconds, questions a second, known share)."""
    began = 0.0
    for seconds, a_second, known_share in spans:
        at = began + generator.exponential(1 / a_second)
        while at < began + seconds:
            is_known = generator.random() < known_share
            yield Arrival(at, int(generator.integers(KNOWN_QUESTIONS)) if is_known else NEW)
            at += generator.exponential(1 / a_second)
        began += seconds


def simulate(
    asked: Iterator[Arrival],
    operation: Operation,
    times: ServiceTimes,
    generator: np.random.Generator,
) -> Outcome:
    """Let the processes answer what is asked, until nobody waits."""
    environment = simpy.Environment()
    outcome = Outcome()
    queues = _queues(environment, operation)
    known: list[set[int]] = [set() for _ in range(operation.processes)]
    waiting = 0

    def answer(arrival: Arrival) -> Iterator[simpy.Event]:
        nonlocal waiting
        queue = queues[int(generator.integers(len(queues)))]
        waiting += 1
        outcome.longest_queue = max(outcome.longest_queue, waiting)
        process = yield queue.get()
        waiting -= 1
        is_repeated = operation.has_caches and arrival.question in known[process]
        drawn = times.repeated if is_repeated else times.new
        yield environment.timeout(drawn[int(generator.integers(len(drawn)))])
        if arrival.question != NEW:
            known[process].add(arrival.question)
        outcome.took.append(environment.now - arrival.at)
        queue.put(process)

    def open_doors() -> Iterator[simpy.Event]:
        for arrival in asked:
            yield environment.timeout(arrival.at - environment.now)
            environment.process(answer(arrival))

    environment.process(open_doors())
    environment.run()
    outcome.ended_at = float(environment.now)
    return outcome


def _queues(environment: simpy.Environment, operation: Operation) -> list[simpy.Store]:
    """Free processes by the queue that waits for them."""
    numbers = range(operation.processes)
    groups = [list(numbers)] if operation.shares_queue else [[at] for at in numbers]
    queues = []
    for group in groups:
        queue = simpy.Store(environment)
        queue.items.extend(group)
        queues.append(queue)
    return queues


def announcement(a_second: float, minutes: float) -> list[tuple[float, float, float]]:
    """Spans of a day with an announcement: usual, the rush, usual."""
    usual = (minutes * 60 / 2, a_second, 0.0)
    return [usual, (minutes * 60, a_second * RUSH, KNOWN_SHARE), usual]


def announcement_figures(
    a_second: float, minutes: float, processes: Sequence[int], times: ServiceTimes
) -> dict[str, object]:
    """What askers wait on the day of an announcement, by processes, with and without caches."""
    spans = announcement(a_second, minutes)
    ends = sum(seconds for seconds, _, _ in spans)
    figures: dict[str, object] = {}
    for count in processes:
        for has_caches in (True, False):
            generator = np.random.default_rng(27)
            operation = Operation(count, has_caches=has_caches)
            found = simulate(arrivals(spans, generator), operation, times, generator)
            label = f"{count} processes, {'with' if has_caches else 'without'} caches"
            figures[label] = {
                "p50_ms": found.milliseconds(0.5),
                "p99_ms": found.milliseconds(0.99),
                "longest_queue": found.longest_queue,
                "late_s": round(max(0.0, found.ended_at - ends), 1),
            }
    return figures


def sizing(a_second: Sequence[float], times: ServiceTimes) -> dict[str, object]:
    """Processes (each on a core of its own) for a load, on a usual day and by its caches alone."""
    figures: dict[str, object] = {}
    for rate in a_second:
        needed = {
            name: ceil(rate * float(np.mean(drawn)) / BUSY_SHARE)
            for name, drawn in (("all_new", times.new), ("all_repeated", times.repeated))
        }
        figures[f"{rate:g} questions a second"] = needed
    return figures


def main() -> None:
    """Simulate, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--a-second", type=float, default=5)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--times", type=Path, default=MEASURED)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    times = ServiceTimes.read(given.times)
    figures = announcement_figures(given.a_second, given.minutes, given.processes, times)
    show({"announcement": figures} if given.json else figures, as_json=given.json)
    show(sizing((100, 1_000, 10_000), times), as_json=given.json)
    if given.check:
        from benchmarks.capacity_check import side_by_side

        show(side_by_side(), as_json=given.json)


if __name__ == "__main__":
    main()
