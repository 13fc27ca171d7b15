"""The application, somebody before its pages, and keys for its software."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

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
