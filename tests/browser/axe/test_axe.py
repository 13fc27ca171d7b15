"""Every page of the staff and of the public desk under axe: WCAG 2.2 A and AA, in Chromium.

The pages are read from the routers, so that a new one is looked at or named among the exceptions.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
from callback_entries import await_calls
from fastapi import FastAPI
from fastapi.testclient import TestClient
from leak_doors import Doors
from page_addresses import filled, page_routes
from playwright.sync_api import Page
from public_desk import KEY, QUESTION, set_law, set_version, sign_everything
from rest_client import person_key
from sqlmodel import col, select
from visitor import PASSWORD, Browser, add_user

from qa_service.accounts.models import Unit, User
from qa_service.consultation.models import Consultation
from qa_service.consultation.watch.models import ReplayChange, ReplayRun
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.policy_models import PolicyEnding
from qa_service.ledger.models import LedgerEntry
from qa_service.outbox.models import OutboxEvent
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, Role, Verdict

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = ((1280, 720), (390, 844))
TEXT = "请按程序办理，并说明办理情况"

NO_PAGES = {
    "/todo/counts": "JSON, for the menu",
    "/policies/suggestions": "JSON, for the boxes that name a document",
    "/desk/healthz": "plain text, for what watches the process",
    "/oidc": "leads to the sign-in of another system",
    "/oidc/back": "leads back from it to a page",
    "/call": "leads to the page of the call it opens",
}
"""Routes without a page of their own, and what they answer with."""

SIGNED_OUT = {"/login", "/reply/{token}"}
"""Pages of people who are not signed in, looked at as such."""

HALF_SIGNED_IN = {"/code"}
"""Pages of people whose code is awaited, looked at as such."""

UNSIGNED_ALONE = "/adoption/pairs/{pair_id}"
"""A page of pairs that nobody has signed yet; of others it leads to their versions."""

QUERIES = {"/reports/rows": "?figure=entries", "/desk/embed/search": "?q=社保卡"}
"""What the address of a page must ask besides."""

RUN = """
async ([tags, rules]) => {
    for (const one of document.querySelectorAll("details")) one.open = true;
    const runOnly = rules ? {type: "rule", values: rules} : {type: "tag", values: tags};
    const found = await axe.run(document, {runOnly, resultTypes: ["violations"]});
    return found.violations.flatMap(
        (fault) => fault.nodes.map((node) => `${fault.id}: ${node.target.join(" ")}`));
}
"""


def faults(page: Page, addresses: Iterable[str]) -> dict[str, list[str]]:
    """What axe finds on each page, in light at both sizes and in dark; empty if nothing.

    An address that shows no page, or leads to another, is a fault too.
    """
    found = {address: told for address in addresses if (told := faults_of(page, address))}
    page.emulate_media(color_scheme="light")
    return found


def faults_of(page: Page, address: str) -> list[str]:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    answer = page.goto(address)
    assert answer
    kind = answer.headers["content-type"].partition(";")[0]
    shown = (answer.status, kind, urlsplit(page.url).path)
    if shown != (200, "text/html", urlsplit(address).path):
        return [f"shows {shown}"]
    page.evaluate(AXE)
    told: list[str] = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        told += page.evaluate(RUN, [TAGS, None])
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    told += page.evaluate(RUN, [TAGS, ["color-contrast"]])
    return sorted(set(told))


def live_in(app: FastAPI, services: Services) -> str:
    """Fill the service through every door there is; the address of a unit's one-time link."""
    services.settings.public_url = "https://zhengce.example.cn"
    services.settings.smtp_host = "mail.example.cn"
    keys = []
    everybody = {"unit": "human-resources", "within": {Role.UNIT: ("education",)}}
    for login in ("jia", "yi"):
        add_user(services, login, *Role, **everybody)
        keys.append(person_key(services, login))
    add_user(services, "quan", *(role for role in Role if role is not Role.UNIT))
    browser = Browser(app)
    browser.sign_in("quan")
    doors = Doors(services, TestClient(app), browser, *keys)
    doors.ask("社保卡")
    for fill in (doors.policy, doors.callback, doors.circular, doors.pair, doors.aside):
        fill(TEXT)
    doors.entry(TEXT, TEXT)
    for fill in (doors.lists, doors.title, doors.notice, doors.tasks):
        fill(TEXT)
    assert doors.refused == []
    replay_a_night(services)
    await_calls(services)
    return send_link(browser, services)


def replay_a_night(services: Services) -> None:
    """A night's replay in which one question got another verdict."""
    now = services.clock.now()
    with session_scope(services.database) as session:
        asked = session.exec(select(Consultation.id)).first() or ""
        session.add(ReplayRun(id=1, fingerprint="1", total=9, asked=9, changed=1, started_at=now))
        session.flush()
        verdicts = {"before_verdict": Verdict.ANSWERED, "after_verdict": Verdict.UNMATCHED}
        session.add(ReplayChange(run_id=1, consultation_id=asked, **verdicts))


def send_link(browser: Browser, services: Services) -> str:
    path = browser.post("/consultations", question="木星公园几点关门").headers["location"]
    browser.post(f"{path}/registration", unit="education")
    with session_scope(services.database, read_only=True) as session:
        number = session.exec(select(LedgerEntry.number).order_by(col(LedgerEntry.id))).all()[-1]
    with session_scope(services.database) as session:
        unit = session.exec(select(Unit).where(Unit.key == "education")).one()
        unit.email = "unit@example.cn"
        session.add(unit)
    browser.post(f"/ledger/{number}/send_link")
    with session_scope(services.database, read_only=True) as session:
        for mail in session.exec(select(OutboxEvent).where(OutboxEvent.topic == "mail")):
            found = re.search(r"https://zhengce\.example\.cn(/reply/\S+)", str(mail.payload))
            if found:
                return found[1].split("\\n")[0]
    raise AssertionError("no link was sent")


def records(services: Services) -> Iterator[dict[str, str]]:
    """The ids of records to look at: an entry of each state, a pair of each, a document ended."""
    with session_scope(services.database, read_only=True) as session:
        entries = {one.state: one.number for one in session.exec(select(LedgerEntry))}
        pairs = {one.status: str(one.id) for one in session.exec(select(QAPair))}
        ended = [str(one.document_id) for one in session.exec(select(PolicyEnding))]
    yield from ({"number": number} for number in entries.values())
    yield from ({"pair_id": pair} for pair in pairs.values())
    yield from ({"policy_id": document} for document in ended[-1:])


def staff_pages(known: dict[str, str], services: Services) -> list[str]:
    """Every page of staff, those of one record once for each of ``records``."""
    elsewhere = {*NO_PAGES, *SIGNED_OUT, *HALF_SIGNED_IN}
    routes = [
        path for path in page_routes() if path not in elsewhere and not path.startswith("/desk")
    ]
    each = [
        filled(path, known | one) + QUERIES.get(path, "")
        for one in records(services)
        for path in routes
        if path != UNSIGNED_ALONE or "pair_id" not in one
    ]
    return list(dict.fromkeys(each))


def sign_in(page: Page, login: str) -> None:
    page.goto("/login")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login" not in address)


def known_records(services: Services) -> dict[str, str]:
    with session_scope(services.database, read_only=True) as session:
        asked = session.exec(select(Consultation.id).order_by(col(Consultation.created_at))).first()
        waiting = LedgerEntry.state == EntryState.APPROVED
        number = session.exec(select(LedgerEntry.number).where(waiting)).first()
    return {"consultation_id": asked or "", "number": number or "", "login": "yi", "key": KEY}


@pytest.mark.timeout(1200)
def test_pages_of_staff(page: Page, app: FastAPI, services: Services) -> None:
    link = live_in(app, services)
    assert faults(page, ["/login", link]) == {}
    sign_in(page, "jia")
    pages = staff_pages(known_records(services), services)
    assert len(pages) > 80
    assert faults(page, pages) == {}


def test_the_page_that_asks_for_a_code(page: Page, services: Services) -> None:
    add_user(services, "ma")
    with session_scope(services.database) as session:
        user = session.exec(select(User).where(User.login == "ma")).one()
        user.totp_sealed = services.cipher.encrypt(pyotp.random_base32())
        user.totp_step = 0
        session.add(user)
    sign_in(page, "ma")
    assert faults(page, ["/code"]) == {}


def test_pages_of_the_public_desk(page: Page, services: Services) -> None:
    sign_everything(services)
    set_version(services, audience="退休人员")
    known = {
        "key": KEY,
        "policy_id": str(set_law(services, interpretation_link="https://law.example")),
    }
    pages = [
        filled(path, known) + QUERIES.get(path, "")
        for path in page_routes()
        if path.startswith("/desk") and path not in NO_PAGES
    ]
    pages += [f"/desk/search?q={words}" for words in (QUESTION, "社保卡", "火星移民基地几点开门")]
    ways = ("", "type=large", "script=hant")
    every = [f"{path}{'&' if '?' in path else '?'}{way}" for path in pages for way in ways]
    assert len(every) > 25
    assert faults(page, every) == {}
