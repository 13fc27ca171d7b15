"""Every page with hostile text in every field it shows, looked at for anything that ran."""

from urllib.parse import quote, urljoin, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from page_addresses import filled, page_routes
from page_forms import PageForms
from page_watch import Watch
from playwright.sync_api import Page
from visitor import Browser

from qa_service.accounts.api_keys import create_key
from qa_service.accounts.users import create_user
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Scope

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "a password of my own"
HOSTILE = (
    "<script>window.ran=1</script>",
    "\"><img src=x onerror='window.ran=1'>",
    "'-window.ran=1-'",
    "{{ 7*7 }}{% raw %}",
    "[x](javascript:window.ran=1)",
    "<svg/onload=window.ran=1>",
    "</textarea><iframe srcdoc='<script>parent.ran=1</script>'>",
)
TEXT = "".join(HOSTILE)
SHORT = "<img src=x onerror=window.ran=1>"
LEAVING = {"/login", "/logout", "/staff/users/quan"}
"""Forms that would sign the visitor out."""


@pytest.fixture
def poisoned(app: FastAPI, services: Services) -> dict[str, str]:
    """What each name in an address stands for, once hostile text is stored everywhere."""
    with session_scope(services.database) as session:
        now = services.clock.now()
        create_user(
            session,
            "quan",
            PASSWORD,
            display_name=SHORT,
            roles=tuple(Role),
            now=now,
            must_change_password=False,
            unit="human-resources",
        )
        key = create_key(session, SHORT, list(Scope), user="quan", days=1, now=now)
    client = TestClient(app, headers={"Authorization": f"Bearer {key}"})

    def post(path: str, **body: object) -> dict[str, object]:
        answer = client.post(f"/api/v1{path}", json=body)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    policy = {
        "key": "hostile",
        "title": TEXT,
        "document_number": SHORT,
        "issuer": SHORT,
        "validity": "有效",
        "is_public": True,
    }
    post("/policies", **policy)
    pair = post(
        "/qa-pairs",
        field="养老",
        unit="human-resources",
        question=TEXT[:120],
        variants=[SHORT + "一", SHORT + "二"],
        answer=TEXT,
        phone_script=SHORT,
        keywords=["<b onclick=1>"],
        effective_from="2026-01-01",
        basis=[{"policy": "hostile", "article": SHORT}],
    )
    asked = post(
        "/consultations", question=TEXT, channel="hotline", field="养老", asker={"name": SHORT}
    )
    entry = asked["ledger_entry"]
    assert isinstance(entry, dict)
    number = str(entry["number"])
    post(f"/ledger/{number}/urge", reason=TEXT[:400])
    post(f"/ledger/{number}/accept", reason=TEXT[:400])
    post("/corrections", qa_id=1, complaint=TEXT)
    post("/reports/packages", until="2026-12-31")
    return {
        "number": number,
        "pair_id": str(pair["qa_id"]),
        "policy_id": str(len(client.get("/api/v1/policies").json()["items"])),
        "consultation_id": str(asked["id"]),
        "login": "quan",
        "key": "test-card",
    }


def addresses(known: dict[str, str]) -> list[str]:
    return [filled(path, known) for path in page_routes() if not path.startswith("/oidc")]


def send_every_form(visitor: Browser, known: dict[str, str]) -> int:
    """Hostile text into every field of every form of every page; how many fields that were."""
    fields = 0
    for address in addresses(known):
        shown = visitor.get(address)
        for form in PageForms(shown.text).forms:
            goes_to = urljoin(address, form.action)
            if urlsplit(goes_to).path in LEAVING:
                continue
            for text in (TEXT, SHORT):
                answer = visitor.client.request(
                    form.method,
                    goes_to,
                    data=form.filled(text) if form.method == "post" else None,
                    params=form.filled(text) if form.method == "get" else None,
                    files=[(name, (text, text)) for name in form.uploads] or None,
                )
                assert answer.status_code < 500, goes_to
                told = PageForms(answer.text)
                assert not told.handlers, goes_to
                assert "iframe" not in told.elements, goes_to
            fields += len(form.typed) + len(form.uploads)
    return fields


def test_no_text_runs_on_any_page(
    page: Page, watch: Watch, app: FastAPI, poisoned: dict[str, str]
) -> None:
    visitor = Browser(app)
    visitor.sign_in("quan", PASSWORD)
    assert send_every_form(visitor, poisoned) > 250
    page.on("dialog", lambda _dialog: pytest.fail("a script ran"))
    page.goto("/login")
    page.fill("#login", "quan")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    visited = addresses(poisoned)
    assert len(visited) > 35
    with_text = 0
    for address in visited:
        page.goto(address)
        assert page.evaluate("window.ran") is None, address
        with_text += "window.ran" in page.content()
    hostile_searches = ("/ledger?unit=", "/policies?q=", "/audit?actor=", "/login?next=")
    for address in hostile_searches:
        page.goto(address + quote(TEXT))
        assert page.evaluate("window.ran") is None, address
    # A page that is not there, or is not asked what it needs, is loaded like any other.
    meant = [one for one in watch.complaints if "404" not in one and "422" not in one]
    watch.complaints[:] = meant
    # Enough pages show the text for the test to mean something.
    assert with_text >= 12
