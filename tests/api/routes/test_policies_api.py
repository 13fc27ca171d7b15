"""The policy library over REST."""

from fastapi.testclient import TestClient

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

    def test_an_unknown_one_is_told(self, api: TestClient) -> None:
        assert api.patch(f"{POLICIES}/999", json={"title": "甲"}).status_code == 404
