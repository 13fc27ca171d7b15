"""The bank over REST: draft, edit, review, withdraw, list."""

from typing import Any

import pytest
from actors import person
from fastapi.testclient import TestClient
from rest_client import Headers, person_key
from reviewing import SIGNERS, publish
from visitor import add_user

from qa_service.knowledge.pairs.variants.deciding import accept_suggestion
from qa_service.knowledge.pairs.variants.suggested import taken_suggestions
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Stage

PAIRS = "/api/v1/qa-pairs"
NEW: dict[str, Any] = {
    "field": "社会救助",
    "unit": "civil-affairs",
    "question": "特困人员供养怎么申请？",
    "variants": ["五保户怎么办"],
    "answer": "向户籍所在地乡镇人民政府提出书面申请。",
    "phone_script": "向户籍地乡镇提出书面申请。",
    "effective_from": "2026-01-01",
    "basis": [{"key": "社会救助暂行办法", "article": "第十六条"}],
}


@pytest.fixture
def people(services: Services) -> dict[str, Headers]:
    """The keys of an editor and, for each stage, of somebody who may sign it."""
    signers = {stage.value: min(SIGNERS[stage].authority.roles) for stage in Stage}
    roles = {"editor": Role.EDITOR} | signers
    for login, role in roles.items():
        add_user(services, login, role)
    return {login: person_key(services, login) for login in roles}


def draft(api: TestClient, **changes: object) -> dict[str, Any]:
    units = {
        one["unit_key"] for one in api.get(PAIRS).json()["items"] if one["field"] == "社会救助"
    }
    response = api.post(PAIRS, json=NEW | {"unit": units.pop()} | changes)
    assert response.status_code == 201, response.text
    return dict(response.json())


def is_found(api: TestClient, question: str) -> bool:
    found = api.get("/api/v1/search", params={"q": question}).json()
    return question in [candidate["question"] for candidate in found["candidates"]]


class TestBasis:
    def test_is_taken_as_it_was_given(self, api: TestClient) -> None:
        pair = draft(api)
        sent = {"basis": pair["basis"], "region": "城区"}
        changed = api.patch(f"{PAIRS}/{pair['qa_id']}", json=sent)
        assert changed.status_code == 200, changed.text
        assert changed.json()["basis"] == pair["basis"]

    def test_says_by_the_library_what_the_document_is(self, api: TestClient) -> None:
        pair = draft(api)
        renamed = [pair["basis"][0] | {"title": "别的办法", "article": "第十七条"}]
        changed = api.patch(f"{PAIRS}/{pair['qa_id']}", json={"basis": renamed}).json()
        assert changed["basis"] == [pair["basis"][0] | {"article": "第十七条"}]

    def test_is_taken_under_the_former_name_of_its_key(self, api: TestClient) -> None:
        former = {"policy": NEW["basis"][0]["key"], "article": "第十六条"}
        assert draft(api, basis=[former])["basis"][0]["key"] == former["policy"]

    @pytest.mark.parametrize("cited", [{}, {"key": "社会救助暂行办法", "policy": "宪法"}])
    def test_names_one_document(self, api: TestClient, cited: dict[str, str]) -> None:
        refused = api.post(PAIRS, json=NEW | {"basis": [cited]})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
        (problem,) = refused.json()["errors"]
        assert problem["field"] == "basis.0"
        assert "key" in problem["message"]


class TestPairs:
    def test_a_draft_is_kept_but_not_found(self, api: TestClient) -> None:
        pair = draft(api)
        assert (pair["status"], pair["version"], pair["showable"]) == ("draft", 1, False)
        assert api.get(f"{PAIRS}/{pair['qa_id']}").json() == pair
        assert not is_found(api, pair["question"])

    def test_the_last_signature_makes_it_findable_at_once(
        self, api: TestClient, people: dict[str, Headers]
    ) -> None:
        path = f"{PAIRS}/{draft(api)['qa_id']}"
        answer = api.post(f"{path}/submit", json={"despite_advice": True}, headers=people["editor"])
        assert answer.status_code == 200, answer.text
        for stage in Stage:
            assert not is_found(api, NEW["question"])
            seen = api.get(f"{path}/reviews").json()["seen_hash"]
            body = {"stage": stage.value, "verdict": "pass", "seen_hash": seen}
            owed = api.get(f"{path}/reviews").json()["owed"]
            (asked,) = (one["statements"] for one in owed if one["stage"] == stage.value)
            body |= {"examined": True, "proofread": True}
            own = people[stage.value]
            refused = api.post(f"{path}/reviews", json=body, headers=own)
            assert (refused.status_code, refused.json()["code"]) == (422, "gates_unanswered")
            signed = api.post(f"{path}/reviews", json=body | {"statements": asked}, headers=own)
            assert signed.status_code == 200, signed.text
        assert (signed.json()["status"], signed.json()["showable"]) == ("published", True)
        assert is_found(api, NEW["question"])
        items = api.get(f"{path}/reviews").json()["items"]
        assert [one["signer"] for one in items] == [stage.value for stage in reversed(Stage)]

    def test_a_variant_is_found_when_a_second_person_confirmed_it_and_stored_once(
        self, api: TestClient, services: Services, people: dict[str, Headers]
    ) -> None:
        path = f"{PAIRS}/{draft(api)['qa_id']}"
        publish(services, int(path.rsplit("/", 1)[1]))
        body = {"text": "孤寡老人没人养找谁供养"}
        for _ in range(2):
            variants = api.post(f"{path}/variants", json=body).json()["variants"]
        assert variants == ["五保户怎么办"]
        with session_scope(services.database) as session:
            ((waiting, _),) = taken_suggestions(session)
            accept_suggestion(
                session,
                waiting.id or 0,
                text_check=text_problems,
                by=person("乙"),
                now=services.clock.now(),
            )
        assert api.get(path).json()["variants"] == ["五保户怎么办", body["text"]]
        assert is_found(api, NEW["question"])
        refused = api.post(f"{path}/variants", json=body, headers=people["first"])
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
        assert api.post(f"{path}/variants", json=body | {"text": "？"}).status_code == 422

    def test_a_return_takes_it_out_of_review(
        self, api: TestClient, people: dict[str, Headers]
    ) -> None:
        path = f"{PAIRS}/{draft(api)['qa_id']}"
        api.post(f"{path}/submit", json={"despite_advice": True}, headers=people["editor"])
        body = {"stage": "first", "verdict": "return", "reason": "依据有误"}
        unseen = api.post(f"{path}/reviews", json=body, headers=people["first"])
        assert (unseen.status_code, unseen.json()["code"]) == (409, "not_in_review")
        body["seen_hash"] = api.get(f"{path}/reviews").json()["seen_hash"]
        returned = api.post(f"{path}/reviews", json=body, headers=people["first"])
        assert returned.json()["submitted_at"] is None

    def test_a_pass_that_carries_a_reason_to_return_signs_nothing(
        self, api: TestClient, people: dict[str, Headers]
    ) -> None:
        path = f"{PAIRS}/{draft(api)['qa_id']}"
        api.post(f"{path}/submit", json={"despite_advice": True}, headers=people["editor"])
        seen = api.get(f"{path}/reviews").json()["seen_hash"]
        body = {"stage": "first", "verdict": "pass", "seen_hash": seen, "examined": True}
        body |= {"proofread": True, "statements": ["policy", "wording"], "reason": "依据有误"}
        refused = api.post(f"{path}/reviews", json=body, headers=people["first"])
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_signature")
        assert "退回原因" in refused.json()["detail"]
        assert api.get(f"{path}/reviews").json()["items"] == []
        signed = api.post(f"{path}/reviews", json=body | {"reason": " "}, headers=people["first"])
        assert signed.status_code == 200
        assert len(api.get(f"{path}/reviews").json()["items"]) == 1

    def test_what_the_pre_checks_find_is_told_by_field(
        self, api: TestClient, people: dict[str, Headers]
    ) -> None:
        path = f"{PAIRS}/{draft(api, basis=[])['qa_id']}"
        refused = api.post(f"{path}/submit", json={}, headers=people["editor"])
        assert (refused.status_code, refused.json()["code"]) == (422, "precheck_failed")
        assert "basis" in {one["field"] for one in refused.json()["errors"]}

    def test_withdrawing_makes_it_unfindable_at_once(
        self, api: TestClient, services: Services
    ) -> None:
        pair = draft(api)
        publish(services, pair["qa_id"])
        assert is_found(api, pair["question"])
        withdrawn = api.post(f"{PAIRS}/{pair['qa_id']}/withdraw", json={"reason": "政策调整"})
        assert withdrawn.json()["withdrawn_reason"] == "政策调整"
        assert not is_found(api, pair["question"])

    def test_withdrawing_again_is_refused_and_keeps_the_first_reason(self, api: TestClient) -> None:
        path = f"{PAIRS}/{draft(api)['qa_id']}"
        api.post(f"{path}/withdraw", json={"reason": "政策调整"})
        again = api.post(f"{path}/withdraw", json={"reason": "写错了"})
        assert (again.status_code, again.json()["code"]) == (409, "already_withdrawn")
        assert "政策调整" in again.json()["detail"]
        assert api.get(path).json()["withdrawn_reason"] == "政策调整"

    def test_a_patch_of_a_published_pair_waits_for_review(
        self, api: TestClient, services: Services
    ) -> None:
        pair = draft(api)
        publish(services, pair["qa_id"])
        patched = api.patch(f"{PAIRS}/{pair['qa_id']}", json={"answer": "改为去村里申请。"}).json()
        assert (patched["answer"], patched["has_draft"]) == (pair["answer"], True)

    def test_a_patch_changes_only_what_is_given(self, api: TestClient) -> None:
        pair = draft(api)
        patched = api.patch(
            f"{PAIRS}/{pair['qa_id']}", json={"phone_script": "去乡镇申请。"}
        ).json()
        assert patched == pair | {"phone_script": "去乡镇申请。", "version": 2}

    def test_an_empty_patch_changes_nothing(self, api: TestClient) -> None:
        pair = draft(api)
        assert api.patch(f"{PAIRS}/{pair['qa_id']}", json={}).json() == pair

    def test_null_clears_an_expiry_and_nothing_else(self, api: TestClient) -> None:
        pair = draft(api, expires_on="2027-12-31")
        path = f"{PAIRS}/{pair['qa_id']}"
        assert api.patch(path, json={"expires_on": None}).json()["expires_on"] is None
        refused = api.patch(path, json={"answer": None})
        assert refused.status_code == 422
        assert refused.json()["errors"] == [{"field": "answer", "message": "应为文字"}]

    def test_faulty_content_names_its_fields(self, api: TestClient) -> None:
        body = NEW | {"phone_script": "长" * 81, "answer": " ", "effective_from": "明天"}
        first = api.post(PAIRS, json=body)
        assert [one["field"] for one in first.json()["errors"]] == ["effective_from"]
        second = api.post(PAIRS, json=body | {"effective_from": "2026-01-01"})
        assert second.status_code == 422
        assert second.json()["code"] == "invalid_pair"
        assert {one["field"] for one in second.json()["errors"]} == {"phone_script", "answer"}

    def test_an_unknown_policy_is_refused(self, api: TestClient) -> None:
        response = api.post(PAIRS, json=NEW | {"basis": [{"policy": "没有这个文件"}]})
        assert response.status_code == 422
        assert "basis" in {one["field"] for one in response.json()["errors"]}

    def test_the_same_question_twice_is_a_conflict(self, api: TestClient) -> None:
        pair = draft(api)
        response = api.post(PAIRS, json=NEW | {"unit": pair["unit_key"]})
        assert response.status_code == 409
        assert response.json()["code"] == "duplicate_question"

    def test_pages_hold_every_pair_once(self, api: TestClient) -> None:
        every = [one["qa_id"] for one in api.get(PAIRS).json()["items"]]
        seen: list[int] = []
        cursor: str | None = "0"
        while cursor is not None:
            page = api.get(PAIRS, params={"limit": 5, "cursor": cursor}).json()
            seen += [one["qa_id"] for one in page["items"]]
            cursor = page["next"]
        assert seen == every

    def test_lists_by_field_and_status(self, api: TestClient) -> None:
        pair = draft(api)
        params = {"field": "社会救助", "status": "draft"}
        listed = api.get(PAIRS, params=params).json()["items"]
        assert [one["qa_id"] for one in listed] == [pair["qa_id"]]

    def test_lists_by_unit_and_words(self, api: TestClient) -> None:
        pair = draft(api)
        params = {"unit": pair["unit_key"], "text": "特困 乡镇人民政府"}
        listed = api.get(PAIRS, params=params).json()["items"]
        assert [one["qa_id"] for one in listed] == [pair["qa_id"]]
        assert api.get(PAIRS, params=params | {"unit": "nobody"}).json()["items"] == []
        assert api.get(PAIRS, params={"text": "词" * 101}).status_code == 422

    def test_policies_tell_their_validity(self, api: TestClient) -> None:
        policies = api.get("/api/v1/policies").json()
        assert policies["next"] is None
        assert {"有效", "修改"} <= {one["validity"] for one in policies["items"]}
