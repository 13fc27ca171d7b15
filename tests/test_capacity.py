"""The simulation of benchmarks/capacity.py against what queueing theory knows exactly."""

from math import factorial

import numpy as np
import pytest

from benchmarks.capacity import (
    KNOWN_QUESTIONS,
    Arrival,
    Operation,
    Outcome,
    ServiceTimes,
    arrivals,
    simulate,
)

SECONDS = 15_000.0
"""Simulated, at one or two questions a second: an instant each."""


def run(times: ServiceTimes, a_second: float, processes: int, known: float = 0.0) -> Outcome:
    generator = np.random.default_rng(5)
    asked = arrivals([(SECONDS, a_second, known)], generator)
    return simulate(asked, Operation(processes), times, generator)


def erlang_wait(a_second: float, service: float, processes: int) -> float:
    """Mean wait of M/M/c by Erlang's C formula, in seconds."""
    offered = a_second * service
    busy = offered / processes
    all_busy = offered**processes / factorial(processes) / (1 - busy)
    some = sum(offered**at / factorial(at) for at in range(processes))
    return all_busy / (some + all_busy) * service / (processes - offered)


def test_one_process_of_constant_service_waits_as_m_d_1() -> None:
    service, a_second = 0.5, 1.0
    took = run(ServiceTimes([service], [service]), a_second, 1).took
    busy = a_second * service
    expected = service + busy * service / (2 * (1 - busy))
    assert np.mean(took) == pytest.approx(expected, rel=0.05)


def test_two_processes_of_exponential_service_wait_as_m_m_2() -> None:
    service, a_second = 0.7, 2.0
    drawn = np.random.default_rng(1).exponential(service, 50_000).tolist()
    took = run(ServiceTimes(drawn, drawn), a_second, 2).took
    assert np.mean(took) == pytest.approx(service + erlang_wait(a_second, service, 2), rel=0.06)


def test_a_cache_answers_again_what_its_own_process_has_answered() -> None:
    times = ServiceTimes(new=[10.0], repeated=[1.0])
    asked = [Arrival(0.0, 1), Arrival(100.0, 1), Arrival(200.0, 2)]
    generator = np.random.default_rng(0)
    assert simulate(iter(asked), Operation(1), times, generator).took == [10.0, 1.0, 10.0]
    without = Operation(1, has_caches=False)
    assert simulate(iter(asked), without, times, generator).took == [10.0, 10.0, 10.0]


def test_on_the_day_of_an_announcement_caches_pay_for_each_known_question_once() -> None:
    found = run(ServiceTimes(new=[1.0], repeated=[0.0]), 1.0, 1, known=1.0)
    assert sum(one >= 1.0 for one in found.took) >= KNOWN_QUESTIONS
    assert np.median(found.took) == 0.0
