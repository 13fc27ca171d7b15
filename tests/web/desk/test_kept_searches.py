"""A search told again: only while every answer in it stands as it did, and nothing of its words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from actors import person
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from public_desk import HIDING, KEY, QUESTION, set_law, set_pair, sign_everything, signed_desk
from sqlalchemy import update

from qa_service.accounts.models import Unit
from qa_service.clock import FixedClock
from qa_service.consultation.desk.kept_searches import KeptSearches
from qa_service.knowledge.pairs.queries import find_by_keys
from qa_service.knowledge.pairs.service import withdraw_pair
from qa_service.services import Services
from qa_service.storage.engine import session_scope

ANSWER = "持卡人可带有效身份证件"
CALLS = ("/desk/search", "/desk/embed/search", "/desk/api/search")


@pytest.fixture
def desk(services: Services) -> TestClient:
    return TestClient(signed_desk(services), follow_redirects=False)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def searched() -> float:
    """How many searches went through the index."""
    return counted("qa_search_stage_seconds_count", stage="decide")


def told() -> float:
    """How many searches were counted as answered."""
    return counted("qa_verdicts_total", verdict="answered")


def shows(desk: TestClient, path: str = CALLS[0], **asked: str) -> bool:
    return ANSWER in desk.get(path, params={"q": QUESTION, **asked}).text


def test_the_same_question_is_searched_once_and_counted_each_time(
    desk: TestClient, clock: FixedClock
) -> None:
    before, answered = searched(), told()
    assert all(shows(desk, path) for path in CALLS)
    assert (searched() - before, told() - answered) == (1, 3)
    shows(desk, area="养老")
    assert searched() - before == 2
    clock.instant += timedelta(minutes=2)
    assert shows(desk)
    assert searched() - before == 3


@pytest.mark.parametrize("hide", HIDING.values(), ids=HIDING)
def test_what_is_hidden_since_is_gone_from_every_search_at_once(
    desk: TestClient, services: Services, hide: Callable[[Services], object]
) -> None:
    assert all(shows(desk, path) for path in CALLS)
    hide(services)
    assert [path for path in CALLS if shows(desk, path)] == []


def test_what_was_withdrawn_is_gone_from_every_search_at_once(
    desk: TestClient, services: Services
) -> None:
    assert all(shows(desk, path) for path in CALLS)
    with session_scope(services.database) as session:
        pair = find_by_keys(session, [KEY])[KEY]
        withdraw_pair(session, pair, "有误", now=services.clock.now(), by=person("shenhe"))
    assert [path for path in CALLS if shows(desk, path)] == []


def test_another_basis_or_name_of_the_unit_shows_at_once(
    desk: TestClient, services: Services
) -> None:
    shows(desk)
    set_law(services, title="社会保险新法")
    assert "社会保险新法" in desk.get(CALLS[0], params={"q": QUESTION}).text
    with session_scope(services.database) as session:
        session.execute(update(Unit).values(name=Unit.name + "（新设）"))
    assert "（新设）" in desk.get(CALLS[0], params={"q": QUESTION}).text


def test_an_answer_ends_with_its_last_day(
    desk: TestClient, services: Services, clock: FixedClock
) -> None:
    set_pair(services, expires_on=date(2026, 11, 24))
    clock.instant = clock.instant.replace(hour=23, minute=59, second=40)
    assert shows(desk)
    clock.instant += timedelta(seconds=30)
    assert not shows(desk)


@pytest.mark.parametrize(("most", "times"), [(0, 4), (1, 3), (2, 2)])
def test_no_more_are_kept_than_the_settings_say(services: Services, most: int, times: int) -> None:
    sign_everything(services)
    find = replace(services, kept_searches=KeptSearches(most)).desk_search.find
    before = searched()
    with session_scope(services.database, read_only=True) as session:
        for asked in (QUESTION, QUESTION, "失业保险金怎么领？", QUESTION):
            find(session, asked, area=None, now=services.clock.now())
    assert searched() - before == times


def test_the_words_of_a_question_are_not_kept(desk: TestClient, services: Services) -> None:
    desk.get(CALLS[0], params={"q": "火星移民基地几点开门"})
    shows(desk)
    kept = services.kept_searches._kept
    assert kept
    assert "火星" not in repr(kept)
