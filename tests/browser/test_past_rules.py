"""The rule of a past day is offered, marked and left again; the hit test is read on a page."""

from dataclasses import replace
from datetime import date

import pytest
from actors import person
from playwright.sync_api import Page, expect
from reviewing import publish_pair
from visitor import PASSWORD, add_user

from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair, edit_pair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyArea, Role

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CONTENT = PairContent(
    area=PolicyArea.ELDERLY_CARE,
    unit="human-resources",
    question="百岁老人长寿金每月发多少？",
    variants=("满一百岁的老人长寿金有多少钱",),
    answer="百岁老人长寿金每人每月发放五百元，由镇街代发。",
    phone_script="每月五百元。",
    effective_from=date(2025, 1, 1),
    basis=(Basis("社会保险法", "第一条"),),
    expected_questions=("村里有个一百岁的老人能领多少钱", "长寿金标准"),
)
RAISED = replace(
    CONTENT,
    answer="百岁老人长寿金每人每月发放八百元，由镇街代发。",
    phone_script="每月八百元。",
    effective_from=date(2026, 1, 1),
)


def write(services: Services, *versions: PairContent, draft: PairContent | None = None) -> int:
    """A pair whose versions were published one after the other; ``draft`` is in work."""
    now, author = services.clock.now(), person("编辑甲")
    with session_scope(services.database) as session:
        pair = draft_pair(session, versions[0], by=author, now=now)
        publish_pair(session, pair, now=now)
        for content in versions[1:]:
            edit_pair(session, pair, content, by=author, now=now)
            publish_pair(session, pair, now=now)
        if draft is not None:
            edit_pair(session, pair, draft, by=author, now=now)
        return pair.id or 0


def sign_in(page: Page, services: Services, *roles: Role) -> None:
    add_user(services, "zuoxi", *roles)
    page.goto("/login")
    page.fill("#login", "zuoxi")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_be_focused()


def test_the_rule_of_the_year_asked_is_offered_marked_and_told_as_such(
    page: Page, services: Services
) -> None:
    write(services, CONTENT, RAISED)
    sign_in(page, services, Role.OPERATOR)
    page.keyboard.type("2025年百岁老人长寿金每月发多少？")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict--good")).to_have_count(0)
    page.get_by_role("button", name="按 2025-12-31 有效的规定检索").click()
    expect(page.locator(".verdict--past")).to_contain_text("按 2025-12-31 有效的规定")
    expect(page.locator(".notice--past")).to_contain_text("不是今天的规定")
    expect(page.locator(".candidate .script").first).to_contain_text("每月五百元")
    expect(page.locator("#as_of")).to_have_value("")
    page.keyboard.press("1")
    expect(page.locator(".done")).to_contain_text("按 2025-12-31 有效的规定")


def test_the_day_typed_counts_for_one_question(page: Page, services: Services) -> None:
    write(services, CONTENT, RAISED)
    sign_in(page, services, Role.OPERATOR)
    page.fill("#as_of", "2025-06-01")
    page.fill("#question", CONTENT.question)
    page.locator("#question").press("Enter")
    expect(page.locator(".verdict--past")).to_be_visible()
    expect(page.locator("#as_of")).to_have_value("")
    page.locator("#question").press("Enter")
    expect(page.locator(".verdict--good")).to_be_visible()
    expect(page.locator(".candidate .script").first).to_contain_text("每月八百元")


def test_the_hit_test_shows_a_draft_before_and_after(page: Page, services: Services) -> None:
    better = replace(CONTENT, variants=(*CONTENT.variants, "长寿金标准"))
    pair_id = write(services, CONTENT, draft=better)
    sign_in(page, services, Role.EDITOR, Role.OPERATOR)
    page.goto(f"/pairs/{pair_id}/edit")
    page.get_by_role("link", name="命中测试").click()
    changed = page.get_by_role("row", name="长寿金标准 有变")
    expect(changed).to_contain_text("命中本条")
    page.fill("#question", "长寿金标准")
    page.locator("#question").press("Enter")
    expect(page.get_by_role("region", name="现在")).to_contain_text("首条可信程度")
    expect(page.get_by_role("region", name="修改稿发布后")).to_contain_text("命中")
