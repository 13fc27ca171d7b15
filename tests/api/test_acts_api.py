"""Who may take which act over REST: each role's own key and a system's key, as the table says."""

import re
from pathlib import Path

import pytest
from api_routes import NUMBER, ROUTES, WRITING, APIRoute
from fastapi import FastAPI
from fastapi.testclient import TestClient
from rest_client import Headers, KeyMaker

from qa_service.accounts.acts import ACT_RULES, Act
from qa_service.accounts.permissions import GRANTS
from qa_service.ledger.workflow.transitions import TRANSITIONS
from qa_service.vocabulary import Action, Role, Scope

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
SYSTEM = "system"
HOLDERS = (*Role, SYSTEM)
CASES = len(HOLDERS) * len(WRITING)
EVERY_UNIT = ("civil-affairs", "human-resources", "education")
REFUSALS = {"person_key_required", "not_permitted", "not_your_move"}


def is_allowed(act: Act | Action, holder: Role | str) -> bool:
    """What the tables of acts, permissions and transitions say."""
    rule = ACT_RULES[act]
    if not isinstance(holder, Role):
        return not rule.needs_person
    is_granted = holder in GRANTS[rule.permission]
    return is_granted and (act not in TRANSITIONS or holder in TRANSITIONS[Action(act)].roles)


@pytest.fixture
def entries(client: TestClient, make_key: KeyMaker, make_person_key: KeyMaker) -> None:
    """Two entries of one unit, which another one helps with."""
    system = make_key(Scope.CONSULT, name="录入")
    asked = {"question": "外商投资项目怎么备案？", "channel": "hotline", "field": "投资"}
    for _ in range(2):
        assert client.post("/api/v1/consultations", json=asked, headers=system).status_code == 201
    helped = {"unit": "development-reform", "helpers": ["education"]}
    answer = client.post(
        f"/api/v1/ledger/{NUMBER}/assign",
        json=helped,
        headers=make_person_key("ducha", Role.SUPERVISOR),
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
def held(
    request: pytest.FixtureRequest, make_key: KeyMaker, make_person_key: KeyMaker
) -> tuple[Role | str, Headers]:
    """The holder of a key for every scope, and the key."""
    holder = request.param
    if holder == SYSTEM:
        return holder, make_key(*Scope, name="hotline")
    if holder is Role.UNIT:
        within = {Role.UNIT: EVERY_UNIT}
        return holder, make_person_key("bangong", holder, unit="development-reform", within=within)
    return holder, make_person_key(f"p-{holder}", holder)


class TestActs:
    @pytest.mark.parametrize(
        "held",
        HOLDERS,
        indirect=True,
        ids=[f"{holder}-{len(WRITING)}_of_{CASES}_cases" for holder in HOLDERS],
    )
    @pytest.mark.usefixtures("entries")
    def test_are_open_to_a_key_exactly_as_the_table_says(
        self, client: TestClient, held: tuple[Role | str, Headers]
    ) -> None:
        """Each route that writes, with the own key of each role and a system's: ``CASES``."""
        holder, headers = held
        found = {}
        for route in WRITING:
            answer = client.request(
                route.method, f"/api/v1{route.path}", json=route.body, headers=headers
            )
            assert answer.status_code < 500, (route.path, answer.text)
            refusal = answer.json().get("code") if answer.status_code == 403 else None
            found[route.path, route.method] = refusal not in REFUSALS
        expected = {(one.path, one.method): is_allowed(one.act, holder) for one in WRITING}
        assert found == expected

    def test_count_is_the_one_told(self) -> None:
        told = re.sub(r"\s+", " ", SECURITY.read_text(encoding="utf-8"))
        routes, holders = len(WRITING), len(HOLDERS)
        assert f"{routes} routes × {holders} holders of a key: {CASES} cases" in told

    def test_are_named_by_every_route_that_writes(self, app: FastAPI) -> None:
        described = [
            method
            for path, methods in app.openapi()["paths"].items()
            for method in methods
            if path.startswith("/api/") and method != "get"
        ]
        assert len(described) == len(WRITING)
        assert all(one.act is not None for one in WRITING)


@pytest.mark.parametrize(
    "route", [one for one in WRITING if ACT_RULES[one.act].needs_person], ids=lambda one: one.path
)
def test_a_system_is_told_so_before_its_body_is_looked_at(
    client: TestClient, make_key: KeyMaker, route: APIRoute
) -> None:
    body = {"by": 7, "nothing": "we know"}
    answer = client.request(
        route.method, f"/api/v1{route.path}", json=body, headers=make_key(*Scope)
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "person_key_required")
    assert "个人密钥" in answer.json()["detail"]


class TestReading:
    @pytest.mark.parametrize("role", list(Role))
    def test_takes_the_permission_that_the_page_takes(
        self, client: TestClient, make_person_key: KeyMaker, role: Role
    ) -> None:
        headers = make_person_key("du", role)
        reads = {
            path: client.get(f"/api/v1{path}", headers=headers).status_code != 403
            for method, path, *_ in ROUTES
            if method == "GET"
        }
        assert reads["/qa-pairs"]
        assert reads["/ledger"] is (role is not Role.CONFIDENTIALITY)
        assert reads["/search?q=x"] is (role is Role.OPERATOR)
        assert reads["/ledger/export.xlsx"] is (role in {Role.SUPERVISOR, Role.ADMIN, Role.UNIT})


class TestScopes:
    def test_narrow_what_the_roles_open(
        self, client: TestClient, make_person_key: KeyMaker
    ) -> None:
        roles = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN)
        headers = make_person_key("liang", *roles, scopes=[Scope.LEDGER, Scope.CONSULT])
        asked = {"question": "外商投资项目怎么备案？", "channel": "hotline", "field": "投资"}
        client.post("/api/v1/consultations", json=asked, headers=headers)
        urged = client.post(f"/api/v1/ledger/{NUMBER}/urge", json={}, headers=headers)
        assert (urged.status_code, urged.json()["code"]) == (403, "not_your_move")
        withdrawn = client.post(
            "/api/v1/qa-pairs/1/withdraw", json={"reason": "口径有误"}, headers=headers
        )
        assert (withdrawn.status_code, withdrawn.json()["code"]) == (403, "scope_missing")
