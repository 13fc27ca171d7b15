"""An answer on paper, with nothing squeezed or of other callers, and the cursor after a refusal."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect
from visitor import PASSWORD, add_user

from qa_service.services import Services

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAPER = ViewportSize(width=794, height=1123)
"""An A4 page in CSS pixels."""


@pytest.fixture
def operator(page: Page, services: Services) -> Page:
    add_user(services, "zuoxi")
    page.goto("/login")
    page.fill("#login", "zuoxi")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    return page


def test_an_answer_is_printed_in_one_column_without_forms_and_waiting_callers(
    operator: Page,
) -> None:
    operator.locator("#question").fill("社保卡丢了怎么补办")
    operator.keyboard.press("Enter")
    script = operator.locator(".candidate:visible .script p")
    expect(script).to_be_visible()
    operator.set_viewport_size(PAPER)
    operator.emulate_media(media="print")
    for hidden in ("#ask", ".waiting", ".register", ".asides"):
        expect(operator.locator(hidden)).to_be_hidden()
    chosen = operator.locator(".chosen").bounding_box()
    assert chosen
    assert chosen["width"] > 0.9 * PAPER["width"]


def test_the_cursor_is_in_the_box_that_was_refused(operator: Page, services: Services) -> None:
    services.settings.public_url = "https://qa.example"
    services.settings.sms_url = "https://sms.example/send"
    operator.locator("#question").fill("社保卡丢了怎么补办？")
    operator.keyboard.press("Enter")
    expect(operator.locator(".verdict")).to_be_focused()
    operator.keyboard.press("1")
    operator.locator("#send-to").fill("12")
    operator.keyboard.press("Enter")
    expect(operator.get_by_text("短信须发到 11 位手机号")).to_be_visible()
    expect(operator.locator("#send-to")).to_be_focused()
