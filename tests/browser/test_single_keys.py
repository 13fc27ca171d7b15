"""Single keys leave no page on which something was typed and not sent."""

import pytest
from playwright.sync_api import Page, expect
from test_operator_flows import UNKNOWN, ask, sign_in

from qa_service.services import Services

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_key_of_the_menu_waits_for_what_was_typed(page: Page, services: Services) -> None:
    sign_in(page, services)
    ask(page, UNKNOWN)
    box = page.locator("form.register input[name=name]")
    if not box.is_visible():
        page.keyboard.press("2")
    box.fill("张女士")
    box.blur()
    here = page.url
    page.keyboard.press("r")
    page.wait_for_timeout(300)
    assert page.url == here
    expect(box).to_have_value("张女士")
    box.fill("")
    box.blur()
    page.keyboard.press("r")
    page.wait_for_url("**/coverage")
