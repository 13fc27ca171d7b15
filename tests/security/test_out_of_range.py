"""Numbers and dates beyond what database and calendar hold are told, on every route."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from visitor import Browser, add_user

from qa_service.api.routes import (
    changes,
    consultations,
    correction_callbacks,
    ledger,
    ledger_moves,
    pairs,
    policies,
)
from qa_service.services import Services
from qa_service.vocabulary import Role, Scope
from qa_service.web.pages import ROUTERS

pytestmark = pytest.mark.slow

HUGE = ("9" * 30, "9" * 19, "-" + "9" * 30, "0", "99999999999")
DATES = ("9999-12-31", "0001-01-01", "9999-12-30", "0000-00-00", "10000-01-01")
DATE_NAMES = ("since", "until", "from", "to", "day", "date", "due_from", "due_to", "month", "on")
API = (changes, consultations, correction_callbacks, ledger, ledger_moves, pairs, policies)
NO_NEED_TO_TRY = {"/logout"}
OFF = {"/healthz", "/readyz"}


def routes() -> list[tuple[str, str, list[str]]]:
    """Method, path and names of the query's fields of every route."""
    found = []
    pages = [("", router) for router in ROUTERS]
    for prefix, router in [*pages, *(("/api/v1", room.router) for room in API)]:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            names = [field.alias for field in route.dependant.query_params]
            found += [(method, prefix + route.path, names) for method in sorted(route.methods)]
    assert len(found) > 100
    return found


@pytest.fixture
def everything(app: FastAPI, services: Services) -> Browser:
    roles = [role for role in Role if role is not Role.UNIT]
    add_user(services, "quanbu", *roles)
    browser = Browser(app)
    assert browser.sign_in("quanbu").status_code == 303
    return browser


@pytest.fixture
def asking(everything: Browser, make_key: Any) -> Browser:
    everything.client.headers.update(make_key(*Scope, per_minute=1_000_000))
    return everything


def send(browser: Browser, method: str, path: str, token: str) -> tuple[int, str]:
    """The status, and what was asked: an error of the service is let out as it is."""
    if path.startswith("/api/"):
        answer = browser.client.request(method, path, json={} if method != "GET" else None)
    else:
        data = {"csrf_token": token} if method == "POST" else None
        answer = browser.client.request(method, path, data=data)
    return answer.status_code, f"{method} {path}"


def test_ids_of_any_size_are_told_or_not_found(asking: Browser) -> None:
    token = asking.token()
    wrong = []
    for method, path, _ in routes():
        if "{" not in path:
            continue
        for number in HUGE:
            status, asked = send(asking, method, re.sub(r"\{[^}]+\}", number, path), token)
            if status >= 500:
                wrong.append((status, asked))
    assert not wrong


def test_dates_and_numbers_of_any_size_in_queries_are_told(asking: Browser) -> None:
    token = asking.token()
    wrong = []
    for method, path, names in routes():
        if method != "GET" or path in NO_NEED_TO_TRY:
            continue
        address = re.sub(r"\{[^}]+\}", "1", path)
        for query in queries(names):
            status, asked = send(asking, "GET", f"{address}?{query}", token)
            if status >= 500:
                wrong.append((status, asked))
    assert not wrong


def queries(names: list[str]) -> Iterator[str]:
    """Every name with the values of each kind alone, and all names with every value at once.

    At once the first fault may hide the next, but no name is left out of any value.
    """
    if names:
        for name in names:
            yield from (f"{name}={value}" for value in (*DATES[:2], *HUGE[:1]))
        for value in (*DATES, *HUGE):
            yield "&".join(f"{name}={value}" for name in {*names, *DATE_NAMES})


class TestForeignEncoding:
    GBK = "%B5%CD%B1%A3"

    @pytest.mark.parametrize(
        "path", ["/api/v1/search?q=", "/ledger?q=", "/login?next=/", "/answers/"]
    )
    def test_is_told_instead_of_guessed(self, client: TestClient, path: str) -> None:
        refused = client.get(path + self.GBK)
        assert refused.status_code == 400
        assert "UTF-8" in refused.text
        if path.startswith("/api"):
            assert refused.json()["code"] == "invalid_encoding"

    def test_utf8_is_read(self, client: TestClient) -> None:
        assert client.get("/login?next=/%E4%BD%8E").status_code == 200


@pytest.mark.parametrize("shown", ["http://[", "http://[::1", "\x1b[31m", "//x", "a" * 3000, ""])
def test_a_present_page_that_is_no_address_leads_home(client: TestClient, shown: str) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": shown}
    answer = client.get("/ledger", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/login?next=/"
