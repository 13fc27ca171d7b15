"""Request ids, the log and the metrics: what they say, and what they never hold."""

import logging

import pytest
from fastapi.testclient import TestClient

from qa_service.observability.events import FIELDS

QUESTION = "我的手机13900139000，社保卡丢了怎么补办？"


class TestRequestId:
    def test_is_the_callers_own_or_a_new_one(self, client: TestClient) -> None:
        given = client.get("/healthz", headers={"X-Request-Id": "T-2026.1"})
        assert given.headers["x-request-id"] == "T-2026.1"
        for hostile in ("", "a b", "x" * 65, "<script>", "call-13900139000", "139-0013-9000"):
            answer = client.get("/healthz", headers={"X-Request-Id": hostile})
            assert len(answer.headers["x-request-id"]) == 32


class TestLog:
    def test_names_the_route_and_nothing_that_was_asked(
        self, api: TestClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            api.post("/api/v1/consultations", json={"question": QUESTION, "channel": "hotline"})
            api.get("/api/v1/search", params={"q": QUESTION})
            api.get("/api/v1/ledger/ZX20261124-0001")
        lines = [vars(one)[FIELDS] for one in caplog.records if one.name == "qa_service.request"]
        routes = [line["route"] for line in lines]
        assert routes == ["/api/v1/consultations", "/api/v1/search", "/api/v1/ledger/{number}"]
        ours = [one.getMessage() for one in caplog.records if not one.name.startswith("httpx")]
        for hidden in ("补办", "13900139000", "ZX2026"):
            assert hidden not in f"{ours}{lines}"


class TestMetrics:
    def test_tell_searches_ledger_index_and_outbox(self, api: TestClient) -> None:
        api.post(
            "/api/v1/consultations", json={"question": "火星养老院怎么约", "channel": "hotline"}
        )
        text = api.get("/metrics").text
        for name in (
            'qa_verdicts_total{verdict="unmatched"}',
            'qa_search_stage_seconds_bucket{le="0.001",stage="lexical"}',
            'qa_request_seconds_count{method="POST",route="/api/v1/consultations",status="201"}',
            'qa_ledger_entries{state="assigned"} 1.0',
            'qa_ledger_due{due="later"} 1.0',
            "qa_index_revision_lag 0.0",
            'qa_outbox_events{state="parked"} 0.0',
            "qa_degraded 0.0",
        ):
            assert name in text, name

    def test_are_not_for_everybody(self, client: TestClient) -> None:
        answer = client.get("/metrics")
        assert (answer.status_code, answer.json()["code"]) == (401, "key_refused")
