"""Attempts to act as somebody else, or as a second person: none gets through, each is written down.

The table of ``docs/security.md`` is compared with what was tried here.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from api_routes import PAIR, REPLY, WRITING
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from pair_pages import publish
from policy_pages import address, propose
from rest_client import Headers, person_key
from reviewing import AFFIRMED
from sqlmodel import col, func, select
from visitor import Browser, add_user

from qa_service.accounts.acts import ACT_RULES
from qa_service.accounts.models import ApiKey, AuditEvent, User
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, Role, Scope

API = "/api/v1"
ENTRY = "/ledger/ZX20261124-0001"
STAGES = {"rv1": "first", "rv2": "second", "rv3": "final", "cf1": "confidentiality"}
STATED = ("by", "on_behalf_of")
SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
_TABLE = re.compile(r"<!-- forged attempts -->\n(.*?)<!-- end -->", re.DOTALL)


@dataclass(frozen=True)
class Attempt:
    """What is tried, through which door and with what; ``code`` is that of the refusal."""

    door: str
    means: str
    what: str
    code: str


class Office:
    """The service with its people, the key of a system, and what was tried so far."""

    def __init__(
        self, services: Services, app: FastAPI, client: TestClient, system: Headers
    ) -> None:
        self.services, self.app, self.client, self.system = services, app, client, system
        self.tried: Counter[Attempt] = Counter()
        add_user(services, "wang", Role.UNIT, Role.REVIEWER, unit="development-reform")
        add_user(services, "shuang", Role.EDITOR, Role.REVIEWER, Role.ADMIN)
        for login in STAGES:
            add_user(services, login, Role.CONFIDENTIALITY if login == "cf1" else Role.REVIEWER)

    def post(self, path: str, headers: Headers, **body: object) -> Response:
        return self.client.post(API + path, json=body, headers=headers)

    def page(self, login: str) -> Browser:
        browser = Browser(self.app)
        browser.sign_in(login)
        return browser

    def note(self, attempt: Attempt, answer: Response, login: str = "") -> None:
        """Check that an attempt was refused, and that the audit trail names key and person."""
        assert answer.status_code == 403, (attempt, answer.text)
        by_key = attempt.door == "REST"
        if by_key:
            assert answer.json()["code"] == attempt.code, attempt
        self.tried[attempt] += 1
        with session_scope(self.services.database, read_only=True) as session:
            is_refused = AuditEvent.action == AuditAction.REFUSED_ACT
            written = session.exec(select(func.count()).where(is_refused)).one()
            newest = select(AuditEvent).where(is_refused).order_by(col(AuditEvent.id).desc())
            event = session.exec(newest.limit(1)).one()
            key = session.get(ApiKey, event.actor_key_id) if by_key else None
            person = session.get(User, event.actor_person_id) if login else None
        assert written == self.tried.total(), attempt
        assert (person.login if person else "") == login
        assert (key is not None) is by_key
        if by_key:
            assert event.details["code"] == attempt.code


@pytest.fixture
def office(services: Services, app: FastAPI, client: TestClient, make_key: object) -> Office:
    return Office(services, app, client, make_key(*Scope))  # type: ignore[operator]


def by_a_system(office: Office) -> None:
    attempt = Attempt("REST", "a system's key", "every act of a person", "person_key_required")
    for route in WRITING:
        for stated in ({}, {"by": "李工"}, {"on_behalf_of": "wang"}):
            if ACT_RULES[route.act].needs_person:
                answer = office.client.request(
                    route.method,
                    API + route.path,
                    json={**(route.body or {}), **stated},
                    headers=office.system,
                )
                office.note(attempt, answer)


def by_signers(office: Office) -> None:
    editor, first = person_key(office.services, "shuang"), person_key(office.services, "rv1")
    path = f"/qa-pairs/{office.post('/qa-pairs', editor, **PAIR).json()['qa_id']}"
    assert office.post(f"{path}/submit", editor, despite_advice=True).status_code == 200

    def sign(headers: Headers, stage: str, **more: object) -> Response:
        seen = office.client.get(f"{API}{path}/reviews", headers=first).json()["seen_hash"]
        parts = {"examined": True, "proofread": True, "statements": AFFIRMED, "seen_hash": seen}
        return office.post(f"{path}/reviews", headers, stage=stage, verdict="pass", **parts, **more)

    attempt = Attempt("REST", "a system's key", "sign as four people", "person_key_required")
    for login, stage in STAGES.items():
        for field in STATED:
            office.note(attempt, sign(office.system, stage, **{field: login}))
    attempt = Attempt("REST", "a reviewer's key", "sign for each colleague", "on_behalf_refused")
    for login, stage in STAGES.items():
        for field in STATED if login != "rv1" else ():
            office.note(attempt, sign(first, stage, **{field: login}), "rv1")
    attempt = Attempt("REST", "the author's key", "sign the own text", "not_your_signature")
    office.note(attempt, sign(editor, "first"), "shuang")
    assert sign(first, "first").status_code == 200
    attempt = Attempt("REST", "a reviewer's keys", "sign a second stage", "not_your_signature")
    for headers in (first, person_key(office.services, "rv1")):
        office.note(attempt, sign(headers, "second"), "rv1")


def by_who_replied(office: Office) -> None:
    asked = {"question": "外商投资项目怎么备案？", "channel": "hotline", "field": "投资"}
    assert office.post("/consultations", office.system, **asked).status_code == 201
    own, wang = person_key(office.services, "wang"), office.page("wang")
    assert office.post(f"{ENTRY}/accept", own).status_code == 200
    assert office.post(f"{ENTRY}/reply", own, **REPLY).status_code == 200
    approval = {"approve": True, "reply": 1, "statements": AFFIRMED, "despite_advice": True}
    attempt = Attempt("REST", "the drafter's key", "approve the own reply", "own_reply")
    office.note(attempt, office.post(f"{ENTRY}/review", own, **approval), "wang")
    attempt = Attempt("REST", "the drafter's key", "approve it as another", "on_behalf_refused")
    for field in STATED:
        office.note(
            attempt, office.post(f"{ENTRY}/review", own, **approval, **{field: "rv1"}), "wang"
        )
    attempt = Attempt("page", "the drafter, signed in", "approve the own reply", "own_reply")
    answer = wang.post(f"{ENTRY}/approve", reply=1, statements=AFFIRMED, despite_advice="yes")
    office.note(attempt, answer, "wang")
    attempt = Attempt("page", "a reviewer, signed in", "hand in the unit's reply", "not_your_move")
    office.note(attempt, office.page("rv1").post(f"{ENTRY}/draft", question="？"), "rv1")


def by_who_proposed(office: Office) -> None:
    browser = office.page("shuang")
    publish(browser, office.services)
    path = address(browser, "社会救助暂行办法")
    assert propose(browser, path).status_code == 303
    attempt = Attempt("page", "the proposer, signed in", "confirm the end", "not_your_decision")
    office.note(attempt, browser.post(f"{path}/ending/confirm"), "shuang")
    attempt = Attempt("REST", "the proposer's key", "confirm the end", "not_your_decision")
    own = person_key(office.services, "shuang")
    office.note(attempt, office.post(f"{path}/ending/confirmation", own, ending=1), "shuang")


def rows(tried: Counter[Attempt]) -> Iterator[str]:
    yield "| door | with | attempt | tried | let through | answer |"
    yield "|---|---|---|---|---|---|"
    for one, times in tried.items():
        yield f"| {one.door} | {one.means} | {one.what} | {times} | 0 | 403 `{one.code}` |"
    yield f"| | | all | {tried.total()} | 0 | |"


def test_none_gets_through_and_the_trail_names_key_and_person(office: Office) -> None:
    for act in (by_a_system, by_signers, by_who_replied, by_who_proposed):
        act(office)
    table = _TABLE.search(SECURITY.read_text(encoding="utf-8"))
    assert table
    assert table[1].strip().split("\n") == list(rows(office.tried))
