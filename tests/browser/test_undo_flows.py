"""A registration by one key, with the contact heard in the question, taken back by another."""

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select
from visitor import PASSWORD, add_user

from qa_service.ledger.models import Asker, LedgerEntry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAID = "我叫赵敏电话13800001111，火星移民签证在哪个窗口盖章"


@pytest.fixture
def operator(page: Page, services: Services) -> Page:
    add_user(services, "zuoxi")
    page.goto("/login")
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type("zuoxi")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    return page


def test_registers_with_0_and_takes_it_back_with_u(operator: Page, services: Services) -> None:
    operator.locator("#question").fill(SAID)
    operator.keyboard.press("Enter")
    expect(operator.locator("#asker-phone")).to_have_value("13800001111")
    operator.keyboard.press("0")
    operator.keyboard.press("Enter")
    expect(operator.get_by_text("已登记到台账")).to_be_visible()
    operator.keyboard.press("u")
    expect(operator.locator("#asker-phone")).to_have_value("13800001111")
    with session_scope(services.database, read_only=True) as session:
        assert session.exec(select(LedgerEntry.state)).one() is EntryState.VOIDED
        assert session.exec(select(Asker.contact_masked)).one() == "138******11"
