"""Figures and inspection packages over REST."""

from fastapi.testclient import TestClient
from rest_client import KeyMaker

from qa_service.reporting.figures.table import FIGURES
from qa_service.vocabulary import Role, Scope

FIGURES_PATH = "/api/v1/reports/figures"
PACKAGES_PATH = "/api/v1/reports/packages"
QUARTER = {"since": "2026-10-01", "until": "2026-12-31"}


def ask(api: TestClient) -> None:
    body = {"question": "火星移民怎么报名？", "channel": "hotline"}
    assert api.post("/api/v1/consultations", json=body).status_code == 201


class TestFigures:
    def test_are_those_of_the_table_with_their_definitions(self, api: TestClient) -> None:
        ask(api)
        found = api.get(FIGURES_PATH, params={**QUARTER, "by": "channel"}).json()
        assert [one["name"] for one in found["items"]] == [one.name for one in FIGURES]
        values = {one["name"]: one for one in found["items"]}
        assert values["consultations"]["value"] == 1
        assert values["unmatched_rate"]["value"] == 100.0
        assert values["on_time_rate"]["value"] is None
        assert values["entries"]["denominator"] is None
        assert values["response_rate"]["excluded"] == "作废的台账"
        (row,) = found["breakdown"]
        assert (row["key"], row["label"]) == ("hotline", "12345热线")

    def test_of_a_period_without_records_are_null(self, api: TestClient) -> None:
        ask(api)
        found = api.get(FIGURES_PATH, params={"since": "2020-01-01", "until": "2020-02-01"}).json()
        assert {one["value"] for one in found["items"]} == {None}

    def test_bad_input_has_a_code(self, api: TestClient) -> None:
        turned = {"since": "2026-10-02", "until": "2026-10-01"}
        assert api.get(FIGURES_PATH, params=turned).json()["code"] == "invalid_period"
        assert api.get(FIGURES_PATH, params={"unit": "nowhere"}).json()["code"] == "unit_not_found"
        assert api.get(FIGURES_PATH, params={"field": "没有"}).json()["code"] == "area_not_found"
        assert api.get(FIGURES_PATH, params={"by": "x"}).json()["code"] == "invalid_request"

    def test_concern_every_unit(
        self, client: TestClient, make_key: KeyMaker, make_person_key: KeyMaker
    ) -> None:
        assert client.get(FIGURES_PATH, headers=make_key(Scope.REPORTS)).status_code == 200
        of_unit = make_key(Scope.REPORTS, unit="education")
        assert client.get(FIGURES_PATH, headers=of_unit).json()["code"] == "not_permitted"
        of_staff = make_person_key("chengban", Role.UNIT)
        assert client.get(FIGURES_PATH, headers=of_staff).json()["code"] == "not_permitted"
        other = make_key(Scope.LEDGER)
        assert client.get(FIGURES_PATH, headers=other).json()["code"] == "scope_missing"


class TestPackages:
    def test_are_issued_by_a_person_listed_and_kept(self, api: TestClient) -> None:
        ask(api)
        issued = api.post(PACKAGES_PATH, json=QUARTER)
        assert issued.status_code == 201
        number = issued.json()["id"]
        ask(api)
        kept = api.get(f"{PACKAGES_PATH}/{number}").json()
        assert kept["is_unchanged"]
        values = {one["name"]: one["value"] for one in kept["content"]["figures"]}
        assert values["entries"] == 1
        (listed,) = api.get(PACKAGES_PATH).json()["items"]
        assert listed == issued.json()
        sheet = api.get(f"{PACKAGES_PATH}/{number}/export.xlsx")
        assert sheet.content.startswith(b"PK")

    def test_a_repeated_request_issues_one(self, api: TestClient) -> None:
        ask(api)
        headers = {"Idempotency-Key": "once"}
        first = api.post(PACKAGES_PATH, json=QUARTER, headers=headers)
        again = api.post(PACKAGES_PATH, json=QUARTER, headers=headers)
        assert first.json() == again.json()
        assert len(api.get(PACKAGES_PATH).json()["items"]) == 1

    def test_a_period_without_records_is_refused(self, api: TestClient) -> None:
        refused = api.post(PACKAGES_PATH, json=QUARTER)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_period")
        assert "没有记录" in refused.json()["detail"]

    def test_a_system_issues_none(self, client: TestClient, make_key: KeyMaker) -> None:
        refused = client.post(PACKAGES_PATH, json=QUARTER, headers=make_key(Scope.SUPERVISE))
        assert refused.json()["code"] == "person_key_required"

    def test_an_unknown_one_is_not_found(self, api: TestClient) -> None:
        assert api.get(f"{PACKAGES_PATH}/99").json()["code"] == "package_not_found"


def test_the_ledger_sheet_has_a_short_form_and_a_period(api: TestClient) -> None:
    ask(api)
    sheet = api.get("/api/v1/ledger/export.xlsx", params={**QUARTER, "form": "short"})
    assert sheet.content.startswith(b"PK")
    assert api.get("/api/v1/ledger", params={"until": "2026-11-23"}).json()["items"] == []
    assert len(api.get("/api/v1/ledger", params={"since": "2026-11-24"}).json()["items"]) == 1
    for path in ("/api/v1/ledger", "/api/v1/ledger/export.xlsx"):
        turned = api.get(path, params={"since": "2026-12-02", "until": "2026-12-01"})
        assert turned.json()["code"] == "invalid_request"
        assert api.get(path, params={"unit": "nowhere"}).json()["code"] == "unit_not_found"
