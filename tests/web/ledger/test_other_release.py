"""Entries with values another release stored: shown as they are, by pages, sheet and REST."""

from io import BytesIO

import pytest
from entry_pages import ENTRY, NUMBER, QUESTION
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlalchemy import text
from visitor import Browse, Browser

from qa_service.services import Services
from qa_service.vocabulary import Role

STORED = (
    "UPDATE ledger_entry SET channel = 'pigeon', routed_by = 'oracle'",
    "UPDATE consultation SET channel = 'pigeon', verdict = 'perhaps'",
)


@pytest.fixture
def entry(operator: Browser, services: Services) -> str:
    """An entry with a channel, a routing rule and a verdict that this release does not know."""
    path = operator.post("/consultations", question=QUESTION, area="养老").headers["location"]
    operator.post(f"{path}/registration")
    with services.database.begin() as connection:
        for statement in STORED:
            connection.execute(text(statement))
    return ENTRY


def test_pages_show_the_stored_text(entry: str, operator: Browser, browse: Browse) -> None:
    page = operator.get(entry).text
    assert "pigeon" in page
    assert "oracle" in page
    assert NUMBER in operator.get("/ledger").text
    supervisor = browse("ducha", Role.SUPERVISOR)
    assert "pigeon" in supervisor.get("/audit/search-first").text
    (sheet,) = load_workbook(BytesIO(supervisor.get("/ledger/export.xlsx").content)).worksheets
    assert sheet["E2"].value == "pigeon"


def test_rest_gives_the_stored_text(entry: str, api: TestClient) -> None:
    found = api.get(f"/api/v1/ledger/{NUMBER}").json()
    assert (found["channel"], found["routed_by"]) == ("pigeon", "oracle")
    (listed,) = api.get("/api/v1/ledger").json()["items"]
    assert listed["channel"] == "pigeon"
    shown = api.get(f"/api/v1/consultations/{found['consultation_id']}").json()
    assert (shown["channel"], shown["verdict"]) == ("pigeon", "perhaps")
