"""Calling back by keyboard alone: from the list to the outcome, the keys counted."""

import pytest
from callback_entries import PHONES, SCRIPTS, await_calls
from playwright.sync_api import Page, expect
from sqlmodel import select
from visitor import PASSWORD, add_user

from qa_service.accounts.models import AuditEvent
from qa_service.ledger.models import Callback, LedgerEvent
from qa_service.ledger.workflow.steps import find_by_number
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, AuditAction, CallOutcome, EntryState, Satisfaction

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_KEYS = 6


class Keys:
    """Counts what the operator presses."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.pressed = 0

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)
        self.pressed += 1


def sign_in(page: Page, login: str) -> None:
    page.goto("/login")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login" not in address)


@pytest.fixture
def numbers(services: Services) -> list[str]:
    add_user(services, "zuoxi")
    return await_calls(services)


@pytest.fixture
def operator(page: Page, numbers: list[str]) -> Page:
    sign_in(page, "zuoxi")
    return page


def test_each_caller_takes_at_most_six_keys(
    operator: Page, numbers: list[str], services: Services
) -> None:
    operator.goto("/callbacks")
    expect(operator.get_by_role("heading", name="待回访（2）")).to_be_visible()
    for place, result in enumerate((Satisfaction.SATISFIED, Satisfaction.DISSATISFIED)):
        keys = Keys(operator)
        expect(operator.get_by_role("button", name=f"回访 {numbers[place]}")).to_be_focused()
        keys.press("Enter")
        expect(operator.get_by_text(PHONES[place])).to_be_visible()
        expect(operator.get_by_text(SCRIPTS[place])).to_be_visible()
        keys.press(str([*Satisfaction].index(result) + 1))
        keys.press("Enter")
        expect(operator.get_by_text(f"已记录 {numbers[place]} 的回访")).to_be_visible()
        assert keys.pressed <= MOST_KEYS
    expect(operator.get_by_text("没有待回访的咨询人")).to_be_visible()
    with session_scope(services.database, read_only=True) as session:
        states = {find_by_number(session, number).state for number in numbers}
        assert states == {EntryState.INFORMED}
        told = session.exec(select(Callback.satisfaction).order_by(Callback.entry_id)).all()
        assert told == [Satisfaction.SATISFIED, Satisfaction.DISSATISFIED]


def test_from_the_work_list_too_and_the_reason_of_looking_is_recorded(
    operator: Page, numbers: list[str], services: Services
) -> None:
    operator.goto("/todo")
    expect(operator.get_by_role("link", name=numbers[0])).to_be_focused()
    keys = Keys(operator)
    keys.press("Enter")
    expect(operator.get_by_text("138******11")).to_be_visible()
    assert PHONES[0] not in operator.content()
    keys.press("Enter")
    expect(operator.get_by_text(PHONES[0])).to_be_visible()
    keys.press("5")
    expect(operator.get_by_label("未接通")).to_be_checked()
    keys.press("Enter")
    expect(operator.get_by_text(f"已记录 {numbers[0]} 的回访")).to_be_visible()
    assert keys.pressed <= MOST_KEYS
    expect(operator.get_by_text("改日再拨")).to_be_visible()
    expect(operator.get_by_role("button", name=f"回访 {numbers[1]}")).to_be_focused()
    with session_scope(services.database, read_only=True) as session:
        revealed = select(LedgerEvent).where(LedgerEvent.verb == Action.REVEAL)
        assert [event.reason for event in session.exec(revealed).all()] == [
            "按待回访名单拨打电话，答复咨询人"
        ]
        audited = select(AuditEvent.subject).where(AuditEvent.action == AuditAction.REVEAL)
        assert session.exec(audited).all() == [numbers[0]]
        assert session.exec(select(Callback.outcome)).all() == [CallOutcome.NOT_REACHED]


def test_enter_in_the_note_writes_a_line_and_records_nothing(
    operator: Page, numbers: list[str], services: Services
) -> None:
    operator.goto("/callbacks")
    operator.keyboard.press("Enter")
    operator.locator("#note").fill("请改日再拨")
    operator.locator("#note").press("Enter")
    operator.keyboard.type("1")
    expect(operator.locator("#note")).to_have_value("请改日再拨\n1")
    with session_scope(services.database, read_only=True) as session:
        assert session.exec(select(Callback)).all() == []


def test_the_menu_counts_what_came_while_the_page_stood_open(
    operator: Page, services: Services
) -> None:
    mark = operator.locator('nav [data-count="/callbacks"]')
    expect(mark).to_have_text("2")
    await_calls(services, 1, series="月球")
    operator.evaluate("Date.now = () => 8640000000000")
    operator.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(mark).to_have_text("3")
