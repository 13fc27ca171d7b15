"""Bad input gets a clear answer or a 4xx in Chinese, never a 5xx."""

import json

from fastapi.testclient import TestClient

ASK = "/api/v1/consultations"
JSON = {"Content-Type": "application/json"}

LONGEST_ADDRESS = 5_000

QUESTIONS = {
    "empty": ("", 422),
    "blank": (" \t\n\u3000", 422),
    "too long": ("社" * 100_001, 422),
    "emoji only": ("😀😀😀", 422),
    "digits only": ("20241130", 422),
    "short number": ("12345", 201),
    "control only": ("\x00\x01\x02", 422),
    "zero width only": ("\u200b\u200b", 422),
    "NUL inside": ("社保卡\x00丢了怎么补办？", 201),
    "longest": ("社" * 100_000, 201),
    "SQL": ("社保卡'; DROP TABLE consultation; --", 201),
    "markup": ("<script>alert('社保卡')</script>", 201),
    "template": ("{{7*7}}${7*7} 社保卡 %s%n", 201),
    "path": ("../../etc/passwd 社保卡", 201),
    "right to left": ("\u202e社保卡丢了", 201),
    "rare characters": ("𠮷野家𪚥社保卡", 201),
}


class TestQuestions:
    def test_is_answered_or_refused_in_words(self, api: TestClient) -> None:
        for name, (question, status) in QUESTIONS.items():
            response = api.post(ASK, json={"question": question, "channel": "web"})
            assert (name, response.status_code) == (name, status)
            if status == 422:
                assert response.json()["code"] == "unusable_question"
                assert response.json()["errors"][0]["field"] == "question"

    def test_search_treats_it_the_same_way(self, api: TestClient) -> None:
        # Letters are longer than an address may be.
        short = {name: one for name, one in QUESTIONS.items() if len(one[0]) < LONGEST_ADDRESS}
        for name, (question, status) in short.items():
            response = api.get("/api/v1/search", params={"q": question})
            expected = 200 if status == 201 else status
            assert (name, response.status_code) == (name, expected)

    def test_an_unpaired_surrogate_is_refused(self, api: TestClient) -> None:
        body = '{"question": "社保卡\\ud800", "channel": "web"}'.encode()
        response = api.post(ASK, content=body, headers=JSON)
        assert response.status_code == 422
        assert response.json()["errors"] == [
            {"field": "question", "message": "含有无法识别的字符，请删去"}
        ]

    def test_an_unpaired_surrogate_as_a_name_is_refused(self, api: TestClient) -> None:
        body = '{"question": "社保卡", "channel": "web", "\\udfff": 1}'.encode()
        response = api.post(ASK, content=body, headers=JSON)
        assert response.status_code == 422


BODIES = {
    "not JSON": (b"{", 400),
    "not UTF-8": (b'{"question": "\xff\xfe"}', 400),
    "binary": (bytes(range(256)), 400),
    "deeply nested": (b'{"question": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "endless number": (b'{"question": ' + b"9" * 10_000 + b"}", 400),
    "nothing": (b"", 422),
    "null": (b"null", 422),
    "list": (b"[]", 422),
    "not a number": (b'{"question": NaN, "channel": "web"}', 422),
}


class TestBodies:
    def test_is_a_problem_in_words(self, api: TestClient) -> None:
        for name, (content, status) in BODIES.items():
            response = api.post(ASK, content=content, headers=JSON)
            code = "malformed_body" if status == 400 else "invalid_request"
            assert (name, response.status_code) == (name, status)
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["code"] == code

    def test_json_under_another_media_type_is_told(self, api: TestClient) -> None:
        content = json.dumps({"question": "社保卡", "channel": "web"}).encode()
        response = api.post(ASK, content=content, headers={"Content-Type": "text/plain"})
        assert response.status_code == 422
        assert "application/json" in response.json()["errors"][0]["message"]


ABSURD = (
    "/qa-pairs/0",
    "/qa-pairs/-1",
    "/qa-pairs/2147483648",
    f"/qa-pairs/{2**63}",
    f"/qa-pairs/{'9' * 5000}",
    "/qa-pairs/abc",
    "/qa-pairs?cursor=-1",
    "/qa-pairs?cursor=zzz",
    f"/qa-pairs?cursor={2**64}",
    "/qa-pairs?limit=0",
    "/qa-pairs?limit=100000",
    "/qa-pairs?status=burnt",
    "/consultations/abc",
    "/consultations/%00",
    "/ledger/1",
    "/ledger/ZX20261124-000%00",
    "/ledger?cursor=%00",
    "/ledger?cursor=ZX",
    "/ledger?state=lost",
    "/ledger?due=later",
    "/ledger?unit=%00",
    "/workdays/due?received=2026-02-30&days=5",
    "/workdays/due?received=20260930&days=5",
    "/workdays/due?received=1727654400&days=5",
    "/workdays/due?received=2026-09-30T10:00:00&days=5",
    "/workdays/due?received=0001-01-01T00:00:00%2B14:00&days=5",
    "/workdays/due?received=9999-12-31&days=5",
    "/workdays/due?received=2026-09-30&days=0",
    "/workdays/due?received=2026-09-30&days=99999999999999999999",
    "/workdays/due?received=2026-09-30",
)


class TestFields:
    def test_every_faulty_field_is_named_in_chinese(self, api: TestClient) -> None:
        body = {
            "channel": "fax",
            "external_id": "x" * 129,
            "asker": {"name": "甲", "phone": "1" * 33, "address": "某处"},
            "register": "maybe",
            "operator": "me",
        }
        response = api.post(ASK, json=body)
        found = {one["field"]: one["message"] for one in response.json()["errors"]}
        assert response.status_code == 422
        assert found == {
            "question": "必填，请补充",
            "channel": "只能是：hotline、office_phone、mailbox、service_desk、web",
            "external_id": "最多 128 个字",
            "asker.phone": "最多 32 个字",
            "asker.address": "不接受这个字段，请删去",
            "register": "只能是：auto、never",
            "operator": "不接受这个字段，请删去",
        }

    def test_an_external_id_with_control_characters_is_refused(self, api: TestClient) -> None:
        for external_id in ("", "a\x00b", "a\nb", "\x7f"):
            body = {"question": "社保卡", "channel": "web", "external_id": external_id}
            response = api.post(ASK, json=body)
            assert (external_id, response.status_code) == (external_id, 422)
            assert response.json()["errors"][0]["field"] == "external_id"

    def test_absurd_ids_cursors_and_dates_are_refused(self, api: TestClient) -> None:
        for path in ABSURD:
            response = api.get(f"/api/v1{path}")
            assert (path, response.status_code) == (path, 422)
            assert response.headers["content-type"] == "application/problem+json"
            assert response.json()["detail"]

    def test_the_greatest_possible_id_is_not_found(self, api: TestClient) -> None:
        assert api.get("/api/v1/qa-pairs/2147483647").status_code == 404
