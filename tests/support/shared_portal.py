"""Lets the test clients of a process share one event loop: a loop per request takes longer to
start than most requests to answer.

A client that was entered, so that the application's background tasks run, has a loop of its own.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi.testclient import TestClient


class SharedPortal:
    """What ``TestClient.portal`` is for clients that were not entered; opened when first used."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._portal: BlockingPortal | None = None

    def __get__(self, _client: TestClient | None, _class: type[TestClient]) -> BlockingPortal:
        if self._portal is None:
            self._portal = self._open.enter_context(start_blocking_portal())
        return self._portal

    def close(self) -> None:
        """End the loop and its threads; the next request starts others."""
        self._portal = None
        self._open.close()


_shared = SharedPortal()


def renew_portal() -> None:
    """Have further requests answered by new threads: coverage is recorded in those alone."""
    _shared.close()


@pytest.fixture(scope="session", autouse=True)
def requests_share_a_loop() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", _shared)
        yield
    _shared.close()
