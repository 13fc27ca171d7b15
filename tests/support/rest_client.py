"""A client of the real application, and keys of systems and people for each scope."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from visitor import add_user

from qa_service.accounts.api_keys import create_key, list_keys
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Scope

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

    def make(*scopes: Scope, name: str = "", unit: str | None = None, **given: Any) -> Headers:
        named = name or "+".join([*scopes, unit or ""]) or "none"
        with session_scope(services.database) as session:
            key = create_key(session, named, scopes, now=services.clock.now(), unit=unit, **given)
        return bearer(key)

    return make


@pytest.fixture
def make_person_key(services: Services) -> KeyMaker:
    """Makes an account with the given roles and returns the headers with a key of its own."""

    def make(login: str, *roles: Role, scopes: Iterable[Scope] = Scope, **chosen: Any) -> Headers:
        add_user(services, login, *roles, **chosen)
        return person_key(services, login, scopes=scopes)

    return make


@pytest.fixture
def api(client: TestClient, make_person_key: KeyMaker) -> TestClient:
    """The client with the key of a person who may do everything."""
    client.headers.update(make_person_key("zongguan", *(set(Role) - {Role.UNIT})))
    return client


def person_key(services: Services, login: str, *, scopes: Iterable[Scope] = Scope) -> Headers:
    """The headers with a new key of the person with this login."""
    with session_scope(services.database) as session:
        number = len(list_keys(session))
        key = create_key(
            session,
            f"{login}-{number}",
            list(scopes),
            user=login,
            days=30,
            now=services.clock.now(),
        )
    return bearer(key)


def bearer(key: str) -> Headers:
    """The headers that carry ``key``."""
    return {"Authorization": f"Bearer {key}"}
