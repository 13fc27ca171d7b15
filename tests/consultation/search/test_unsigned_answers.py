"""An answer the district has not signed says so, and may be kept from being told outright."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from qa_service.consultation.search.searcher import HELD_BACK, Searcher
from qa_service.knowledge.models import QAPair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Verdict

QUESTION = "社保卡丢了怎么补办？"

Asking = Callable[..., Any]


def sign_everything(services: Services) -> None:
    with session_scope(services.database) as session:
        session.execute(update(QAPair).values(adopted_from=None))


@pytest.fixture
def cautious(services: Services) -> Searcher:
    """The search of a service with QA_TELL_UNSIGNED=false."""
    return Searcher(services.database, services.index_sync, limit=5, tells_unsigned=False)


def test_is_told_with_the_mark(asking: Asking) -> None:
    asked = asking(QUESTION)
    assert asked.consultation.verdict is Verdict.ANSWERED
    assert asked.consultation.candidates[0].unsigned


def test_is_only_offered_and_says_why_where_the_office_wants_that(
    services: Services, cautious: Searcher
) -> None:
    day = services.clock.now().date()
    held = cautious.search(QUESTION, area=None, day=day)
    assert held.verdict is Verdict.CHOOSE
    assert HELD_BACK in held.candidates[0].why.differences
    sign_everything(services)
    told = cautious.search(QUESTION, area=None, day=day)
    assert told.verdict is Verdict.ANSWERED
    assert not told.candidates[0].unsigned
    assert HELD_BACK not in told.candidates[0].why.differences


def test_is_kept_from_strangers_too_where_the_office_wants_that(
    api: TestClient, services: Services, cautious: Searcher
) -> None:
    settings = services.settings.model_copy(update={"tell_unsigned": False})
    held = replace(services, searcher=cautious, settings=settings)
    api.app.state.services = held  # type: ignore[attr-defined]
    asked = {"question": QUESTION, "register": "never"}
    shown = {
        channel: api.post("/api/v1/consultations", json={**asked, "channel": channel}).json()
        for channel in ("hotline", "web")
    }
    (first, *_) = shown["hotline"]["candidates"]
    assert first["unsigned"]
    assert first["key"] not in [one["key"] for one in shown["web"]["candidates"]]
    assert api.get(f"/answers/{first['key']}").status_code == 404
    sign_everything(services)
    assert api.get(f"/answers/{first['key']}").status_code == 200


def test_says_so_over_rest(api: TestClient, services: Services, cautious: Searcher) -> None:
    api.app.state.services = replace(services, searcher=cautious)  # type: ignore[attr-defined]
    found = api.get("/api/v1/search", params={"q": QUESTION}).json()
    first = found["candidates"][0]
    assert (found["verdict"], first["unsigned"]) == ("choose", True)
    assert HELD_BACK in first["why"]["differences"]
    sign_everything(services)
    found = api.get("/api/v1/search", params={"q": QUESTION}).json()
    assert (found["verdict"], found["candidates"][0]["unsigned"]) == ("answered", False)
