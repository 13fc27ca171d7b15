"""What was typed into a long form survives an expired session and a lost connection."""

import pytest
from playwright.sync_api import Page, expect
from test_operator_flows import ONE_TIME, sign_in, type_through

from qa_service.services import Services
from qa_service.vocabulary import Role

pytestmark = pytest.mark.browser

QUESTION = "老房子加装电梯能领补助吗？"
ANSWER = "由所在街道受理，验收后申请。"
OFFER = "没有保存的内容"


def type_a_pair(page: Page) -> None:
    page.goto("/pairs/new")
    page.locator("#question").fill(QUESTION)
    page.locator("#answer").fill(ANSWER)


def test_an_expired_session_loses_nothing(page: Page, services: Services) -> None:
    sign_in(page, services, Role.EDITOR, Role.OPERATOR)
    type_a_pair(page)
    page.context.clear_cookies()
    page.locator("button[value=draft]").click()
    expect(page.locator("#login")).to_be_focused()
    type_through(page, "zuoxi", ONE_TIME)
    expect(page.locator("#question")).to_be_focused()
    page.goto("/pairs/new")
    expect(page.locator(".notice")).to_contain_text(OFFER)
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("#question")).to_have_value(QUESTION)
    expect(page.locator("#answer")).to_have_value(ANSWER)


def test_a_closed_page_loses_nothing_until_it_is_thrown_away(
    page: Page, services: Services
) -> None:
    sign_in(page, services, Role.EDITOR, Role.OPERATOR)
    type_a_pair(page)
    page.goto("/pairs/new")
    page.get_by_role("button", name="丢弃").click()
    page.goto("/pairs/new")
    expect(page.locator("#question")).to_have_value("")
    expect(page.locator(".notice")).to_have_count(0)


def test_what_was_saved_is_not_offered_again(page: Page, services: Services) -> None:
    sign_in(page, services, Role.EDITOR, Role.OPERATOR)
    type_a_pair(page)
    page.locator("#area").select_option("社会救助")
    page.locator("#unit").select_option(label="区民政局")
    page.locator("#phone_script").fill("验收后向街道申请。")
    page.locator("button[value=draft]").click()
    expect(page.locator(".notice")).to_contain_text("草稿已保存")
    page.goto("/pairs/new")
    expect(page.locator(".notice")).to_have_count(0)
