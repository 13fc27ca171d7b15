"""A call on its screen: search as you type, list and answer, the caller, outcomes, keys counted."""

import pytest
from page_watch import Watch
from pair_pages import publish
from playwright.sync_api import Page, Request, Route, expect
from sqlmodel import func, select
from test_operator_flows import KNOWN, PHONE_WIDTH, SEVERAL, UNKNOWN, ask, sign_in
from visitor import Browser
from visitor import add_user as add_visitor

from qa_service.consultation.models import Choice, ChoiceOutcome, Consultation
from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE = "13800001111"


class Keys:
    """Presses keys beside the text that is typed, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1


def choices(services: Services) -> list[Choice]:
    with session_scope(services.database, read_only=True) as session:
        return list(session.exec(select(Choice).order_by(Choice.created_at)).all())


def asked(services: Services) -> int:
    with session_scope(services.database, read_only=True) as session:
        return session.exec(select(func.count()).select_from(Consultation)).one()


class TestKeysCounted:
    def test_an_answer_is_told_and_the_next_question_begun_with_three(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        keys = Keys(page)
        page.keyboard.type(KNOWN)
        keys.press("Enter")
        expect(page.locator(".verdict[data-focus]")).to_be_focused()
        keys.press("1")
        expect(page.locator(".done")).to_be_focused()
        page.keyboard.type("2025")
        expect(page.locator("#question")).to_have_value("2025")
        assert keys.count <= 3
        assert [one.outcome for one in choices(services)] == [ChoiceOutcome.TOLD]

    def test_a_question_is_registered_with_its_telephone_with_three(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        keys = Keys(page)
        page.keyboard.type(UNKNOWN)
        keys.press("Enter")
        expect(page.locator(".verdict[data-focus]")).to_be_focused()
        keys.press("0")
        expect(page.locator("#asker-phone")).to_be_focused()
        page.keyboard.type(PHONE)
        keys.press("Enter")
        done = page.locator(".done--registered")
        expect(done).to_contain_text("您的问题已登记，编号ZX20261124-0001")
        expect(done).to_contain_text("12月1日（星期二）前答复您")
        assert keys.count <= 5
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(Asker.contact_masked)).one() == "138******11"

    @pytest.mark.parametrize(
        ("key", "words", "outcome"),
        [("j", "12333", ChoiceOutcome.TRANSFERRED), ("n", "误拨", ChoiceOutcome.DISMISSED)],
    )
    def test_other_outcomes_take_three_and_one_more_takes_them_back(
        self, page: Page, services: Services, key: str, words: str, outcome: ChoiceOutcome
    ) -> None:
        sign_in(page, services)
        ask(page, UNKNOWN)
        keys = Keys(page)
        keys.press(key)
        page.keyboard.type(words)
        keys.press("Enter")
        expect(page.locator(".done")).to_contain_text(words)
        assert [(one.outcome, one.note) for one in choices(services)] == [(outcome, words)]
        keys.press("u")
        expect(page.locator(".verdict[data-focus]")).to_be_focused()
        assert choices(services) == []
        assert keys.count == 3


class TestTyping:
    def test_shows_answers_after_a_rest_and_records_nothing(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        top = page.locator("#result").bounding_box()
        page.keyboard.type(KNOWN)
        expect(page.locator(".result--preview")).to_contain_text("社保卡")
        after = page.locator("#result").bounding_box()
        assert top is not None
        assert after is not None
        assert (top["x"], top["y"]) == (after["x"], after["y"])
        assert asked(services) == 0
        expect(page.locator("#question")).to_be_focused()
        page.keyboard.type("1")
        expect(page.locator("#question")).to_have_value(f"{KNOWN}1")
        assert choices(services) == []

    def test_aborts_the_request_for_words_that_have_changed(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        started: list[Request] = []
        aborted: list[str | None] = []
        held: list[Route] = []
        page.on("request", lambda one: started.append(one) if "preview" in one.url else None)
        page.on("requestfailed", lambda one: aborted.append(one.failure))
        # The first answer is kept back until the words have changed.
        page.route("**/call/preview", lambda one: held.append(one), times=1)
        with page.expect_request("**/call/preview"):
            page.keyboard.insert_text("育儿补贴")
        with page.expect_response("**/call/preview"):
            page.keyboard.insert_text("，社保卡丢了怎么补办")
        expect(page.locator(".result--preview")).to_contain_text("社保卡")
        assert len(started) == 2
        assert len(aborted) == 1
        assert "ABORTED" in (aborted[0] or "").upper()

    def test_never_takes_away_a_number_typed_beside_the_result(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        ask(page, UNKNOWN)
        page.keyboard.press("0")
        page.keyboard.type(PHONE)
        page.locator("#question").fill(KNOWN)
        page.wait_for_timeout(500)
        expect(page.locator("#asker-phone")).to_have_value(PHONE)


class TestInputMethod:
    def test_has_the_box_before_the_first_letter_and_the_record_behind_escape(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        keyboard = page.context.new_cdp_session(page)
        composed = {"text": "shebao", "selectionStart": 6, "selectionEnd": 6}
        keyboard.send("Input.imeSetComposition", composed)
        keyboard.send("Input.insertText", {"text": KNOWN})
        expect(page.locator("#question")).to_have_value(KNOWN)
        page.keyboard.press("Enter")
        expect(page.locator(".verdict[data-focus]")).to_be_focused()
        page.keyboard.press("1")
        expect(page.locator(".done")).to_be_visible()
        expect(page.locator("#question")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".done")).to_be_focused()
        page.keyboard.press("u")
        expect(page.locator(".done")).to_have_count(0)


class TestAnswer:
    def test_is_chosen_from_the_list_by_arrows_and_clicks(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        ask(page, SEVERAL)
        expect(page.locator("#answer-1")).to_be_visible()
        page.keyboard.press("ArrowDown")
        expect(page.locator("#answer-2")).to_be_visible()
        expect(page.locator("#answer-1")).to_be_hidden()
        page.locator("[data-shows=answer-1]").click()
        expect(page.locator("#answer-1")).to_be_visible()

    def test_beside_a_number_is_told_by_its_key(self, page: Page, services: Services) -> None:
        sign_in(page, services)
        page.set_viewport_size({"width": 1280, "height": 900})
        ask(page, "低保社保卡怎么办理，还有幼儿园怎么报名")
        in_view = page.locator(".found__row:visible")
        expect(in_view.locator(".place")).to_have_text(["1", "2"])
        beside = in_view.nth(1).locator(".found__question").text_content()
        page.keyboard.press("2")
        expect(page.locator(".candidate--told h3")).to_have_text(beside or "")

    def test_is_copied_by_key_and_button(self, page: Page, services: Services) -> None:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        sign_in(page, services)
        ask(page, SEVERAL)
        script = page.locator("#answer-1 [data-script]").text_content()
        page.keyboard.press("c")
        expect(page.locator("#announcement")).to_have_text("已复制")
        assert page.evaluate("navigator.clipboard.readText()") == script
        page.keyboard.press("ArrowDown")
        second = page.locator("#answer-2 [data-script]").text_content()
        page.locator("#answer-2").get_by_role("button", name="复制口播").click()
        page.wait_for_function(
            "text => navigator.clipboard.readText().then(held => held === text)", arg=second
        )

    def test_has_slot_questions_whose_branch_is_told_and_recorded(
        self, page: Page, services: Services, app: object
    ) -> None:
        add_visitor(services, "bianji", Role.EDITOR)
        editor = Browser(app)  # type: ignore[arg-type]
        editor.sign_in("bianji")
        publish(
            editor,
            services,
            clarifying_question="楼房是2000年以前建成的吗？",
            clarifying_yes="补助二十万元。",
            clarifying_no="补助十万元。",
        )
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        sign_in(page, services)
        ask(page, "老房子加装电梯能领补助吗？")
        page.locator("#answer-1 .asks__answer", has_text="否").click()
        expect(page.locator("#answer-1 .asks__no")).to_be_visible()
        expect(page.locator("#answer-1 .asks__yes")).to_be_hidden()
        page.keyboard.press("c")
        page.wait_for_function("navigator.clipboard.readText().then(t => t.includes('十万元'))")
        page.keyboard.press("1")
        expect(page.locator(".done")).to_contain_text("答“否”")
        (choice,) = choices(services)
        assert [(one.question, one.is_yes) for one in choice.branches] == [
            ("楼房是2000年以前建成的吗？", False)
        ]


class TestCaller:
    def test_of_a_screen_pop_is_known_and_the_number_leaves_the_address(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        ask(page, UNKNOWN)
        page.keyboard.press("0")
        page.keyboard.type(PHONE)
        page.keyboard.press("Enter")
        expect(page.locator(".done--registered")).to_be_visible()
        page.goto(f"/call?phone={PHONE}&call_id=CTI-7")
        caller = page.locator("#caller")
        expect(caller).to_contain_text("138******11")
        expect(caller).to_contain_text("您反映的问题已交")
        assert PHONE not in page.url
        ask(page, KNOWN)
        page.keyboard.press("1")
        expect(page.locator(".done")).to_contain_text("已留 138******11")
        page.keyboard.type("she")
        expect(page.locator("#question")).to_have_value("she")
        page.locator("#question").fill(UNKNOWN)
        page.keyboard.press("Enter")
        expect(page.locator("#caller")).to_contain_text("本次来电的其他问题")
        with session_scope(services.database, read_only=True) as session:
            calls = session.exec(select(Consultation.call_id)).all()
        assert calls.count("CTI-7") == 2

    def test_typed_is_looked_up_and_stays_out_of_the_next_call(
        self, page: Page, services: Services
    ) -> None:
        sign_in(page, services)
        page.locator("#caller-phone").fill(PHONE)
        page.keyboard.press("Enter")
        expect(page.locator("#question")).to_be_focused()
        expect(page.locator("#caller")).to_contain_text("没有这个号码的来电记录")
        page.locator("#area").select_option("社会救助")
        page.locator("#question").fill(UNKNOWN)
        page.keyboard.press("Enter")
        expect(page.locator("#asker-phone")).to_have_value(PHONE)
        page.keyboard.press("n")
        page.keyboard.type("来电中断")
        page.keyboard.press("Enter")
        expect(page.locator(".done")).to_be_focused()
        expect(page.locator("#caller-phone")).to_have_value("")
        expect(page.locator("#area")).to_have_value("")
        page.keyboard.press("+")
        page.wait_for_url("**/call?call_id=*")
        expect(page.locator("#caller-phone")).to_have_value(PHONE)
        expect(page.locator("#question")).to_be_focused()


@pytest.mark.parametrize("width", [PHONE_WIDTH, 640])
def test_the_screen_fits_a_telephone_and_twice_the_zoom(
    page: Page, services: Services, width: int
) -> None:
    def fits() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth") <= width)

    page.set_viewport_size({"width": width, "height": 700})
    sign_in(page, services)
    page.keyboard.type(SEVERAL)  # sign by sign: the first ones may come before the scripts
    expect(page.locator(".result--preview")).to_be_visible()
    assert fits()
    page.keyboard.press("Enter")
    expect(page.locator(".verdict[data-focus]")).to_be_focused()
    assert fits()
    page.locator("[data-shows=answer-2]").click()
    expect(page.locator("#answer-2")).to_be_in_viewport()
    page.keyboard.press("2")
    expect(page.locator(".done")).to_be_focused()
    assert fits()
    page.goto(f"/call?phone={PHONE}")
    expect(page.locator("#caller")).to_contain_text("138******11")
    assert fits()


def test_a_question_is_registered_once_however_often_enter_is_pressed(
    page: Page, services: Services
) -> None:
    sign_in(page, services)
    ask(page, UNKNOWN)
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".done--registered")).to_be_visible()
    with session_scope(services.database, read_only=True) as session:
        assert session.exec(select(func.count()).select_from(LedgerEntry)).one() == 1


def test_what_was_typed_beside_a_colleagues_outcome_is_listed_with_who_recorded_it(
    page: Page, services: Services, watch: Watch
) -> None:
    sign_in(page, services)
    ask(page, KNOWN)
    page.keyboard.press("0")
    page.keyboard.type(PHONE)
    context = page.context.browser.new_context(base_url=watch.origin)  # type: ignore[union-attr]
    colleague = context.new_page()
    watch.follow(colleague)
    sign_in(colleague, services, login="tongshi")
    colleague.goto(page.url)
    colleague.keyboard.press("1")
    expect(colleague.locator(".done")).to_be_visible()
    context.close()
    page.keyboard.press("Enter")
    typed = page.locator("ul.unsaved")
    expect(typed).to_contain_text(PHONE)
    expect(page.locator("main")).to_contain_text("tongshi")
    watch.complaints[:] = [one for one in watch.complaints if "409" not in one]
