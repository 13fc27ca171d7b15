"""An entry led from receipt to 销号 over REST, with the keys of the people of two sides."""

from collections.abc import Callable
from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from openpyxl import load_workbook
from reviewing import AFFIRMED, publish

from qa_service.ledger.workflow.closing import close_completed
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Scope

LEDGER = "/api/v1/ledger"
NUMBER = "ZX20261124-0001"
KeyMaker = Callable[..., dict[str, str]]

REPLY = {
    "field": "投资",
    "question": "外商投资项目如何备案",
    "answer": "在投资项目在线审批监管平台填报备案信息。",
    "phone_script": "网上填报备案信息即可。",
    "no_basis_reason": "属操作指引，无须依据",
    "effective_from": "2026-11-01",
    "is_public": True,
}


class Sides:
    """The unit and the hotline on one side, the supervisors on the other; each with their keys."""

    def __init__(self, client: TestClient, make_key: KeyMaker, make_person_key: KeyMaker) -> None:
        self.client = client
        self.system = make_key(Scope.LEDGER, Scope.CONSULT, Scope.KNOWLEDGE)
        self.ledger = make_person_key(
            "wang", Role.UNIT, Role.OPERATOR, Role.EDITOR, unit="development-reform"
        )
        self.supervise = make_person_key("li", Role.SUPERVISOR, Role.REVIEWER)

    def post(
        self, move: str, *, number: str = NUMBER, by_supervisor: bool = False, **body: object
    ) -> Response:
        headers = self.supervise if by_supervisor else self.ledger
        return self.client.post(f"{LEDGER}/{number}/{move}", json=body, headers=headers)

    def state(self, move: str, **given: object) -> str:
        response = self.post(move, **given)
        assert response.status_code == 200, response.text
        return response.json()["state"]

    def entry(self) -> dict[str, object]:
        return self.client.get(f"{LEDGER}/{NUMBER}", headers=self.ledger).json()

    def ask(self, question: str = "外商投资项目怎么备案？", **more: object) -> dict[str, object]:
        asked = {"question": question, "channel": "hotline", "field": "投资", **more}
        response = self.client.post("/api/v1/consultations", json=asked, headers=self.system)
        assert response.status_code == 201, response.text
        return response.json()


@pytest.fixture
def sides(client: TestClient, make_key: KeyMaker, make_person_key: KeyMaker) -> Sides:
    found = Sides(client, make_key, make_person_key)
    found.ask(asker={"name": "张女士", "phone": "13800000000"})
    return found


class TestApproval:
    def test_that_carries_a_reason_to_send_back_approves_nothing(self, sides: Sides) -> None:
        sides.state("accept")
        sides.state("reply", **REPLY)
        body = {"by_supervisor": True, "approve": True, "reply": 1, "statements": AFFIRMED}
        refused = sides.post("review", **body, reason="口径过时")
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_reply")
        assert [one["field"] for one in refused.json()["errors"]] == ["reason"]
        assert sides.entry()["state"] == "drafted"
        assert sides.state("review", **body) == "approved"

    def test_takes_a_word_for_the_advice_that_came_with_the_reply(self, sides: Sides) -> None:
        sides.state("accept")
        said = {**REPLY, "answer": "到九曲路47号的窗口填报备案信息。"}
        (advice,) = sides.post("reply", **said).json()["findings"]
        assert (advice["field"], advice["is_fault"]) == ("answer", False)
        assert sides.entry()["findings"] == [advice]
        body = {"by_supervisor": True, "approve": True, "reply": 1, "statements": AFFIRMED}
        refused = sides.post("review", **body)
        assert (refused.status_code, refused.json()["code"]) == (422, "reply_check_failed")
        assert refused.json()["errors"][0]["message"] == advice["message"]
        assert sides.state("review", **body, despite_advice=True) == "approved"


class TestWay:
    def test_from_receipt_to_closing(self, sides: Sides) -> None:
        assert sides.entry()["state"] == "assigned"
        assert sides.state("accept", by="wang") == "accepted"
        assert sides.state("reply", **REPLY) == "drafted"
        assert sides.entry()["reply"]["answer"] == REPLY["answer"]
        approved = sides.post(
            "review", by_supervisor=True, approve=True, reply=1, statements=AFFIRMED
        )
        assert (approved.status_code, approved.json()["state"]) == (200, "approved")
        assert sides.post("contact").status_code == 422
        shown = sides.post("contact", reason="回复咨询人").json()
        assert shown == {"name": "张女士", "phone": "13800000000"}
        assert sides.state("callbacks", outcome="not_reached") == "approved"
        assert sides.state("callbacks", outcome="reached") == "informed"
        assert sides.post("close").json()["code"] == "not_settled"
        assert sides.state("decline", by_supervisor=True, reason="个案") == "closed"
        entry = sides.entry()
        assert [call["outcome"] for call in entry["callbacks"]] == ["not_reached", "reached"]
        assert entry["allowed"] == []
        assert "13800000000" not in str(entry)

    def test_publishing_the_draft_closes_the_entry(self, sides: Sides, services: Services) -> None:
        sides.post("accept")
        sides.post("reply", **REPLY | {"no_basis_reason": "", "basis": [{"key": "x"}]})
        policy = sides.client.get("/api/v1/policies", headers=sides.ledger).json()["items"][0][
            "key"
        ]
        basis = {
            "no_basis_reason": "",
            "basis": [{"key": policy, "article": "第三条", "verified": False}],
        }
        sides.state("reply", **REPLY | basis)
        shown = sides.entry()["reply"]["basis"]
        sides.state("reply", **REPLY | basis | {"basis": shown})
        assert sides.entry()["reply"]["basis"] == shown
        assert (shown[0]["key"], shown[0]["verified"]) == (policy, False)
        sides.state("review", by_supervisor=True, approve=True, reply=2, statements=AFFIRMED)
        sides.state("callbacks", outcome="reached")
        pair = sides.entry()["pair_id"]
        publish(services, pair)
        with session_scope(services.database) as session:
            close_completed(session, now=services.clock.now())
        assert sides.entry()["state"] == "closed"


class TestRefusals:
    def test_name_the_state_and_the_moves_it_allows(self, sides: Sides) -> None:
        refused = sides.post("close")
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")
        assert "签收" in refused.json()["detail"]

    def test_of_two_who_saw_the_same_version_one_is_told(self, sides: Sides) -> None:
        version = sides.entry()["version"]
        assert sides.state("accept", version=version) == "accepted"
        late = sides.post("return", version=version, reason="不属职责")
        assert (late.status_code, late.json()["code"]) == (409, "stale_entry")

    def test_a_faulty_reply_names_each_field(self, sides: Sides) -> None:
        sides.post("accept")
        refused = sides.post("reply", **REPLY | {"answer": "", "no_basis_reason": ""})
        assert refused.status_code == 422
        assert {one["field"] for one in refused.json()["errors"]} == {"answer", "basis"}
        assert sides.entry()["state"] == "accepted"

    def test_for_a_key_of_one_unit_the_entries_of_others_are_not_there(
        self, sides: Sides, make_key: KeyMaker
    ) -> None:
        elsewhere = make_key(Scope.LEDGER, unit="education")
        called = {"outcome": "not_reached"}
        answer = sides.client.post(f"{LEDGER}/{NUMBER}/callbacks", json=called, headers=elsewhere)
        assert (answer.status_code, answer.json()["code"]) == (404, "ledger_entry_not_found")


class TestDeadline:
    def test_is_extended_by_a_supervisor_with_a_reason(self, sides: Sides) -> None:
        assert sides.post("extend", workdays=3, reason="复杂").status_code == 403
        assert sides.post("extend", by_supervisor=True, workdays=3).status_code == 422
        sides.state("extend", by_supervisor=True, workdays=3, reason="需会商")
        entry = sides.entry()
        assert (entry["original_due_on"], entry["due_on"]) == ("2026-12-01", "2026-12-04")
        assert entry["proof"][-1]["date"] == entry["due_on"]

    def test_urging_and_returning_leave_it(self, sides: Sides) -> None:
        sides.state("urge", by_supervisor=True, reason="请抓紧")
        assert sides.state("return", reason="不属职责") == "returned"
        assert sides.state("assign", by_supervisor=True, unit="education") == "assigned"
        assert sides.entry()["due_on"] == "2026-12-01"


class TestRepeats:
    def test_the_same_caller_and_question_show_the_earlier_entry(self, sides: Sides) -> None:
        same = sides.ask(asker={"phone": "138 0000 0000"}, register="never")
        assert [one["number"] for one in same["earlier_entries"]] == [NUMBER]
        other = sides.ask("月球旅游怎么报销", register="never")
        assert other["earlier_entries"] == []

    def test_a_repeated_request_moves_once(self, sides: Sides) -> None:
        headers = sides.ledger | {"Idempotency-Key": "accept-1"}
        path = f"{LEDGER}/{NUMBER}/accept"
        first = sides.client.post(path, json={}, headers=headers)
        second = sides.client.post(path, json={}, headers=headers)
        assert first.json() == second.json()
        assert second.headers["Idempotency-Replayed"] == "true"


class TestCorrections:
    def test_of_an_answer_lead_to_those_who_were_told_it(
        self, sides: Sides, services: Services
    ) -> None:
        client, headers = sides.client, sides.ledger
        pair = client.get("/api/v1/qa-pairs", headers=headers).json()["items"][0]
        asked = {
            "question": pair["question"],
            "channel": "hotline",
            "asker": {"phone": "13900000000"},
        }
        told = client.post("/api/v1/consultations", json=asked, headers=headers).json()
        choice = {"qa_id": told["candidates"][0]["qa_id"]}
        client.post(f"/api/v1/consultations/{told['id']}/choice", json=choice, headers=headers)
        opened = client.post(
            "/api/v1/corrections", json={**choice, "complaint": "标准已调整"}, headers=headers
        )
        assert (opened.status_code, opened.json()["kind"]) == (201, "correction")
        assert opened.json()["due_on"] == "2026-11-27"
        assert client.get("/api/v1/recalls", headers=headers).json()["items"] == []
        client.patch(
            f"/api/v1/qa-pairs/{choice['qa_id']}", json={"answer": "新的答复。"}, headers=headers
        )
        publish(services, choice["qa_id"])
        (one,) = client.get("/api/v1/recalls", headers=headers).json()["items"]
        assert (one["told_version"], one["new_version"]) == (1, 2)
        assert one["contact_masked"] == "139******00"
        path = f"/api/v1/recalls/{one['consultation_id']}/{one['pair_id']}"
        assert client.post(path, json={"note": "已告知新标准"}, headers=headers).status_code == 201
        assert client.get("/api/v1/recalls", headers=headers).json()["items"] == []
        assert client.post(path, json={"note": "再次"}, headers=headers).status_code == 409


class TestBoard:
    def test_counts_by_unit_and_the_spreadsheet_holds_the_same(self, sides: Sides) -> None:
        board = sides.client.get(f"{LEDGER}/board", headers=sides.supervise).json()
        assert (board["totals"]["later"], board["states"]) == (1, {"assigned": 1})
        file = sides.client.get(f"{LEDGER}/export.xlsx?state=assigned", headers=sides.supervise)
        sheet = load_workbook(BytesIO(file.content)).active
        assert sheet is not None
        assert sheet.max_row == 2
