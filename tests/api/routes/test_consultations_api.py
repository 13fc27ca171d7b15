"""Asking, choosing and searching over REST."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from actors import person
from ended_policy import propose
from fastapi.testclient import TestClient
from rest_client import KeyMaker
from sqlmodel import func, select

from qa_service.clock import FixedClock
from qa_service.consultation.duplicates.repeats import note_repeat
from qa_service.consultation.models import Consultation
from qa_service.consultation.telling import OUTDATED
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Scope

ASK = "/api/v1/consultations"
KNOWN = {"question": "社保卡丢了怎么补办？", "channel": "hotline"}
# No pair of the test bank belongs to this field, so nothing can answer.
UNKNOWN = {"question": "外商投资项目怎么备案？", "channel": "hotline", "field": "投资"}
PHONE = "13800000000"


def count(services: Services, table: type[Consultation] | type[LedgerEntry] | type[Asker]) -> int:
    with session_scope(services.database, read_only=True) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def withdraw(api: TestClient, shown: dict[str, Any]) -> None:
    """Withdraw the answer that was shown first."""
    pair_id = shown["candidates"][0]["qa_id"]
    done = api.post(f"/api/v1/qa-pairs/{pair_id}/withdraw", json={"reason": "标准已调整"})
    assert done.status_code == 200


class TestWarnings:
    def test_a_suspended_answer_is_told_as_on_the_page(
        self, api: TestClient, services: Services
    ) -> None:
        shown = api.post(ASK, json=KNOWN).json()
        assert shown["warnings"] == []
        cited = shown["candidates"][0]["basis"][0]["key"]
        with session_scope(services.database) as session:
            propose(session, cited, now=services.clock.now())
        services.index_sync.follow()
        told = api.post(ASK, json={**KNOWN, "register": "never"}).json()
        assert told["verdict"] != "answered"
        assert "待确认，暂停告知" in told["warnings"][0]
        assert api.get(f"{ASK}/{told['id']}").json() == told

    def test_what_is_nearest_stands_beside_an_unmatched_question(self, api: TestClient) -> None:
        asked = {"question": "养老金领取资格能不能给宠物猫认证？", "channel": "hotline"}
        told = api.post(ASK, json={**asked, "register": "never"}).json()
        assert told["verdict"] == "unmatched"
        assert (told["candidates"], told["answer"]) == ([], None)
        assert told["nearest"]


class TestAsk:
    def test_a_stored_question_is_answered_with_its_basis(self, api: TestClient) -> None:
        response = api.post(ASK, json=KNOWN)
        told = response.json()
        assert response.status_code == 201
        assert told["verdict"] == "answered"
        first = told["candidates"][0]
        assert first["question"] == KNOWN["question"]
        assert told["answer"] == first["answer"]
        assert first["basis"][0]["document_number"]
        assert first["media"] == []
        assert told["ledger_entry"] is None
        assert told["degraded"] is False
        assert told["took_ms"] > 0

    def test_an_unmatched_question_is_registered_with_its_due_date(self, api: TestClient) -> None:
        told = api.post(ASK, json=UNKNOWN).json()
        assert told["verdict"] == "unmatched"
        assert told["answer"] is None
        assert told["ledger_entry"]["number"] == "ZX20261124-0001"
        assert told["ledger_entry"]["due_on"] == "2026-12-01"
        assert told["ledger_entry"]["received_at"] == "2026-11-24T02:00:00Z"

    def test_register_never_leaves_the_ledger_alone(
        self, api: TestClient, services: Services
    ) -> None:
        told = api.post(ASK, json=UNKNOWN | {"register": "never"}).json()
        assert told["verdict"] == "unmatched"
        assert told["ledger_entry"] is None
        assert count(services, LedgerEntry) == 0

    def test_the_same_external_id_gives_the_first_result(
        self, api: TestClient, services: Services
    ) -> None:
        asked = UNKNOWN | {"external_id": "T-1"}
        first = api.post(ASK, json=asked)
        again = api.post(ASK, json=asked)
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()
        assert (count(services, Consultation), count(services, LedgerEntry)) == (1, 1)

    def test_the_same_external_id_with_another_question_is_a_conflict(
        self, api: TestClient, services: Services
    ) -> None:
        api.post(ASK, json=UNKNOWN | {"external_id": "T-1"})
        refused = api.post(ASK, json=KNOWN | {"external_id": "T-1"})
        assert (refused.status_code, refused.json()["code"]) == (409, "external_id_taken")
        assert count(services, Consultation) == 1

    def test_what_was_left_unregistered_is_registered_when_it_comes_again(
        self, api: TestClient
    ) -> None:
        asked = UNKNOWN | {"external_id": "T-1"}
        assert api.post(ASK, json=asked | {"register": "never"}).json()["ledger_entry"] is None
        again = api.post(ASK, json=asked | {"asker": {"phone": PHONE}})
        assert again.status_code == 200
        number = again.json()["ledger_entry"]["number"]
        entry = api.get(f"/api/v1/ledger/{number}").json()
        assert entry["contact_masked"] == "138******00"
        other = api.post(ASK, json=asked | {"asker": {"phone": "13900000000"}})
        assert (other.status_code, other.json()["code"]) == (409, "external_id_taken")
        assert "另一位来电人" in other.json()["detail"]

    def test_a_voided_entry_does_not_swallow_the_question_that_comes_again(
        self, api: TestClient
    ) -> None:
        asked = UNKNOWN | {"external_id": "T-1"}
        numbers = []
        for _ in range(2):
            numbers.append(api.post(ASK, json=asked).json()["ledger_entry"]["number"])
            path = f"/api/v1/ledger/{numbers[-1]}"
            done = api.post(f"{path}/void", json={"reason": "误登记"})
            assert (done.status_code, done.json()["state"]) == (200, "voided")
        held = api.post(ASK, json=asked | {"register": "never"}).json()
        assert held["ledger_entry"] is None
        chosen = api.post(f"{ASK}/{held['id']}/choice", json={"none": True}).json()
        assert len({*numbers, chosen["ledger_entry"]["number"]}) == 3

    def test_an_entry_that_a_question_repeats_is_not_voided(
        self, api: TestClient, services: Services
    ) -> None:
        number = api.post(ASK, json=UNKNOWN).json()["ledger_entry"]["number"]
        again = api.post(ASK, json=UNKNOWN | {"register": "never"}).json()["id"]
        with session_scope(services.database) as session:
            held, operator = session.get_one(Consultation, again), person("坐席甲")
            note_repeat(session, held, number, actor=operator, now=services.clock.now())
        refused = api.post(f"/api/v1/ledger/{number}/void", json={"reason": "误登记"})
        assert (refused.status_code, refused.json()["code"]) == (409, "void_refused")
        assert api.get(f"/api/v1/ledger/{number}").json()["state"] == "assigned"

    def test_an_answer_withdrawn_since_is_not_given_again(self, api: TestClient) -> None:
        asked = KNOWN | {"external_id": "T-1"}
        first = api.post(ASK, json=asked).json()
        withdraw(api, first)
        again = api.post(ASK, json=asked)
        assert (again.status_code, again.json()["id"]) == (200, first["id"])
        assert again.json()["searched_again"]
        assert first["answer"] not in again.text
        assert not api.get(f"{ASK}/{first['id']}").json()["searched_again"]

    def test_an_answer_told_and_withdrawn_since_is_marked(self, api: TestClient) -> None:
        asked = KNOWN | {"external_id": "T-1"}
        first = api.post(ASK, json=asked).json()
        qa_id = first["candidates"][0]["qa_id"]
        api.post(f"{ASK}/{first['id']}/choice", json={"qa_id": qa_id})
        withdraw(api, first)
        for shown in (api.post(ASK, json=asked), api.get(f"{ASK}/{first['id']}")):
            told = shown.json()
            assert (shown.status_code, told["verdict"], told["answer"]) == (200, "choose", None)
            assert OUTDATED in told["candidates"][0]["why"]["differences"]

    def test_an_external_id_of_another_key_tells_nothing_of_its_record(
        self, client: TestClient, make_key: KeyMaker
    ) -> None:
        asked = UNKNOWN | {"external_id": "T-1"}
        client.post(ASK, json=asked, headers=make_key(Scope.CONSULT))
        unit_key = make_key(Scope.CONSULT, unit="health")
        said = []
        for question in (UNKNOWN["question"], KNOWN["question"]):
            refused = client.post(ASK, json=asked | {"question": question}, headers=unit_key)
            said.append((refused.status_code, refused.json()["code"], refused.json()["detail"]))
        assert said[0][:2] == (409, "external_id_taken")
        assert said[0] == said[1]

    def test_the_same_external_id_in_another_channel_is_another_question(
        self, api: TestClient
    ) -> None:
        api.post(ASK, json=KNOWN | {"external_id": "T-1"})
        other = api.post(ASK, json=KNOWN | {"external_id": "T-1", "channel": "mailbox"})
        assert other.status_code == 201

    def test_the_asker_is_kept_but_never_told(
        self, api: TestClient, services: Services, caplog: pytest.LogCaptureFixture
    ) -> None:
        asker = {"name": "测试来电人", "phone": PHONE}
        asked = UNKNOWN | {"asker": asker, "question": f"外商投资备案找谁，回电{PHONE}"}
        response = api.post(ASK, json=asked)
        number = response.json()["ledger_entry"]["number"]
        entry = api.get(f"/api/v1/ledger/{number}")
        assert count(services, Asker) == 1
        for text in (response.text, entry.text, caplog.text):
            assert PHONE not in text
            assert asker["name"] not in text
        assert entry.json()["contact_masked"] == "138******00"

    def test_a_consultation_reads_as_it_was_answered(self, api: TestClient) -> None:
        told = api.post(ASK, json=KNOWN).json()
        assert api.get(f"{ASK}/{told['id']}").json() == told

    def test_an_unknown_consultation_is_not_found(self, api: TestClient) -> None:
        response = api.get(f"{ASK}/{uuid4()}")
        assert response.status_code == 404
        assert response.json()["code"] == "consultation_not_found"


class TestChoose:
    def test_a_candidate_told_is_recorded_with_its_version(self, api: TestClient) -> None:
        told = api.post(ASK, json=KNOWN).json()
        qa_id = told["candidates"][0]["qa_id"]
        response = api.post(f"{ASK}/{told['id']}/choice", json={"qa_id": qa_id})
        assert response.status_code == 200
        assert response.json() == {
            "consultation_id": told["id"],
            "qa_id": qa_id,
            "version": 1,
            "ledger_entry": None,
        }

    def test_an_answer_withdrawn_since_cannot_be_recorded_as_told(self, api: TestClient) -> None:
        shown = api.post(ASK, json=KNOWN).json()
        withdraw(api, shown)
        choice = f"{ASK}/{shown['id']}/choice"
        refused = api.post(choice, json={"qa_id": shown["candidates"][0]["qa_id"]})
        assert (refused.status_code, refused.json()["code"]) == (409, "answer_outdated")
        assert "重新提问" in refused.json()["detail"]
        assert api.post(choice, json={"none": True}).json()["ledger_entry"]["number"]

    def test_none_registers_the_question(self, api: TestClient) -> None:
        told = api.post(ASK, json=KNOWN).json()
        asker = {"phone": PHONE}
        chosen = api.post(f"{ASK}/{told['id']}/choice", json={"none": True, "asker": asker}).json()
        number = chosen["ledger_entry"]["number"]
        entry = api.get(f"/api/v1/ledger/{number}").json()
        assert entry["consultation_id"] == told["id"]
        assert entry["contact_masked"] == "138******00"
        assert api.get(f"{ASK}/{told['id']}").json()["ledger_entry"]["number"] == number

    def test_a_second_choice_is_a_conflict(self, api: TestClient) -> None:
        told = api.post(ASK, json=KNOWN).json()
        choice = f"{ASK}/{told['id']}/choice"
        api.post(choice, json={"none": True})
        response = api.post(choice, json={"qa_id": told["candidates"][0]["qa_id"]})
        assert response.status_code == 409
        assert response.json()["code"] == "already_chosen"

    def test_a_choice_is_taken_back_and_made_anew(self, api: TestClient) -> None:
        told = api.post(ASK, json=KNOWN).json()
        choice = f"{ASK}/{told['id']}/choice"
        api.post(choice, json={"qa_id": told["candidates"][0]["qa_id"]})
        for _ in range(2):
            undone = api.delete(choice)
            assert (undone.status_code, undone.json()["id"]) == (200, told["id"])
        assert api.post(choice, json={"none": True}).json()["ledger_entry"]["number"]
        assert api.delete(choice).json()["ledger_entry"] is None

    def test_a_registration_undone_in_the_ledger_is_made_anew(self, api: TestClient) -> None:
        told = api.post(ASK, json=KNOWN).json()
        choice = f"{ASK}/{told['id']}/choice"
        number = api.post(choice, json={"none": True}).json()["ledger_entry"]["number"]
        entry = f"/api/v1/ledger/{number}"
        version = api.get(entry).json()["version"]
        stale = api.post(f"{entry}/undo", json={"version": version - 1})
        assert (stale.status_code, stale.json()["code"]) == (409, "stale_entry")
        undone = api.post(f"{entry}/undo", json={"version": version, "reason": "点错了"})
        assert (undone.status_code, undone.json()["state"]) == (200, "voided")
        assert api.get(entry).json()["events"][-1]["reason"] == "撤销“登记”；点错了"
        again = api.post(choice, json={"none": True}).json()["ledger_entry"]
        assert again["number"] != number

    def test_after_ten_minutes_it_stands(self, api: TestClient, clock: FixedClock) -> None:
        told = api.post(ASK, json=KNOWN).json()
        choice = f"{ASK}/{told['id']}/choice"
        api.post(choice, json={"none": True})
        clock.instant += timedelta(minutes=11)
        refused = api.delete(choice)
        assert (refused.status_code, refused.json()["code"]) == (409, "choice_stands")

    def test_an_answer_told_keeps_the_contact(self, api: TestClient, services: Services) -> None:
        told = api.post(ASK, json=KNOWN).json()
        body = {"qa_id": told["candidates"][0]["qa_id"], "asker": {"phone": PHONE}}
        assert api.post(f"{ASK}/{told['id']}/choice", json=body).status_code == 200
        assert count(services, Asker) == 1

    def test_a_wrong_number_needs_a_reason(self, api: TestClient) -> None:
        told = api.post(ASK, json=KNOWN).json()
        choice, asker = f"{ASK}/{told['id']}/choice", {"phone": "123"}
        refused = api.post(choice, json={"none": True, "asker": asker})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_contact")
        asker["phone_reason"] = "单位内线"
        assert api.post(choice, json={"none": True, "asker": asker}).status_code == 200

    def test_unit_and_field_can_be_chosen(self, api: TestClient) -> None:
        told = api.post(ASK, json=KNOWN).json()
        body = {"none": True, "unit": "education", "field": "教育"}
        entry = api.post(f"{ASK}/{told['id']}/choice", json=body).json()["ledger_entry"]
        assert entry["unit_key"] == "education"

    def test_a_pair_that_was_not_shown_is_refused(self, api: TestClient) -> None:
        told = api.post(ASK, json=UNKNOWN | {"register": "never"}).json()
        response = api.post(f"{ASK}/{told['id']}/choice", json={"qa_id": 1})
        assert response.status_code == 422
        assert response.json()["code"] == "not_a_candidate"
        assert response.json()["errors"][0]["field"] == "qa_id"

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"qa_id": 1, "none": True},
            {"none": False},
            {"qa_id": True},
            {"qa_id": "1"},
            {"qa_id": 1, "unit": "education"},
            {"qa_id": 1, "field": "教育"},
        ],
    )
    def test_anything_but_one_clear_choice_is_refused(
        self, api: TestClient, body: dict[str, object]
    ) -> None:
        told = api.post(ASK, json=KNOWN).json()
        response = api.post(f"{ASK}/{told['id']}/choice", json=body)
        assert response.status_code == 422
        assert response.json()["code"] == "invalid_request"


class TestSearch:
    def test_finds_without_a_record(self, api: TestClient, services: Services) -> None:
        found = api.get("/api/v1/search", params={"q": KNOWN["question"], "limit": 1}).json()
        assert found["verdict"] == "answered"
        assert [one["question"] for one in found["candidates"]] == [KNOWN["question"]]
        assert found["degraded"] is False
        assert count(services, Consultation) == 0

    def test_keeps_to_the_field(self, api: TestClient) -> None:
        params = {"q": KNOWN["question"], "field": "社会救助"}
        found = api.get("/api/v1/search", params=params).json()
        assert {one["field"] for one in found["candidates"]} <= {"社会救助"}

    def test_a_misspelt_parameter_is_refused(self, api: TestClient) -> None:
        response = api.get("/api/v1/search", params={"q": "社保卡", "filed": "养老"})
        assert response.status_code == 422
        assert response.json()["errors"] == [
            {"field": "filed", "message": "不接受这个字段，请删去"}
        ]


class TestAsOf:
    DAY = "2025-06-01"

    def test_a_search_of_a_past_day_says_so(self, api: TestClient) -> None:
        query = {"q": KNOWN["question"]}
        then = api.get("/api/v1/search", params={**query, "as_of": self.DAY}).json()
        assert (then["verdict"], then["as_of"]) == ("answered", self.DAY)
        assert api.get("/api/v1/search", params=query).json()["as_of"] is None

    def test_a_recorded_answer_begins_with_its_day(self, api: TestClient) -> None:
        body = {**KNOWN, "as_of": self.DAY}
        asked = api.post(ASK, json=body).json()
        assert asked["as_of"] == self.DAY
        assert asked["answer"].startswith(f"（按 {self.DAY} 有效的规定，不是今天的规定）")
        read = api.get(f"{ASK}/{asked['id']}").json()
        assert (read["as_of"], read["answer"]) == (asked["as_of"], asked["answer"])
        assert api.post(ASK, json=KNOWN).json()["as_of"] is None

    @pytest.mark.parametrize(
        ("day", "reason"), [("2027-01-01", "还没有到"), ("1999-01-01", "最早的答复自")]
    )
    def test_days_ahead_and_before_the_bank_are_refused(
        self, api: TestClient, day: str, reason: str
    ) -> None:
        for answer in (
            api.get("/api/v1/search", params={"q": KNOWN["question"], "as_of": day}),
            api.post(ASK, json={**KNOWN, "as_of": day}),
        ):
            assert answer.status_code == 422
            assert answer.json()["code"] == "unusable_day"
            assert reason in answer.json()["detail"]
