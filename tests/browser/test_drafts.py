"""What was typed into a form survives an expired session and a lost connection."""

import json

import pytest
from actors import person
from page_watch import Watch
from playwright.sync_api import Page, expect
from test_operator_flows import KNOWN, ONE_TIME, UNKNOWN, add_user, ask, sign_in, type_through

from qa_service.accounts.users import create_user
from qa_service.ledger.routing import route
from qa_service.ledger.service import Registration
from qa_service.ledger.service import register as register_entry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea, Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUESTION = "老房子加装电梯能领补助吗？"
ANSWER = "由所在街道受理，验收后申请。"
OFFER = "没有保存的内容"
RESTORED = "已恢复"
NUMBER = "ZX20261124-0001"
PAUSE_BEFORE_SERVER_MS = 5000


def type_a_pair(page: Page) -> None:
    page.goto("/pairs/new")
    page.locator("#question").fill(QUESTION)
    page.locator("#answer").fill(ANSWER)


def sign_in_again(page: Page, login: str = "zuoxi") -> None:
    expect(page.locator("#login")).to_be_focused()
    type_through(page, login, ONE_TIME)
    expect(page.locator("body[data-user]")).to_have_count(1)
    expect(page.locator("#login")).to_have_count(0)


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="退出", exact=True).click()
    expect(page.locator("#login")).to_be_focused()


def stored(page: Page) -> str:
    return str(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])"))


def register(page: Page) -> None:
    ask(page, UNKNOWN)
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_be_focused()


def enter_a_units_question(services: Services) -> None:
    """An entry of one unit, and the user of that unit who replies to it."""
    now = services.clock.now()
    with session_scope(services.database) as session:
        create_user(
            session,
            "chengban",
            ONE_TIME,
            display_name="承办甲",
            roles=(Role.UNIT,),
            now=now,
            must_change_password=False,
            unit="human-resources",
        )
        entry = register_entry(
            session,
            Registration(UNKNOWN, PolicyArea.ELDERLY_CARE, None, None, now),
            route=route(session, area=PolicyArea.ELDERLY_CARE, nearest_unit=None),
            calendar=services.calendar,
            workdays=5,
            actor=person("坐席甲"),
            now=now,
        )
        assert entry.number == NUMBER


class TestExpiredSession:
    def test_gives_a_pair_back_on_its_page(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        type_a_pair(page)
        page.context.clear_cookies()
        page.locator("button[value=draft]").click()
        sign_in_again(page)
        expect(page.locator("[data-draft]")).to_contain_text(RESTORED)
        expect(page.locator("#question")).to_have_value(QUESTION)
        expect(page.locator("#answer")).to_have_value(ANSWER)

    def test_gives_a_units_reply_back_even_after_a_refused_one(
        self, page: Page, services: Services, watch: Watch
    ) -> None:
        enter_a_units_question(services)
        page.goto(f"/ledger/{NUMBER}")
        expect(page.locator("#login")).to_be_focused()
        type_through(page, "chengban", ONE_TIME)
        page.get_by_role("button", name="签收").click()
        form = page.locator(f"form[action='/ledger/{NUMBER}/draft']")
        form.get_by_role("button", name="提交审核").click()
        expect(form.locator(".problem").first).to_be_visible()
        # Chromium notes the status of the refusal, which is meant.
        watch.complaints[:] = [one for one in watch.complaints if "422" not in one]
        form.locator("#answer").fill(ANSWER)
        page.context.clear_cookies()
        form.get_by_role("button", name="提交审核").click()
        sign_in_again(page, "chengban")
        page.wait_for_url(f"**/ledger/{NUMBER}")
        expect(form.locator("#answer")).to_have_value(ANSWER)
        expect(form.locator("#answer")).to_be_visible()

    def test_gives_the_reason_of_a_reassignment_back_in_its_panel(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN)
        register(page)
        page.goto(f"/ledger/{NUMBER}")
        form = page.locator(f"form[action='/ledger/{NUMBER}/assign']")
        page.locator("summary", has_text="改派").click()
        form.locator("textarea").fill("职责不属于原单位")
        page.context.clear_cookies()
        form.get_by_role("button", name="交办").click()
        sign_in_again(page)
        page.wait_for_url(f"**/ledger/{NUMBER}")
        expect(form.locator("textarea")).to_have_value("职责不属于原单位")
        expect(form.locator("textarea")).to_be_visible()

    def test_gives_the_question_and_the_callers_data_back_in_the_same_tab(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        page.context.clear_cookies()
        type_through(page, UNKNOWN)
        sign_in_again(page)
        expect(page.locator("#question")).to_have_value(UNKNOWN)
        page.locator("#question").press("Enter")
        expect(page.locator(".verdict[data-focus]")).to_be_focused()
        page.locator("#asker-name").fill("张女士")
        page.locator("#asker-phone").fill("13800000000")
        assert "13800000000" not in str(page.evaluate("JSON.stringify({...localStorage})"))
        page.context.clear_cookies()
        page.locator("#asker-phone").press("Enter")
        sign_in_again(page)
        expect(page.locator("#asker-name")).to_have_value("张女士")
        expect(page.locator("#asker-phone")).to_have_value("13800000000")
        page.locator("#asker-phone").press("Enter")
        expect(page.locator(".done")).to_be_focused()
        assert "13800000000" not in stored(page)

    def test_gives_nothing_to_another_user_of_the_browser(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        add_user(services, Role.EDITOR, Role.OPERATOR, login="linju")
        type_a_pair(page)
        page.context.clear_cookies()
        page.locator("button[value=draft]").click()
        sign_in_again(page, "linju")
        page.goto("/pairs/new")
        expect(page.locator("#question")).to_have_value("")
        expect(page.locator("[data-draft]")).to_have_count(0)


class TestLostConnection:
    def test_leaves_the_form_as_it_is(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        type_a_pair(page)
        page.context.set_offline(True)
        page.locator("button[value=draft]").click()
        expect(page.locator("[data-draft]")).to_contain_text("网络已断开")
        expect(page.locator("#answer")).to_have_value(ANSWER)
        page.context.set_offline(False)
        page.goto("/pairs/new")
        expect(page.locator("[data-draft]")).to_contain_text(OFFER)
        page.get_by_role("button", name="恢复").click()
        expect(page.locator("#answer")).to_have_value(ANSWER)


class TestDraft:
    def test_is_kept_until_it_is_thrown_away(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        type_a_pair(page)
        page.goto("/pairs/new")
        page.get_by_role("button", name="丢弃").click()
        page.goto("/pairs/new")
        expect(page.locator("#question")).to_have_value("")
        expect(page.locator("[data-draft]")).to_have_count(0)

    def test_that_was_saved_is_not_offered_again(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        type_a_pair(page)
        page.locator("#area").select_option("社会救助")
        page.locator("#unit").select_option(label="区民政局")
        page.locator("#phone_script").fill("验收后向街道申请。")
        page.locator("button[value=draft]").click()
        expect(page.locator(".notice--ask")).to_contain_text("草稿已保存")
        page.goto("/pairs/new")
        expect(page.locator("[data-draft]")).to_have_count(0)
        assert ANSWER not in stored(page)

    def test_is_on_the_server_for_another_computer(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        with page.expect_response(lambda answer: answer.url.endswith("/drafts")) as kept:
            type_a_pair(page)
        assert kept.value.status == 204
        page.evaluate("localStorage.clear()")
        page.goto("/pairs/new")
        expect(page.locator("[data-draft]")).to_contain_text("服务器留有您")
        page.locator("[data-draft]").get_by_role("button", name="恢复").click()
        expect(page.locator("#answer")).to_have_value(ANSWER)

    def test_the_answer_is_previewed_beside_it(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        page.goto("/pairs/new")
        page.locator("#answer").fill("1. 取号\n2. **交表**")
        page.get_by_role("button", name="预览").click()
        expect(page.locator("#answer-preview ol > li")).to_have_count(2)

    def test_is_gone_after_sign_out_in_every_tab(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        page.clock.install()
        type_a_pair(page)
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        other = page.context.new_page()
        other.goto("/")
        other.locator("#question").fill(KNOWN)
        sign_out(other)
        page.locator("#answer").fill(ANSWER + "再写一句。")
        page.clock.fast_forward(PAUSE_BEFORE_SERVER_MS)
        assert ANSWER not in stored(page)
        assert not [url for url in sent if "/drafts" in url]
        assert KNOWN not in stored(other)
        add_user(services, Role.EDITOR, Role.OPERATOR, login="linju")
        sign_in_again(other, "linju")
        other.goto("/pairs/new")
        expect(other.locator("[data-draft]")).to_have_count(0)

    def test_of_an_earlier_release_is_removed(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        page.evaluate(
            "text => localStorage.setItem('qa-draft:pair-new', text)",
            json.dumps({"at": 1, "values": [["answer", ANSWER]]}),
        )
        page.goto("/pairs/new")
        assert ANSWER not in stored(page)


class TestEnter:
    def test_in_the_phone_box_registers_beside_a_similar_entry(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        register(page)
        page.keyboard.press("/")
        ask(page, UNKNOWN)
        expect(page.locator(".earlier")).to_be_visible()
        assert (
            page.locator(".earlier").bounding_box()["y"]
            < (  # type: ignore[index]
                page.locator("#asker-phone").bounding_box()["y"]  # type: ignore[index]
            )
        )
        page.locator("#asker-phone").fill("13800000000")
        page.locator("#asker-phone").press("Enter")
        expect(page.locator("#done-title")).to_contain_text("已登记到台账")

    def test_in_a_long_form_does_nothing(self, page: Page, services: Services) -> None:
        sign_in(page, services, Role.EDITOR, Role.OPERATOR)
        type_a_pair(page)
        page.locator("#keywords").fill("电梯")
        page.locator("#keywords").press("Enter")
        expect(page.locator("#answer")).to_have_value(ANSWER)
        assert page.url.endswith("/pairs/new")

    def test_a_key_of_a_form_comes_before_that_of_the_menu(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        page.evaluate(
            """() => {
                const form = document.createElement("form");
                form.innerHTML = '<button type="button" data-key="t" id="mine">x</button>';
                document.querySelector("main").append(form);
                form.firstChild.addEventListener("click", () => form.dataset.pressed = "yes");
            }"""
        )
        page.keyboard.press("Escape")
        page.keyboard.press("t")
        expect(page.locator("form[data-pressed=yes]")).to_have_count(1)
        assert page.url.endswith("/")
