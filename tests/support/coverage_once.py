"""Records coverage where it can grow: in the first case of a test and the first use of a fixture.

Up to Python 3.13 recording makes Python code run at half its speed. Tests of properties, which
repeat the same lines for hundreds of examples, are not recorded, nor is the rest of a file once
several tests in a row reached nothing new. A line that only what is left out reaches counts as
not covered, so the figure is never too high.
"""

from collections import Counter
from collections.abc import Generator, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import is_hypothesis_test
from shared_portal import renew_portal

import qa_service

SATURATED = 2
"""Tests of a file in a row that reach nothing new, after which its others are not recorded."""

_recorded: set[Hashable] = set()
_idle: Counter[Hashable] = Counter()
"""Number of the last tests of each file that reached nothing new."""


@contextmanager
def recorded_once(what: Hashable) -> Iterator[None]:
    """Record coverage in the block, if it is recorded at all, the first time for ``what``."""
    is_first = what not in _recorded
    _recorded.add(what)
    with nullcontext() if is_first else unrecorded():
        yield


@contextmanager
def unrecorded() -> Iterator[None]:
    """Record no coverage in the block."""
    recording = Coverage.current()
    if recording is None:
        yield
        return
    recording.stop()
    try:
        yield
    finally:
        recording.start()
        renew_portal()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Record what importing the service runs, not what importing the tests and their tools does.

    Where several processes run the tests, the one that starts them does so, as it has the time.
    """
    if Coverage.current() and not hasattr(session.config, "workerinput"):
        for module in walk_packages(qa_service.__path__, "qa_service."):
            if ".migrations." not in module.name:  # they run where there is a database
                import_module(module.name)
    with unrecorded():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    with recorded_once((fixturedef, request.param_index)):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    is_property = is_hypothesis_test(getattr(item, "obj", None))
    if is_property or _idle[item.path] >= SATURATED:
        with unrecorded():
            return (yield)
    test = item.nodeid.partition("[")[0]
    is_first, before = test not in _recorded, _reached()
    with recorded_once(test):
        found = yield
    if is_first:
        _idle[item.path] = 0 if _reached() > before else _idle[item.path] + 1
    return found


def _reached() -> int:
    """How many steps from line to line have been recorded."""
    recording = Coverage.current()
    # Asked through the interface for it, the number would be written to a file each time.
    collector = recording._collector if recording else None
    return sum(map(len, collector.data.values())) if collector else 0
