"""The client integrators are given, before the real application."""

from collections.abc import Callable

import httpx
import pytest
from fastapi.testclient import TestClient

from qa_service.client import APIError, Client
from qa_service.vocabulary import Role, Scope

KeyMaker = Callable[..., dict[str, str]]


class Line(httpx.BaseTransport):
    """Takes requests to the application; a ``flaky`` one loses every second answer."""

    def __init__(self, client: TestClient, *, flaky: bool = False) -> None:
        self._client = client
        self._flaky = flaky
        self.sent = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent += 1
        answer = self._client.request(
            request.method,
            str(request.url),
            content=request.content,
            headers=dict(request.headers),
        )
        if self._flaky and self.sent % 2:
            raise httpx.ReadError("the line broke")
        return httpx.Response(
            answer.status_code, headers=dict(answer.headers), content=answer.content
        )


@pytest.fixture
def hotline(client: TestClient, make_key: KeyMaker) -> Client:
    """The client of a system."""
    key = make_key(*Scope)["Authorization"].removeprefix("Bearer ")
    return Client("http://testserver", key, transport=Line(client))


@pytest.fixture
def wang(client: TestClient, make_person_key: KeyMaker) -> Client:
    """The client of a person who keeps the bank and serves a unit."""
    headers = make_person_key("wang", Role.ADMIN, Role.UNIT, unit="civil-affairs")
    key = headers["Authorization"].removeprefix("Bearer ")
    return Client("http://testserver", key, transport=Line(client))


class TestClientOfTheAPI:
    def test_asks_chooses_and_follows(self, hotline: Client, wang: Client) -> None:
        asked = hotline.ask("社保卡丢了怎么补办？", external_id="T-1", on_behalf_of="王某")
        told = hotline.choose(asked.id, asked.candidates[0]["qa_id"], on_behalf_of="王某")
        assert told
        entry = hotline.ask("火星养老院怎么约", external_id="T-2")
        assert entry.ledger_number
        assert hotline.entry(entry.ledger_number)["state"] == "assigned"
        with pytest.raises(APIError) as refused:
            hotline.move(entry.ledger_number, "urge", on_behalf_of="王某")
        assert (refused.value.status, refused.value.code) == (403, "person_key_required")
        assert wang.move(entry.ledger_number, "urge")["state"] == "assigned"
        assert [one["number"] for one in hotline.entries(limit=1)] == [entry.ledger_number]

    def test_reads_every_page(self, hotline: Client) -> None:
        assert len(list(hotline.pairs(limit=3))) == len(list(hotline.pairs(limit=100))) > 3

    def test_follows_the_changes(self, hotline: Client, wang: Client) -> None:
        items, since = hotline.changes()
        assert {item["kind"] for item in items} <= {"published", "withdrawn"}
        wang.post("/qa-pairs/1/withdraw", {"reason": "口径有误"})
        (item,), later = hotline.changes(since, wait=1)
        assert (item["qa_id"], item["kind"], item["pair"]) == (1, "withdrawn", None)
        assert hotline.changes(later) == ([], later)

    def test_does_once_what_it_must_send_twice(
        self, client: TestClient, make_key: KeyMaker
    ) -> None:
        key = make_key(*Scope)["Authorization"].removeprefix("Bearer ")
        flaky = Line(client, flaky=True)
        hotline = Client("http://testserver", key, transport=flaky)
        asked = hotline.ask("火星养老院怎么约")
        assert flaky.sent == 2
        steady = Client("http://testserver", key, transport=Line(client))
        assert [one["number"] for one in steady.entries()] == [asked.ledger_number]

    def test_tells_an_error_by_its_code(self, hotline: Client) -> None:
        with pytest.raises(APIError) as refused:
            hotline.entry("ZX20200101-0001")
        assert (refused.value.status, refused.value.code) == (404, "ledger_entry_not_found")

    def test_an_edit_of_what_changed_meanwhile_is_refused(
        self, wang: Client, client: TestClient, make_key: KeyMaker
    ) -> None:
        headers = make_key(Scope.KNOWLEDGE)
        etag = client.get("/api/v1/qa-pairs/1", headers=headers).headers["etag"]
        wang.patch("/qa-pairs/1", {"phone_script": "请到窗口办理。"}, etag=etag)
        with pytest.raises(APIError) as refused:
            wang.patch("/qa-pairs/1", {"phone_script": "请到社区办理。"}, etag=etag)
        assert (refused.value.status, refused.value.code) == (412, "version_changed")
        again = client.get("/api/v1/qa-pairs/1", headers=headers).headers["etag"]
        wang.patch("/qa-pairs/1", {"phone_script": "请到社区办理。"}, etag=again)
