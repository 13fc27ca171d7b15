"""Whole errands by keyboard alone, as an operator on the telephone does them."""

import pytest
from playwright.sync_api import Page, expect
from reviewing import sign_next

from qa_service.accounts.users import create_user
from qa_service.knowledge.pairs.service import find_pair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ONE_TIME = "one-time-password"
OWN = "a password of my own"
PHONE_WIDTH = 390
KNOWN = "社保卡丢了怎么补办？"
UNKNOWN = "火星移民签证在哪个窗口盖章"
SEVERAL = "社保卡怎么办"
"""A question with two answers to choose from."""


def add_user(
    services: Services, *roles: Role, login: str = "zuoxi", must_change: bool = False
) -> None:
    with session_scope(services.database) as session:
        create_user(
            session,
            login,
            ONE_TIME,
            display_name="坐席一号" if login == "zuoxi" else login,
            roles=roles or (Role.OPERATOR,),
            now=services.clock.now(),
            must_change_password=must_change,
        )


def sign_in(page: Page, services: Services, *roles: Role, login: str = "zuoxi") -> None:
    add_user(services, *roles, login=login)
    page.goto("/")
    expect(page.locator("#login")).to_be_focused()
    type_through(page, login, ONE_TIME)
    expect(page.locator("#question")).to_be_focused()


def type_through(page: Page, *texts: str) -> None:
    """Type each text into one field after the other and press Enter in the last."""
    for place, text in enumerate(texts):
        if place:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


def ask(page: Page, question: str) -> None:
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    expect(page.locator(".verdict[data-focus]")).to_be_focused()


def tab_to(page: Page, selector: str) -> None:
    target = page.locator(selector)
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached by Tab")


def pick(page: Page, selector: str, label: str) -> None:
    tab_to(page, selector)
    chosen = page.locator(f"{selector} option:checked")
    for _ in range(30):
        if chosen.text_content() == label:
            return
        page.keyboard.press("ArrowDown")
    pytest.fail(f"{selector} does not offer {label}")


class TestSigningIn:
    def test_with_a_one_time_password_that_is_changed_at_once(
        self, page: Page, services: Services
    ) -> None:
        add_user(services, must_change=True)
        page.goto("/")
        expect(page.locator("#login")).to_be_focused()
        type_through(page, "zuoxi", ONE_TIME)
        expect(page.locator("#old_password")).to_be_focused()
        type_through(page, ONE_TIME, OWN, OWN)
        expect(page.locator("#question")).to_be_focused()


class TestAskingByKeyboard:
    def test_a_hit_is_told_with_key_one(self, page: Page, services: Services) -> None:
        sign_in(page, services)
        ask(page, KNOWN)
        expect(page.locator("#verdict")).to_contain_text("命中")
        page.keyboard.press("1")
        expect(page.locator(".done")).to_contain_text("已记录")
        expect(page.locator(".done")).to_be_focused()
        expect(page.locator("#announcement")).to_contain_text("告知了第 1 条")

    def test_a_wrong_key_is_taken_back_with_u(self, page: Page, services: Services) -> None:
        sign_in(page, services)
        ask(page, SEVERAL)
        page.keyboard.press("2")
        expect(page.locator(".done")).to_contain_text("已告知第 2 条")
        page.keyboard.press("u")
        expect(page.locator(".verdict")).to_be_focused()
        expect(page.locator(".done")).to_have_count(0)
        page.keyboard.press("1")
        expect(page.locator(".done")).to_contain_text("已告知第 1 条")

    def test_no_match_is_registered_with_key_zero(self, page: Page, services: Services) -> None:
        sign_in(page, services)
        ask(page, UNKNOWN)
        page.keyboard.press("0")
        expect(page.locator("#asker-phone")).to_be_focused()
        page.keyboard.press("Enter")
        done = page.locator(".done--registered")
        expect(done).to_contain_text("ZX20261124-0001")
        expect(done).to_contain_text("2026-12-01")
        expect(done).to_contain_text("第 5 个工作日")

    def test_digits_in_a_text_box_are_only_typed(self, page: Page, services: Services) -> None:
        sign_in(page, services)
        ask(page, UNKNOWN)
        tab_to(page, "#asker-phone")
        page.keyboard.type("10")
        expect(page.locator("#asker-phone")).to_have_value("10")
        expect(page.locator(".done")).to_have_count(0)

    @pytest.mark.parametrize("key", ["/", "Escape"])
    def test_the_way_back_to_the_box_selects_the_old_question(
        self, page: Page, services: Services, key: str
    ) -> None:
        sign_in(page, services)
        ask(page, UNKNOWN)
        page.keyboard.press(key)
        expect(page.locator("#question")).to_be_focused()
        ask(page, KNOWN)
        expect(page.locator(".asked q")).to_have_text(KNOWN)

    def test_an_unhandled_question_is_one_key_away(self, page: Page, services: Services) -> None:
        sign_in(page, services)
        ask(page, UNKNOWN)
        page.keyboard.press("/")
        ask(page, KNOWN)
        page.keyboard.press("a")
        expect(page.locator(".asked q")).to_have_text(UNKNOWN)
        expect(page.locator(".verdict")).to_be_focused()  # its scripts are there
        page.keyboard.press("0")
        page.keyboard.press("Enter")
        expect(page.locator(".done--registered")).to_be_focused()

    def test_the_result_survives_reloading_the_page(self, page: Page, services: Services) -> None:
        sign_in(page, services)
        ask(page, KNOWN)
        page.reload()
        expect(page.locator(".verdict")).to_be_focused()
        page.keyboard.press("1")
        expect(page.locator(".done")).to_contain_text("已记录")

    def test_the_help_opens_and_closes(self, page: Page, services: Services) -> None:
        sign_in(page, services)
        ask(page, KNOWN)
        page.keyboard.press("?")
        expect(page.locator("#key-help")).to_be_visible()
        page.keyboard.press("1")
        expect(page.locator(".done")).to_have_count(0)
        page.keyboard.press("Escape")
        expect(page.locator("#key-help")).to_be_hidden()

    def test_single_keys_switched_off_do_nothing_until_switched_on(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        ask(page, KNOWN)
        page.keyboard.press("?")
        tab_to(page, "#single-keys")
        page.keyboard.press("Space")
        page.reload()
        expect(page.locator(".verdict")).to_be_focused()
        page.keyboard.press("1")
        page.keyboard.press("?")
        expect(page.locator("#key-help")).to_be_hidden()
        page.keyboard.press("Escape")
        expect(page.locator("#question")).to_be_focused()
        page.get_by_role("button", name="键盘操作说明").click()
        page.locator("#single-keys").check()
        page.keyboard.press("Escape")
        expect(page.locator(".done")).to_have_count(0)
        page.locator("#main").focus()
        page.keyboard.press("1")
        expect(page.locator(".done")).to_contain_text("已记录")


class TestWritingAPair:
    def test_a_new_pair_is_found_once_it_is_reviewed(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.OPERATOR, Role.EDITOR)
        page.keyboard.press("Escape")
        page.keyboard.press("w")
        page.wait_for_url("**/pairs")
        page.keyboard.press("n")
        expect(page.locator("#area")).to_be_focused()
        pick(page, "#area", "社会救助")
        pick(page, "#unit", "区民政局")
        for box, text in (
            ("#question", "老房子加装电梯能领补助吗？"),
            ("#answer", "由所在街道受理，验收后申请。"),
            ("#phone_script", "验收后向街道申请。"),
            ("#basis-1", "社会救助暂行办法（国务院令第649号）〔修改〕"),
        ):
            tab_to(page, box)
            page.keyboard.type(text)
        pick(page, "#verified-1", "已核对")
        expect(page.locator("#phone_script-count")).to_have_text("9 / 80 个字")
        tab_to(page, "button[value=submit]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/review")
        review = page.url
        self.sign_the_first_stage(page, services, review)
        with session_scope(services.database) as session:
            pair = find_pair(session, int(review.split("/")[-2]))
            for stage in (Stage.SECOND, Stage.FINAL, Stage.CONFIDENTIALITY):
                sign_next(session, pair, stage, now=services.clock.now())
        page.locator("body").press("q")
        expect(page.locator("#question")).to_be_focused()
        ask(page, "老房子加装电梯能领补助吗")
        expect(page.locator(".candidate").first).to_contain_text("由所在街道受理")

    def sign_the_first_stage(self, page: Page, services: Services, review: str) -> None:
        page.locator(".account button").press("Enter")
        # Signing out ends on the sign-in page; typing before that would be lost with the old one.
        page.wait_for_url("**/login*")
        sign_in(page, services, Role.REVIEWER, Role.OPERATOR, login="shenhe")
        page.goto(review)
        assert page.evaluate("scrollY") == 0
        for statement in page.locator("input[name=statements]").all():
            statement.check()
        tab_to(page, "input[name=examined]")
        page.keyboard.press("Space")
        tab_to(page, "input[name=proofread]")
        page.keyboard.press("Space")
        tab_to(page, "button[value=pass]")
        page.keyboard.press("Enter")
        page.wait_for_url("**/reviews?done=signed*")
        expect(page.get_by_role("status")).to_contain_text("已签署")
        expect(page.locator("tbody")).to_contain_text("复审、保密审查")


class TestNarrowScreen:
    def test_no_page_scrolls_sideways(self, page: Page, services: Services) -> None:
        page.set_viewport_size({"width": PHONE_WIDTH, "height": 844})
        sign_in(page, services, Role.ADMIN, Role.OPERATOR)
        ask(page, UNKNOWN + "长" * 300)
        page.keyboard.press("0")
        page.keyboard.press("Enter")
        expect(page.locator(".done")).to_be_focused()
        paths = ("/", "/ledger", "/ledger/ZX20261124-0001", "/pairs", "/pairs/new", "/reviews")
        for path in (page.url, *paths):
            page.goto(path)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE_WIDTH, path
