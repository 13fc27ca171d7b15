"""The ledger and due dates over REST."""

from datetime import timedelta

from fastapi.testclient import TestClient

from qa_service.clock import FixedClock

LEDGER = "/api/v1/ledger"


def register(api: TestClient, times: int = 1) -> None:
    for _ in range(times):
        # No pair of the test bank belongs to this field, so nothing can answer.
        asked = {"question": "外商投资项目怎么备案？", "channel": "hotline", "field": "投资"}
        assert api.post("/api/v1/consultations", json=asked).status_code == 201


class TestLedger:
    def test_an_entry_tells_its_events_and_the_proof_of_its_due_date(self, api: TestClient) -> None:
        register(api)
        entry = api.get(f"{LEDGER}/ZX20261124-0001").json()
        assert entry["routed_by"] == "field"
        assert [event["to_state"] for event in entry["events"]] == ["registered", "assigned"]
        assert entry["proof"][-1]["date"] == entry["due_on"] == "2026-12-01"
        assert sum(day["counted"] for day in entry["proof"]) == entry["days_left"] == 5

    def test_an_unknown_number_is_not_found(self, api: TestClient) -> None:
        response = api.get(f"{LEDGER}/ZX20261124-0009")
        assert response.status_code == 404
        assert response.json()["code"] == "ledger_entry_not_found"

    def test_pages_hold_every_entry_once_newest_first(self, api: TestClient) -> None:
        register(api, times=5)
        first = api.get(LEDGER, params={"limit": 3}).json()
        second = api.get(LEDGER, params={"limit": 3, "cursor": first["next"]}).json()
        numbers = [one["number"] for one in first["items"] + second["items"]]
        assert numbers == [f"ZX20261124-000{n}" for n in (5, 4, 3, 2, 1)]
        assert second["next"] is None

    def test_filters_by_deadline_state_unit_and_text(
        self, api: TestClient, clock: FixedClock
    ) -> None:
        register(api)
        unit = api.get(LEDGER).json()["items"][0]["unit_key"]

        def listed(**params: str) -> int:
            return len(api.get(LEDGER, params=params).json()["items"])

        assert (listed(state="assigned"), listed(state="closed")) == (1, 0)
        assert (listed(unit=unit), listed(unit="education")) == (1, 0)
        assert (listed(text="zx20261124 0001"), listed(text="没有这样的词")) == (1, 0)
        assert (listed(due="today"), listed(due="soon"), listed(due="overdue")) == (0, 0, 0)
        clock.instant += timedelta(days=7)
        assert (listed(due="today"), listed(due="overdue")) == (1, 0)
        clock.instant += timedelta(days=1)
        assert (listed(due="today"), listed(due="overdue")) == (0, 1)
        assert api.get(LEDGER).json()["items"][0]["due_status"] == "overdue"

    def test_of_a_unit_there_is_not_is_refused_by_name(self, api: TestClient) -> None:
        refused = api.get(LEDGER, params={"unit": "nobody"})
        assert refused.status_code == 404
        assert "nobody" in refused.text


class TestWorkdays:
    def test_the_due_date_comes_with_its_proof(self, api: TestClient) -> None:
        params = {"received": "2026-09-30", "days": "5"}
        due = api.get("/api/v1/workdays/due", params=params).json()
        assert (due["due_on"], due["provisional"]) == ("2026-10-13", False)
        assert sum(day["counted"] for day in due["proof"]) == 5
        assert due["proof"][0] == {"date": "2026-10-01", "counted": False, "why": "国庆节放假"}

    def test_an_instant_counts_from_its_beijing_day(self, api: TestClient) -> None:
        params = {"received": "2026-09-30T20:00:00+00:00", "days": "1"}
        due = api.get("/api/v1/workdays/due", params=params).json()
        assert due["proof"][0]["date"] == "2026-10-02"
