"""The policy library over REST."""

from fastapi.testclient import TestClient
from rest_client import KeyMaker

from qa_service.vocabulary import Role

POLICIES = "/api/v1/policies"
NEW = {
    "key": "区政办发〔2026〕3号",
    "title": "高龄津贴办法",
    "document_number": "区政办发〔2026〕3号",
    "issuer": "区政府办公室",
    "validity": "有效",
}


class TestLibrary:
    def test_a_new_document_is_found(self, api: TestClient) -> None:
        stored = api.post(POLICIES, json=NEW)
        assert stored.status_code == 201, stored.text
        found = api.get(POLICIES, params={"q": "高龄"}).json()["items"]
        assert found == [stored.json()]
        assert api.get(POLICIES, params={"q": "高齡津貼"}).json()["items"] == found

    def test_the_same_again_is_a_conflict(self, api: TestClient) -> None:
        api.post(POLICIES, json=NEW)
        again = api.post(POLICIES, json=NEW)
        assert (again.status_code, again.json()["code"]) == (409, "policy_known")

    def test_faults_are_told_by_field(self, api: TestClient) -> None:
        refused = api.post(POLICIES, json=NEW | {"issuer": " ", "invalid_since": "2026-01-01"})
        assert refused.status_code == 422
        assert {one["field"] for one in refused.json()["errors"]} == {"issuer", "invalid_since"}

    def test_pages_hold_every_document_once(self, api: TestClient) -> None:
        every = [one["key"] for one in api.get(POLICIES).json()["items"]]
        seen: list[str] = []
        cursor: str | None = "0"
        while cursor is not None:
            page = api.get(POLICIES, params={"limit": 2, "cursor": cursor}).json()
            seen += [one["key"] for one in page["items"]]
            cursor = page["next"]
        assert seen == every

    def test_an_ended_document_takes_its_answers_with_it(self, api: TestClient) -> None:
        pair = api.get("/api/v1/qa-pairs").json()["items"][0]
        key = pair["basis"][0]["document_number"]
        (policy,) = [
            one
            for one in api.get(POLICIES).json()["items"]
            if one["document_number"] == key and one["title"] == pair["basis"][0]["title"]
        ]
        body = {"validity": "废止", "invalid_since": "2026-11-01", "reason": "由新法代替"}
        changed = api.patch(f"{POLICIES}/{policy['id']}", json=body).json()
        assert pair["qa_id"] in changed["suspended"]
        assert changed["ending"]["state"] == "proposed"
        shown = api.get(f"/api/v1/qa-pairs/{pair['qa_id']}").json()
        assert (shown["status"], shown["showable"]) == ("suspended", False)
        found = api.get("/api/v1/search", params={"q": pair["question"]}).json()
        assert pair["qa_id"] not in [one["qa_id"] for one in found["candidates"]]

    def test_what_answers_cite_is_corrected_by_two_people(
        self, api: TestClient, make_person_key: KeyMaker
    ) -> None:
        pair = api.get("/api/v1/qa-pairs").json()["items"][0]
        title = pair["basis"][0]["title"]
        (policy,) = api.get(POLICIES, params={"q": title}).json()["items"]
        path, second = f"{POLICIES}/{policy['id']}", make_person_key("shenhe", Role.REVIEWER)
        body = {"title": "每孩补贴三万元的通知", "reason": "标题有误"}
        changed = api.patch(path, json=body).json()
        assert changed["policy"]["title"] == title
        proposed = changed["correction"]
        assert (proposed["state"], proposed["reason"]) == ("proposed", "标题有误")
        assert proposed["changes"] == [{"name": "title", "before": title, "after": body["title"]}]
        seen = {"correction": proposed["id"]}
        own = api.post(f"{path}/correction/confirmation", json=seen)
        assert (own.status_code, own.json()["code"]) == (403, "not_your_decision")
        pending = api.patch(path, json={"issuer": "丙部"})
        assert (pending.status_code, pending.json()["code"]) == (409, "correction_pending")
        no = {"reason": "原文无误", **seen}
        refused = api.post(f"{path}/correction/refusal", json=no, headers=second).json()
        assert refused["correction"]["state"] == "refused"
        api.patch(path, json=body)
        back = api.post(f"{path}/correction/taking-back", json={"reason": "填错"}).json()
        assert (back["correction"]["state"], back["policy"]["title"]) == ("taken_back", title)
        api.patch(path, json=body)
        stale = api.post(f"{path}/correction/confirmation", json=seen, headers=second)
        assert (stale.status_code, stale.json()["code"]) == (409, "no_policy_correction")
        waiting = api.get(f"{path}/consequences", headers=second).json()["correction"]
        seen = {"correction": waiting["id"]}
        done = api.post(f"{path}/correction/confirmation", json=seen, headers=second).json()
        assert done["policy"]["title"] == body["title"]
        shown = api.get(f"/api/v1/qa-pairs/{pair['qa_id']}").json()
        assert shown["basis"][0]["title"] == body["title"]
        gone = api.post(f"{path}/correction/confirmation", json=seen, headers=second)
        assert (gone.status_code, gone.json()["code"]) == (409, "no_policy_correction")

    def test_is_closed_and_opened_by_two_people_with_its_answers(
        self, api: TestClient, make_person_key: KeyMaker
    ) -> None:
        pair = api.get("/api/v1/qa-pairs").json()["items"][0]
        (policy,) = api.get(POLICIES, params={"q": pair["basis"][0]["title"]}).json()["items"]
        path, second = f"{POLICIES}/{policy['id']}", make_person_key("shenhe", Role.REVIEWER)
        answers = api.get(f"{path}/consequences").json()["answers"]
        losing = [one["qa_id"] for one in answers if one["loses_basis"]]
        assert pair["qa_id"] in losing
        body = {"is_public": False, "public_kind": "不公开", "public_reason": "测试"}
        changed = api.patch(path, json=body).json()
        assert (changed["policy"]["is_public"], changed["correction"]["closes"]) == (True, True)
        assert changed["suspended"] == losing
        feed = api.get("/api/v1/changes").json()
        assert pair["qa_id"] in [one["qa_id"] for one in feed["items"]][-len(losing) :]
        own = api.post(f"{path}/correction/confirmation", json={})
        assert (own.status_code, own.json()["code"]) == (403, "not_your_decision")
        no = {"reason": "仍公开"}
        refused = api.post(f"{path}/correction/refusal", json=no, headers=second).json()
        assert refused["restored"] == losing
        api.patch(path, json=body)
        done = api.post(f"{path}/correction/confirmation", json={}, headers=second).json()
        assert (done["policy"]["public_kind"], done["withdrawn"]) == ("不公开", losing)
        opened = api.patch(path, json={"is_public": True, "public_kind": "主动公开"}).json()
        assert opened["policy"]["is_public"] is False
        done = api.post(f"{path}/correction/confirmation", json={}, headers=second).json()
        assert (done["policy"]["is_public"], done["policy"]["public_reason"]) == (True, None)

    def test_an_unknown_one_is_told(self, api: TestClient) -> None:
        assert api.patch(f"{POLICIES}/999", json={"title": "甲"}).status_code == 404
