"""The application, somebody before its pages, and keys for its software."""

import logging
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from leak_places import Written
from security_data import PLANTED

from qa_service.accounts.api_keys import create_key
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

KeyMaker = Callable[..., dict[str, str]]


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def make_key(services: Services) -> KeyMaker:
    def make(*scopes: Scope, **given: object) -> dict[str, str]:
        with session_scope(services.database) as session:
            name = "+".join(scopes) + str(given)
            key = create_key(session, name[:64], scopes, now=services.clock.now(), **given)
        return {"Authorization": f"Bearer {key}"}

    return make


@pytest.fixture
def logged() -> Iterator[Written]:
    """What the service logs at any level; at the end, none of it may be personal."""
    root, written = logging.getLogger(), Written()
    level = root.level
    root.addHandler(written)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(written)
    root.setLevel(level)
    assert any(line.startswith("request:") for line in written.lines)
    assert not any(value in str(written.lines) for value in PLANTED.values())
