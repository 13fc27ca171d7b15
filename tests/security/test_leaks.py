"""Known personal data put through every entrance is then looked for wherever it may stay."""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from rest_client import Headers, person_key
from reviewing import AFFIRMED
from security_data import PLANTED, SAID, plain_forms
from sqlalchemy import text
from sqlmodel import col, select
from typer.testing import CliRunner
from visitor import Browser, add_user

from qa_service.cli.main import app as commands
from qa_service.integration.delivery import deliver_due
from qa_service.jobs.duty import JobContext
from qa_service.jobs.round import run_round
from qa_service.ledger.models import LedgerEntry
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, Role, Scope

NUMBER = "ZX20261124-0001"
_REGISTERED = re.compile(r"/ledger/ZX\d{8}-\d{4}")
API = "/api/v1"


class Listener:
    """Takes every event as another system would get it."""

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def deliver(self, event: OutboxEvent) -> None:
        self.bodies.append(f"{event.topic}{event.subject}{event.payload}")


class Written(logging.Handler):
    """Everything the service logs, at every level; the test's own client is left out."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("httpx"):
            self.lines.append(self.format(record))


@pytest.fixture
def logged() -> Iterator[Written]:
    root, written = logging.getLogger(), Written()
    level = root.level
    root.addHandler(written)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(written)
    root.setLevel(level)
    assert any(line.startswith("request:") for line in written.lines)
    assert not any(value in str(written.lines) for value in PLANTED.values())


@pytest.fixture
def planted(
    app: FastAPI, client: TestClient, services: Services, make_key: object, logged: object
) -> Listener:
    """What an operator, a unit, a supervisor and the hotline's software typed all over."""
    system = make_key(*Scope)  # type: ignore[operator]
    everybody = {"unit": "human-resources", "within": {Role.UNIT: ("education",)}}
    keys = []
    for login in ("jia", "yi"):
        add_user(services, login, *Role, **everybody)
        keys.append(person_key(services, login))
    _by_software(client, system, *keys)
    add_user(services, "quan", *(role for role in Role if role is not Role.UNIT))
    _by_hand(Browser(app))
    listener = Listener()
    everywhere = {Destination.WEBHOOK: listener, Destination.MAIL: listener}
    deliver_due(services.database, everywhere, now=services.clock.now())
    run_round(JobContext.of(services))
    return listener


def _by_software(client: TestClient, system: Headers, author: Headers, approver: Headers) -> None:
    def post(path: str, headers: Headers = system, **body: object) -> None:
        assert client.post(API + path, json=body, headers=headers).status_code < 500, path

    asker = {"name": PLANTED["name"], "phone": PLANTED["mobile"]}
    post("/consultations", question=f"{SAID}火星养老院怎么约", channel="hotline", asker=asker)
    client.get(f"{API}/search", params={"q": SAID}, headers=system)
    for move, more in (
        ("return", {}),
        ("assign", {"unit": "human-resources"}),
        ("accept", {}),
        ("opinion", {"opinion": SAID}),
        ("reply", _reply()),
        ("reply", {**_reply(), **CLEAN}),
        ("review", {"approve": True, "reply": 1, "statements": AFFIRMED}),
        ("extension-request", {}),
        ("extend", {"workdays": 1}),
        ("urge", {}),
        ("callbacks", {"outcome": "not_reached", "note": SAID}),
        ("contact", {}),
        ("decline", {}),
        ("close", {}),
    ):
        headers = approver if move == "review" else author
        post(f"/ledger/{NUMBER}/{move}", headers, **{"reason": SAID, **more})
    post("/corrections", qa_id=1, complaint=SAID)


CLEAN = {
    "question": "火星养老院如何预约",
    "answer": "目前没有火星养老院，请在本区养老服务平台预约。",
    "phone_script": "请在本区养老服务平台预约。",
    "no_basis_reason": "属操作指引",
}


def _reply() -> dict[str, object]:
    return {
        "field": "养老",
        "question": SAID[:60],
        "answer": SAID,
        "phone_script": SAID[:70],
        "effective_from": "2026-11-01",
        "no_basis_reason": SAID,
        "is_public": True,
    }


def _by_hand(browser: Browser) -> None:
    browser.sign_in("quan")
    asked = browser.post("/consultations", question=f"{SAID}月球医保怎么报", area="医疗")
    path = asked.headers["location"]
    asker = {"name": PLANTED["name"], "phone": PLANTED["mobile"]}
    browser.post(f"{path}/registration", seen=NUMBER, **asker)
    browser.get(path)
    entry = _REGISTERED.search(browser.get(path).text)
    assert entry
    for verb in ("extend", "urge", "reveal", "assign"):
        browser.post(f"{entry[0]}/{verb}", reason=SAID, workdays=1, unit="health")
    browser.post("/pairs/1/corrections", complaint=SAID)
    browser.post("/pairs/1/withdraw", reason="已过时")
    browser.get("/audit")
    browser.post("/login", on="/login", login=PLANTED["mobile"], password="not a password at all")
    browser.get("/ledger", **{"X-Nobody-Reads": "1"})
    browser.client.get("/ledger", params={"unit": SAID, "after": SAID})
    browser.client.get(f"/nowhere/{PLANTED['mobile']}")


def places(services: Services, listener: Listener, logged: str) -> Iterator[tuple[str, bytes]]:
    """Everything that stays, by name."""
    settings = services.settings
    for path in sorted(settings.data_dir.glob("qa_service.db*")):
        yield path.name, path.read_bytes()
    for path in sorted(settings.index_dir.rglob("*")):
        if path.is_file():
            yield f"index/{path.name}", path.read_bytes()
    with services.database.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    yield "dump", dump.encode()
    yield "webhook and mail bodies", "".join(listener.bodies).encode()
    yield "log", logged.encode()


class TestLeaks:
    def test_nothing_that_stays_holds_a_person(
        self, planted: Listener, services: Services, logged: Written
    ) -> None:
        assert planted.bodies
        assert logged.lines
        with services.database.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM asker")) == 2
            assert connection.scalar(text("SELECT count(*) FROM callback")) == 1
        found = [
            (place, kind)
            for place, content in places(services, planted, "\n".join(logged.lines))
            for kind, forms in plain_forms().items()
            if any(form in content for form in forms)
        ]
        assert found == []

    def test_no_export_holds_a_person(
        self,
        planted: Listener,
        services: Services,
        client: TestClient,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        headers = person_key(services, "jia")
        files = {}
        ledger = client.get(f"{API}/ledger/export.xlsx", headers=headers)
        book = load_workbook(io.BytesIO(ledger.content))
        rows = [str(cell.value) for sheet in book for row in sheet.rows for cell in row]
        files["ledger"] = "\n".join(rows).encode()
        for page in ("/ledger", f"/ledger/{NUMBER}", "/qa-pairs", "/recalls"):
            files[page] = client.get(API + page, headers=headers).content
        monkeypatch.setenv("QA_DATA_DIR", str(services.settings.data_dir))
        monkeypatch.setenv("QA_CORPUS_DIR", str(services.settings.corpus_dir))
        monkeypatch.setenv("QA_INDEX_DIR", str(services.settings.index_dir))
        result = CliRunner().invoke(commands, ["export-everything", str(tmp_path / "all")])
        assert result.exit_code == 0, result.output
        for path in (tmp_path / "all").iterdir():
            files[path.name] = path.read_bytes()
        assert len(files) > 20
        found = [
            (name, kind)
            for name, content in files.items()
            for kind, forms in plain_forms().items()
            if any(form in content for form in forms)
        ]
        assert found == []

    def test_whoever_calls_back_still_learns_whom_to_call(
        self, planted: Listener, client: TestClient, services: Services
    ) -> None:
        headers = person_key(services, "jia", scopes=[Scope.LEDGER])
        with session_scope(services.database, read_only=True) as session:
            is_open = (LedgerEntry.state != EntryState.CLOSED) & col(LedgerEntry.asker_id).is_not(
                None
            )
            number = session.exec(select(LedgerEntry.number).where(is_open)).first()
        answer = client.post(
            f"{API}/ledger/{number}/contact", json={"reason": "回复"}, headers=headers
        )
        assert answer.json() == {"name": PLANTED["name"], "phone": PLANTED["mobile"]}
