"""A client of the real application, and keys for each scope."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa_service.accounts.api_keys import create_key
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

Headers = dict[str, str]
KeyMaker = Callable[..., Headers]


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A client without a key."""
    with TestClient(app, base_url="http://testserver") as opened:
        yield opened


@pytest.fixture
def make_key(services: Services) -> KeyMaker:
    """Makes a key for the given scopes and returns the headers that carry it."""

    def make(*scopes: Scope, name: str = "", unit: str | None = None) -> Headers:
        named = name or "+".join([*scopes, unit or ""]) or "none"
        with session_scope(services.database) as session:
            key = create_key(session, named, scopes, now=services.clock.now(), unit=unit)
        return {"Authorization": f"Bearer {key}"}

    return make


@pytest.fixture
def api(client: TestClient, make_key: KeyMaker) -> TestClient:
    """The client with a key for everything."""
    client.headers.update(make_key(*Scope, name="12345热线系统"))
    return client
