"""Every place where a text may stay after it was typed: files, index, log, messages, exports."""

import io
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from fastapi.testclient import TestClient
from openpyxl import load_workbook
from public_desk import sign_everything
from rest_client import Headers
from sqlmodel import select
from typer.testing import CliRunner
from visitor import Browser

from qa_service.cli.main import app as commands
from qa_service.integration.delivery import deliver_due
from qa_service.jobs.duty import JobContext
from qa_service.jobs.round import run_round
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.reporting.models import InspectionPackage
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.web.publishing.pack import build_pack

API = "/api/v1"
LISTS = ("/ledger", "/qa-pairs", "/policies", "/recalls")
PAGES = (
    "/bank/export.csv",
    "/bank/export.jsonl",
    "/bank/export.xlsx",
    "/reports/export.xlsx",
    "/units/export.xlsx",
    "/units/areas.xlsx",
    "/booklets/print",
    "/sent-answers",
    "/audit",
    "/desk/feed.atom",
    "/desk/booklets/print",
)
"""Addresses at which pages give out what the service holds."""


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


def delivered(services: Services) -> Listener:
    """What other systems got, once every message was sent and every job had run."""
    listener = Listener()
    everywhere = dict.fromkeys(Destination, listener)
    deliver_due(services.database, everywhere, now=services.clock.now())
    run_round(JobContext.of(services))
    deliver_due(services.database, everywhere, now=services.clock.now())
    return listener


def places(services: Services, listener: Listener, logged: Written) -> Iterator[tuple[str, bytes]]:
    """Everything that stays within the service, by name."""
    settings = services.settings
    for path in sorted(settings.data_dir.rglob("*")):
        if path.is_file():
            yield path.relative_to(settings.data_dir).as_posix(), path.read_bytes()
    for path in sorted(settings.index_dir.rglob("*")):
        if path.is_file():
            yield f"index/{path.name}", path.read_bytes()
    with services.database.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    yield "dump", dump.encode()
    yield "webhook and mail bodies", "".join(listener.bodies).encode()
    yield "log", "\n".join(logged.lines).encode()


def exports(
    services: Services, client: TestClient, headers: Headers, folder: Path, paths: Iterable[str]
) -> Iterator[tuple[str, bytes]]:
    """Everything that is given out: the workbook of the ledger, lists, the export of everything."""
    ledger = client.get(f"{API}/ledger/export.xlsx", headers=headers)
    yield "ledger.xlsx", cells_of(ledger.content)
    for page in (*LISTS, *paths):
        answer = client.get(API + page, headers=headers)
        assert answer.status_code == 200, page
        yield page, answer.content
    settings = services.settings
    environment = {
        "QA_DATA_DIR": str(settings.data_dir),
        "QA_CORPUS_DIR": str(settings.corpus_dir),
        "QA_INDEX_DIR": str(settings.index_dir),
    }
    result = CliRunner(env=environment).invoke(commands, ["export-everything", str(folder)])
    assert result.exit_code == 0, result.output
    for path in folder.iterdir():
        yield path.name, path.read_bytes()


def page_exports(services: Services, browser: Browser, folder: Path) -> Iterator[tuple[str, bytes]]:
    """What the pages give out: files of the bank, figures, packages, booklets and the pack.

    The bank is taken for signed, or booklets and the pack would hold nothing.
    """
    sign_everything(services)
    with session_scope(services.database, read_only=True) as session:
        packages = session.exec(select(InspectionPackage.id)).all()
    issued = [f"/reports/packages/{one}" for one in packages]
    paths = [*PAGES, *(f"{path}/{end}" for path in issued for end in ("export.xlsx", "print"))]
    for path in paths:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        is_book = path.endswith(".xlsx")
        yield path, cells_of(answer.content) if is_book else answer.content
    now = services.clock.now()
    written = build_pack(services.database, folder, now=now, days=7, printer=str.encode)
    assert len(written) == 3
    for path in written:
        yield path.name, path.read_bytes()


def cells_of(workbook: bytes) -> bytes:
    """The cells of every sheet, for the file itself is compressed."""
    book = load_workbook(io.BytesIO(workbook))
    cells = [str(cell.value) for sheet in book for row in sheet.rows for cell in row]
    return "\n".join(cells).encode()


def forms_of(value: str) -> list[bytes]:
    """How a text would stand in a file: as UTF-8, as UTF-16, as JSON and in an address."""
    escaped = json.dumps(value)[1:-1].encode()
    return [value.encode(), value.encode("utf-16-le"), escaped, quote(value).encode()]


def found_in(kept: Iterable[tuple[str, bytes]], values: Iterable[str]) -> list[tuple[str, str]]:
    """The places that hold one of the values, in any form, with the value."""
    forms = {value: forms_of(value) for value in values}
    return [
        (place, value)
        for place, content in kept
        for value, written in forms.items()
        if any(form in content for form in written)
    ]
