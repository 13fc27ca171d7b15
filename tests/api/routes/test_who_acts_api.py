"""Four eyes over REST: a reply is approved by a person other than the one who wrote it."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlmodel import select
from visitor import Browser, add_user

from qa_service.accounts.models import User
from qa_service.ledger.models import LedgerEvent, LedgerReply
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Scope

LEDGER = "/api/v1/ledger/ZX20261124-0001"
PAGE = "/ledger/ZX20261124-0001"
REPLY = {
    "question": "外商投资项目如何备案",
    "answer": "在投资项目在线审批监管平台填报备案信息。",
    "phone_script": "网上填报备案信息即可。",
    "no_basis_reason": "属操作指引，无须依据",
    "effective_from": "2026-11-01",
}
KeyMaker = Callable[..., dict[str, str]]
Post = Callable[..., Response]


@pytest.fixture(params=["hotline", "热线系统" * 15], ids=["short", "60 characters"])
def post(
    request: pytest.FixtureRequest, client: TestClient, make_key: KeyMaker, services: Services
) -> Post:
    """Makes moves of an accepted entry with one key that may draft and approve."""
    scopes = (Scope.LEDGER, Scope.SUPERVISE, Scope.CONSULT)
    headers = make_key(*scopes, name=request.param)
    within = {Role.UNIT: ("development-reform",)}
    add_user(services, "wang", Role.UNIT, Role.REVIEWER, within=within)
    add_user(services, "li", Role.REVIEWER)
    asked = {"question": "外商投资项目怎么备案？", "channel": "hotline", "field": "投资"}
    client.post("/api/v1/consultations", json=asked, headers=headers)

    def move(name: str, **body: object) -> Response:
        return client.post(f"{LEDGER}/{name}", json=body, headers=headers)

    return move


def drafted(post: Post, by: str | None) -> None:
    post("accept")
    reply = post("reply", **REPLY, field="投资", is_public=True, by=by)
    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize(
    ("author", "approver"), [("wang", None), (None, "wang"), (None, None), ("wang", "wang")]
)
def test_one_person_does_not_draft_and_approve_through_one_key(
    post: Post, author: str | None, approver: str | None
) -> None:
    drafted(post, author)
    refused = post("review", approve=True, reply=1, by=approver)
    assert (refused.status_code, refused.json().get("code")) == (403, "own_reply")


def test_who_drafted_on_the_page_does_not_approve_over_rest(post: Post, app: FastAPI) -> None:
    post("accept")
    wang = Browser(app)
    wang.sign_in("wang")
    page = wang.post(f"{PAGE}/draft", **REPLY, area="投资", is_public="yes", version=3)
    assert page.status_code == 303, page.text
    refused = post("review", approve=True, reply=1, by="wang")
    assert (refused.status_code, refused.json()["code"]) == (403, "own_reply")
    assert post("review", approve=True, reply=1, by="li").status_code == 200


def test_who_drafted_over_rest_does_not_approve_on_the_page(post: Post, app: FastAPI) -> None:
    drafted(post, "wang")
    wang, li = Browser(app), Browser(app)
    wang.sign_in("wang")
    li.sign_in("li")
    assert wang.post(f"{PAGE}/approve", reply=1, version=4).status_code == 403
    assert li.post(f"{PAGE}/approve", reply=1, version=4).status_code == 303


def test_history_keeps_person_and_key_in_full(post: Post, services: Services, app: FastAPI) -> None:
    drafted(post, "wang")
    assert post("review", approve=True, reply=1, by="li").status_code == 200
    with session_scope(services.database, read_only=True) as session:
        ids = {user.login: user.id for user in session.exec(select(User)).all()}
        reply = session.exec(select(LedgerReply)).one()
        events = session.exec(select(LedgerEvent).where(LedgerEvent.verb == "approve")).all()
        assert (reply.author_person_id, reply.approved_by_person_id) == (ids["wang"], ids["li"])
        assert reply.author.endswith("/wang")
        assert [(one.actor_person_id, one.actor_key_id) for one in events] == [(ids["li"], 1)]
        approved_by = events[0].actor
        assert reply.approved_by == approved_by
    li = Browser(app)
    li.sign_in("li")
    assert f"用户li（{approved_by}）" in li.get(PAGE).text


def test_a_stated_name_without_account_is_shown_as_stated(post: Post, services: Services) -> None:
    drafted(post, "李工" * 20)
    with session_scope(services.database, read_only=True) as session:
        reply = session.exec(select(LedgerReply)).one()
        assert reply.author.endswith("/" + "李工" * 20)
        assert (reply.author_person_id, reply.author_key_id) == (None, 1)
