"""The page of a fallback pack opened from a disk: its search, its age, and no request anywhere."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from page_watch import Watch
from playwright.sync_api import Browser, Page
from public_desk import QUESTION, set_pair, sign_everything

from qa_service.services import Services
from qa_service.web.publishing.pack import build_pack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def page(chromium: Browser, services: Services, tmp_path: Path) -> Iterator[Page]:
    """The pack's page, opened without network at the time of the tests' clock."""
    sign_everything(services)
    set_pair(services, expires_on=date(2026, 11, 26))
    folder = tmp_path / "pack"
    now = services.clock.now()
    build_pack(services.database, folder, now=now, days=7, printer=lambda _page: None)
    watch = Watch("file://")
    context = chromium.new_context(offline=True, viewport={"width": 390, "height": 844})
    opened = context.new_page()
    watch.follow(opened)
    opened.clock.install(time=now)
    (file,) = folder.glob("*.html")
    opened.goto(file.as_uri())
    yield opened
    context.close()
    assert (watch.complaints, watch.strangers) == ([], [])


def questions(page: Page) -> list[str]:
    return page.locator("#found h3").all_inner_texts()


def test_finds_by_the_words_of_a_question_in_either_script(page: Page) -> None:
    for typed in ("社保卡丢了怎么补办", "社保卡丟了怎麼補辦", "补办社保卡 丢了"):
        page.fill("#words", typed)
        assert (typed, questions(page)[0]) == (typed, QUESTION)
        assert "请核对问题" in page.inner_text("#told")
        assert not page.is_visible("#all")
    page.fill("#words", "火星移民")
    assert questions(page) == []
    assert "没有含有这些字的答复" in page.inner_text("#told")
    page.click("button[type=reset]")
    page.wait_for_selector("#all:visible")
    assert page.locator("#all article").count() == 11
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_drops_what_has_ended_since_and_says_when_it_is_too_old(page: Page) -> None:
    assert not page.is_visible("#expired")
    for day, left, is_over in (("2026-11-27", 10, False), ("2026-12-01", 10, True)):
        page.clock.set_fixed_time(f"{day}T00:10:00+08:00")
        page.reload()
        assert page.locator("#all article").count() == left
        assert page.is_visible("#expired") is is_over
