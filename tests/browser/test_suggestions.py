"""The documents that an editor is offered while a citation is typed."""

import pytest
from pair_pages import PAIR
from playwright.sync_api import Page, Request, Route, expect
from visitor import PASSWORD, add_user

from qa_service.services import Services
from qa_service.vocabulary import Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CITED = PAIR["basis_document"]
WORDS = "社会救助 649"
BOX = "#basis-1"
OFFERED = "#documents option"
SUGGESTIONS = "**/policies/suggestions?*"


@pytest.fixture
def form(page: Page, services: Services) -> Page:
    """A new pair's form before an editor."""
    add_user(services, "bianji", Role.EDITOR)
    page.goto("/login?next=/pairs/new")
    page.locator("#login").fill("bianji")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "login" not in address)
    return page


def test_documents_that_hold_the_typed_words_are_offered(form: Page) -> None:
    form.locator(BOX).press_sequentially(WORDS)
    expect(form.locator(OFFERED)).to_have_count(1)
    assert form.locator(OFFERED).get_attribute("value") == CITED


def test_a_chosen_document_asks_for_no_more(form: Page) -> None:
    form.locator(BOX).press_sequentially(WORDS)
    expect(form.locator(OFFERED)).to_have_count(1)
    asked: list[Request] = []
    form.on("request", lambda request: asked.append(request))
    form.locator(BOX).fill(CITED)
    # Another box asks at once when it gets the focus, so what the first would have asked is before.
    form.locator("#basis-2").focus()
    with form.expect_response(SUGGESTIONS):
        form.locator("#basis-2").press_sequentially("契税")
    assert not [one for one in asked if "649" in one.url]


def test_an_answer_that_comes_late_does_not_replace_a_later_one(form: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "q=%E5%A5%91" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    form.route(SUGGESTIONS, hold)
    with form.expect_request("**/policies/suggestions?q=%E5%A5%91"):
        form.locator(BOX).fill("契")
    form.locator(BOX).fill(WORDS)
    expect(form.locator(OFFERED)).to_have_count(1)
    for route in held:
        with form.expect_response(route.request.url):
            route.continue_()
    expect(form.locator(OFFERED)).to_have_count(1)
    assert form.locator(OFFERED).get_attribute("value") == CITED


def test_without_suggestions_a_document_is_cited_by_its_name(form: Page) -> None:
    form.route(SUGGESTIONS, lambda route: route.fulfill(status=204))
    for name in ("question", "answer", "phone_script", "effective_from"):
        form.locator(f"#{name}").fill(PAIR[name])
    form.locator("#area").select_option(PAIR["area"])
    form.locator("#unit").select_option(PAIR["unit"])
    form.locator(BOX).fill(CITED)
    expect(form.locator(OFFERED)).to_have_count(0)
    form.locator("button[value=draft]").click()
    form.wait_for_url(lambda address: not address.endswith("/pairs/new"))
    expect(form.locator(BOX)).to_have_value(CITED)
