"""The public desk in a browser: by keyboard, on a phone without JavaScript, in large type."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from page_watch import Watch
from playwright.sync_api import Browser, Page
from public_desk import KEY, QUESTION, signed_desk

from qa_service.services import Services

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ("/desk", f"/desk/answers/{KEY}", "/desk/answers", "/desk/policies", "/desk/policies/1")


@pytest.fixture
def app(services: Services) -> FastAPI:
    return signed_desk(services)


@pytest.fixture
def phone(chromium: Browser, watch: Watch, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A screen of 390 by 844 that runs no script."""
    context = chromium.new_context(
        base_url=watch.origin,
        viewport={"width": 390, "height": 844},
        java_script_enabled=False,
    )
    opened = context.new_page()
    watch.follow(opened)
    yield opened
    context.close()


def test_the_keyboard_leads_to_an_answer_that_is_read_aloud(page: Page, services: Services) -> None:
    page.add_init_script(
        "window.said = [];"
        "window.speechSynthesis.speak = (one) => window.said.push(one.text, one.lang);"
    )
    page.goto("/desk")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.focus("#q")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-verdict=answered]")
    assert page.input_value("#q") == QUESTION
    page.focus("[data-verdict=answered] h2 a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/answers/{KEY}")
    page.focus("[data-reads]")
    page.keyboard.press("Enter")
    assert page.evaluate("window.said") == ["先挂失，再带身份证到社保卡网点补办。", "zh-CN"]
    assert page.is_visible("[data-copies]")
    assert page.evaluate("document.querySelector('.share img').naturalWidth") > 100
    assert page.context.cookies() == []


@pytest.mark.parametrize("size", ["", "?type=large"])
def test_a_phone_without_scripts_reads_every_page(phone: Page, size: str) -> None:
    for path in PAGES:
        assert phone.goto(path + size)
        wide = phone.evaluate("document.documentElement.scrollWidth")
        assert (path, wide) == (path, 390)
        assert not phone.is_visible("[data-reads]")
    phone.goto(f"/desk{size}")
    phone.fill("#q", QUESTION)
    phone.press("#q", "Enter")
    phone.wait_for_selector("[data-verdict=answered]")
    assert ("type=large" in phone.url) == bool(size)
    assert phone.context.cookies() == []
