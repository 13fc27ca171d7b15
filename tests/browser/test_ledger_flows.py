"""A unit's errand by keyboard alone, from its queue to a reply, and the entry on paper."""

import pytest
from actors import person
from playwright.sync_api import Page, expect

from qa_service.accounts.users import create_user
from qa_service.ledger.routing import route
from qa_service.ledger.service import Registration, register
from qa_service.ledger.workflow.steps import find_by_number
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState, PolicyArea, Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "a password of my own"
QUESTION = "火星养老院怎么预约"
FIELD = PolicyArea.ELDERLY_CARE


@pytest.fixture
def number(services: Services) -> str:
    """An entry of the unit that leads its field, and a user of that unit."""
    now = services.clock.now()
    with session_scope(services.database) as session:
        create_user(
            session,
            "chengban",
            PASSWORD,
            display_name="承办甲",
            roles=(Role.UNIT, Role.SUPERVISOR),
            now=now,
            must_change_password=False,
            unit="human-resources",
        )
        entry = register(
            session,
            Registration(QUESTION, FIELD, None, None, now),
            route=route(session, area=FIELD, nearest_unit=None),
            calendar=services.calendar,
            workdays=5,
            actor=person("坐席甲"),
            now=now,
        )
        return entry.number


@pytest.fixture
def unit(page: Page, number: str) -> Page:
    page.goto("/login")
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type("chengban")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue")
    return page


def test_takes_the_entry_on_replies_and_prints_it_without_what_can_be_done(
    unit: Page, number: str, services: Services
) -> None:
    unit.keyboard.press("x")
    expect(unit.get_by_role("heading", name="区人力资源和社会保障局待办")).to_be_visible()
    unit.get_by_role("link", name=number).focus()
    unit.keyboard.press("Enter")
    expect(unit.get_by_role("heading", name=QUESTION)).to_be_visible()
    unit.get_by_text("期限计算明细（逐日）").click()
    expect(unit.get_by_text("第 5 个工作日")).to_be_visible()
    accept = unit.get_by_role("button", name="签收")
    unit.keyboard.press(accept.get_attribute("data-key") or "")
    answer = unit.locator("#answer")
    expect(answer).to_be_visible()
    answer.focus()
    unit.keyboard.type("请在本区养老服务平台预约。")
    unit.locator("#phone_script").focus()
    unit.keyboard.type("请在平台预约。")
    unit.locator("#no_basis_reason").focus()
    unit.keyboard.type("属操作指引")
    unit.keyboard.press("Enter")
    expect(unit.get_by_role("heading", name="答复（第 1 稿）")).to_be_visible()
    with session_scope(services.database, read_only=True) as session:
        assert find_by_number(session, number).state is EntryState.DRAFTED
    expect(unit.locator("#moves-title")).to_be_visible()
    unit.get_by_text("期限计算明细（逐日）").click()
    unit.emulate_media(media="print")
    for acted in ("#moves-title", "main summary[data-key]", "main form", "main button"):
        assert unit.locator(acted).count() > 0
        assert not any(one.is_visible() for one in unit.locator(acted).all()), acted
    for heading in (QUESTION, "答复（第 1 稿）", "办理过程"):
        expect(unit.get_by_role("heading", name=heading)).to_be_visible()
    expect(unit.locator(".answer", has_text="请在本区养老服务平台预约。")).to_be_visible()
    expect(unit.get_by_text("第 5 个工作日")).to_be_visible()


def test_the_board_tells_counts_by_words_and_by_bars(unit: Page, number: str) -> None:
    unit.keyboard.press("y")
    expect(unit.get_by_role("heading", name="督查看板")).to_be_visible()
    row = unit.get_by_role("row", name="区人力资源和社会保障局")
    expect(row.get_by_role("cell", name="1").first).to_be_visible()
    box = row.locator("svg.bar rect").bounding_box()
    assert box is not None
    assert box["width"] > 50
