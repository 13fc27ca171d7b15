"""A citizen on a phone leaves a question, reads what became of it, and rates the reply."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from desk import ANSWER, Desk
from fastapi import FastAPI
from page_watch import Watch, keep_screenshot
from playwright.sync_api import Browser, Page
from public_desk import KEY, QUESTION, signed_desk

from qa_service.ledger.workflow.steps import find_by_number
from qa_service.services import Services
from qa_service.storage.engine import session_scope

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ASKED = "火星养老院怎么预约"
SANDBOX = "allow-forms allow-popups allow-popups-to-escape-sandbox"


class OtherSite(BaseHTTPRequestHandler):
    """A page of another site that loads the script whose address stands in its own."""

    def do_GET(self) -> None:
        page = f'<!doctype html><p>Other</p><script src="{self.path[1:]}"></script>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


@pytest.fixture
def other_site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), OtherSite) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def app(services: Services, other_site: str) -> FastAPI:
    services.settings.desk_origins = other_site
    return signed_desk(services)


@pytest.fixture
def phone(chromium: Browser, watch: Watch, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A screen of 390 by 844."""
    context = chromium.new_context(base_url=watch.origin, viewport={"width": 390, "height": 844})
    opened = context.new_page()
    watch.follow(opened)
    yield opened
    assert opened.context.cookies() == []
    context.close()


def look(page: Page, name: str) -> None:
    """Keep a picture; nothing may be wider than the screen."""
    keep_screenshot(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_question_its_state_its_reply_and_a_rating(
    phone: Page, services: Services, watch: Watch
) -> None:
    phone.goto(f"/desk/search?q={ASKED}")
    phone.click("text=留言提问")
    assert phone.input_value("#question") == ASKED
    look(phone, "desk-ask")
    phone.fill("#contact", "123")
    phone.press("#contact", "Enter")
    phone.wait_for_selector(".problem")
    assert phone.input_value("#question") == ASKED
    look(phone, "desk-ask-refused")
    phone.fill("#contact", "13800138000")
    phone.click("text=提交留言")
    phone.wait_for_selector("[data-receipt]")
    look(phone, "desk-receipt")
    number, code = phone.inner_text("[data-number]"), phone.inner_text("[data-code]")
    assert code not in phone.url
    phone.goto("/desk/question")
    look(phone, "desk-question")
    _open(phone, number, "AAAAA-AAAAA")
    phone.wait_for_selector("[role=alert]")
    look(phone, "desk-question-unknown")
    # The browser notes the status of both refused forms.
    assert [one.rsplit("status of ")[-1][:3] for one in watch.complaints] == ["422", "404"]
    watch.complaints.clear()
    _open(phone, number, code.lower())
    phone.wait_for_selector("text=等待签收")
    look(phone, "desk-state")
    with session_scope(services.database) as session:
        Desk(session, services.clock.now()).answered(find_by_number(session, number))
    phone.goto("/desk/question")
    _open(phone, number, code)
    phone.wait_for_selector("[data-reply]")
    assert ANSWER.phone_script in phone.inner_text("[data-reply]")
    look(phone, "desk-reply")
    phone.check("[value=satisfied]")
    phone.click("text=提交评价")
    phone.wait_for_selector("text=您的评价：满意")
    look(phone, "desk-rated")


def _open(phone: Page, number: str, code: str) -> None:
    phone.fill("#number", number)
    phone.fill("#code", code)
    phone.click("main button")


def test_a_page_from_the_browsers_memory_shows_nothing_of_the_last_visitor(phone: Page) -> None:
    phone.goto(f"/desk/ask?q={ASKED}&type=large")
    phone.fill("#contact", "13800138000")
    token = phone.input_value("[name=form]")
    with phone.expect_navigation():
        phone.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert (phone.input_value("#question"), phone.input_value("#contact")) == ("", "")
    assert phone.input_value("[name=form]") != token
    assert phone.url.endswith("/desk/ask?type=large")


def test_a_mistake_in_an_answer_and_a_rating_of_it(phone: Page, services: Services) -> None:
    services.settings.desk_work = 20_000
    phone.goto(f"/desk/answers/{KEY}")
    look(phone, "desk-answer")
    phone.click("text=答复有误或已过时")
    phone.fill("#complaint", "网点已经搬走")
    look(phone, "desk-wrong")
    phone.click("main button[type=submit]")
    phone.wait_for_selector("[data-receipt]")
    # Whoever goes back to it at a shared screen does not see the code.
    with phone.expect_navigation():
        phone.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert phone.url.endswith("/desk")
    phone.goto(f"/desk/answers/{KEY}")
    phone.click("text=基本满意")
    assert phone.is_checked("[value=mostly]")
    look(phone, "desk-rating")
    phone.click("text=提交评价")
    phone.wait_for_selector("text=谢谢您的评价")
    look(phone, "desk-rated-answer")
    phone.goto(f"/desk/ask?type=large&q={QUESTION}")
    phone.click("text=提交留言")
    phone.wait_for_selector("text=您问的可能已有答复")
    look(phone, "desk-found-large")


def test_another_site_shows_the_search_in_a_frame(
    chromium: Browser, origin: str, other_site: str
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{other_site}/{origin}/desk/embed/widget.js")
    frame = page.frame_locator("iframe")
    frame.locator("#q").fill(QUESTION)
    frame.locator("#q").press("Enter")
    frame.locator("[data-verdict=answered]").wait_for()
    keep_screenshot(page, "desk-embedded")
    assert page.locator("iframe").get_attribute("sandbox") == SANDBOX
    assert context.cookies() == []
    context.close()
