"""Known personal data put through every entrance is then looked for wherever it may stay."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from rest_client import Headers, person_key
from reviewing import AFFIRMED
from security_data import PLANTED, SAID, plain_forms, writings
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


def core(written: str) -> str:
    """The part of a writing that is the person's: without the words around it."""
    cut = re.sub(
        r"^(?:身份证号?|证件号|护照|港澳通行证|军官证|微信|QQ |卡号|社保号|病历号|IMEI |座机|患者"
        r"|孩子叫|本人|我爸|我叫)",
        "",
        written,
    )
    return re.sub(r"(?:元旦前|先生|去年退休)$", "", cut)


def texts_of(limit: int) -> Iterator[str]:
    """All writings, in sentences of at most ``limit`` characters."""
    text = ""
    for said in writings():
        if len(text) + len(said) + 1 > limit:
            yield text
            text = ""
        text += f"{said}；"
    yield text


def forms_of(value: str) -> list[bytes]:
    escaped = json.dumps(value)[1:-1].encode()
    return [value.encode(), value.encode("utf-16-le"), escaped, quote(value).encode()]


@pytest.fixture
def written_everywhere(
    app: FastAPI, client: TestClient, services: Services, make_key: object, logged: Written
) -> Listener:
    """The ways in which people write personal data, through every door that takes text."""
    headers = make_key(*Scope)  # type: ignore[operator]
    add_user(services, "quan", *(role for role in Role if role is not Role.UNIT))
    browser = Browser(app)
    browser.sign_in("quan")
    doors = Doors(client, browser, headers)
    for said in writings():
        doors.ask(said)
    for typed in texts_of(450):
        doors.reason(typed)
    for typed in texts_of(90):
        doors.title(typed)
    listener = Listener()
    everywhere = {Destination.WEBHOOK: listener, Destination.MAIL: listener}
    deliver_due(services.database, everywhere, now=services.clock.now())
    run_round(JobContext.of(services))
    return listener


class Doors:
    """The page and the REST API, by what they take."""

    def __init__(self, client: TestClient, browser: Browser, headers: dict[str, str]) -> None:
        self._client, self._browser, self._headers = client, browser, headers

    def _post(self, path: str, body: dict[str, object], **more: str) -> int:
        headers = {**self._headers, **more}
        status = self._client.post(API + path, json=body, headers=headers).status_code
        assert status < 500, path
        return status

    def ask(self, said: str) -> None:
        """A question, its ids, a search, a complaint, a question of the page."""
        question = f"请问，{said}，火星养老院怎么约"
        ids = {"X-Request-Id": said, "Idempotency-Key": said} if said.isascii() else {}
        body = {"question": question, "channel": "hotline", "external_id": said}
        self._post("/consultations", body, **ids)
        assert self._post("/consultations", body) in (200, 201)
        self._client.get(f"{API}/search", params={"q": question}, headers=self._headers)
        assert self._post("/corrections", {"qa_id": 1, "complaint": question}) == 201
        self._browser.post("/consultations", question=question)

    def reason(self, text: str) -> None:
        """Reasons, opinions and notes of the ledger and of the bank."""
        for move, more in (
            ("assign", {"unit": "human-resources", "helpers": ["health"]}),
            ("accept", {}),
            ("opinion", {"opinion": text}),
            ("reply", {**_reply(), **CLEAN, "no_basis_reason": text, "by": "甲"}),
            ("extension-request", {}),
            ("extend", {"workdays": 1}),
            ("urge", {}),
            ("contact", {}),
        ):
            self._post(f"/ledger/{NUMBER}/{move}", {"reason": text, **more})
        self._post("/qa-pairs/2/withdraw", {"reason": text})
        for path in ("/pairs/3/withdraw", "/pairs/2/review", "/pairs/3/edit"):
            self._browser.post(path, reason=text, stage="first", note=text)
        self._browser.post("/upkeep/rework/1", outcome=text)

    def title(self, text: str) -> None:
        """Notes of word lists and titles of media."""
        self._browser.post("/words", dictionary="低保", synonyms="", note=text)
        self._browser.post("/pairs/1/media", title=text, kind="infographic")


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

    def test_no_way_of_writing_personal_data_stays_anywhere(
        self,
        written_everywhere: Listener,
        services: Services,
        logged: Written,
        client: TestClient,
        make_key: object,
    ) -> None:
        said = writings()
        assert len(said) >= 40
        with services.database.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM consultation")) >= 2 * len(said)
        headers = make_key(*Scope, days=3)  # type: ignore[operator]
        book = load_workbook(
            io.BytesIO(client.get(f"{API}/ledger/export.xlsx", headers=headers).content)
        )
        rows = "\n".join(str(cell.value) for sheet in book for row in sheet.rows for cell in row)
        kept = [
            *places(services, written_everywhere, "\n".join(logged.lines)),
            ("ledger export", rows.encode()),
        ]
        found = [
            (place, one)
            for place, content in kept
            for one in map(core, said)
            if any(form in content for form in forms_of(one))
        ]
        assert found == []
