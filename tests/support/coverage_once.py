"""Records coverage where it can grow: in the first case of a test and the first use of a fixture.

Up to Python 3.13 recording makes Python code run at half its speed. Tests of properties, which
repeat the same lines for hundreds of examples, are not recorded; neither are those that go through
the whole service again (in a browser, as an attacker). Of pages, REST and commands, whose tests
share most of their way, the first test of a class is. A line that only what is left out reaches
counts as not covered, so the figure is never too high.
"""

from collections.abc import Generator, Hashable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import is_hypothesis_test

import qa_service

UNRECORDED = {"browser", "security", "serving"}
"""Folders of tests whose lines others cover."""

FIRST_OF_CLASS = {"web", "api", "cli"}
"""Folders of tests of which the first of a class is recorded."""

_recorded: set[Hashable] = set()


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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Record what importing the service runs, not what importing the tests and their tools does.

    One process does so, the one that has no tests to run where there are several.
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
    with recorded_once(what) if (what := _recorded_part(item)) else unrecorded():
        return (yield)


def _recorded_part(item: pytest.Item) -> str:
    """Return the test or class of tests that is recorded once, "" for what is not recorded."""
    folders = set(item.path.relative_to(item.config.rootpath).parts)
    if folders & UNRECORDED or is_hypothesis_test(getattr(item, "obj", None)):
        return ""
    test = item.nodeid.partition("[")[0]
    return test.rpartition("::")[0] if folders & FIRST_OF_CLASS else test
