"""The menu and the lists at the sizes people use: a desk screen, a phone, and 200 % zoom."""

import pytest
from callback_entries import await_calls
from playwright.sync_api import Page
from visitor import PASSWORD, add_user

from qa_service.services import Services
from qa_service.vocabulary import Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "/todo",
    "/callbacks",
    "/ledger",
    "/queue",
    "/pairs",
    "/reviews",
    "/ledger/board",
    "/staff",
    "/calibration",
)
TOPS = "links => [...new Set(links.map(link => Math.round(link.getBoundingClientRect().top)))]"
HEIGHTS = "links => Math.max(...links.map(link => link.getBoundingClientRect().height))"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def administrator(page: Page, services: Services) -> Page:
    add_user(services, "guanli", *Role)
    await_calls(services)
    page.goto("/login")
    page.locator("#login").fill("guanli")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login" not in address)
    return page


def test_each_row_of_the_menu_is_one_line_on_a_desk_screen(administrator: Page) -> None:
    for path in PAGES:
        administrator.goto(path)
        for row in (".nav__groups", ".nav__pages:not(.is-away)"):
            links = administrator.locator(f"{row} a")
            if links.count():
                assert (path, row, len(links.evaluate_all(TOPS))) == (path, row, 1)


@pytest.mark.parametrize("width", [390, 640, 860, 1016])
def test_no_page_is_wider_than_the_screen_and_no_word_of_the_menu_is_broken(
    administrator: Page, width: int
) -> None:
    administrator.set_viewport_size({"width": width, "height": 800})
    for path in PAGES:
        administrator.goto(path)
        assert (path, administrator.evaluate(OVERFLOW)) == (path, 0)
        assert administrator.locator(".nav a:visible").evaluate_all(HEIGHTS) < 48
