"""What may no longer be told is not shown, even while the index still holds it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from qa_service.clock import BEIJING
from qa_service.knowledge.models import PolicyDocument, QAPair
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, Validity

MORNING = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
QUESTION = "社保卡丢了怎么补办？"
KEY = "test-card"
TODAY = MORNING.date()
TOMORROW = TODAY + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)

Asking = Callable[..., Any]


def shown_keys(asked: Any) -> list[str]:
    return [candidate.key for candidate in asked.consultation.candidates]


def alter(services: Services, **values: object) -> int:
    """Change the pair behind the index's back: no revision is raised."""
    with session_scope(services.database) as session:
        pair = session.exec(select(QAPair).where(QAPair.key == KEY)).one()
        for name, value in values.items():
            setattr(pair, name, value)
        session.add(pair)
        assert pair.id is not None
        return pair.id


def alter_documents(services: Services, **values: object) -> None:
    with session_scope(services.database) as session:
        document = session.exec(
            select(PolicyDocument).where(PolicyDocument.key == "社会保险法")
        ).one()
        for name, value in values.items():
            setattr(document, name, value)
        session.add(document)


class TestStaleIndex:
    @pytest.mark.parametrize(
        "values",
        [
            {"status": PairStatus.WITHDRAWN},
            {"status": PairStatus.DRAFT},
            {"expires_on": YESTERDAY},
            {"effective_from": TOMORROW},
        ],
        ids=["withdrawn", "draft", "expired", "not yet effective"],
    )
    def test_a_pair_that_may_not_be_told_is_not_shown(
        self, asking: Asking, services: Services, values: dict[str, object]
    ) -> None:
        assert KEY in shown_keys(asking(QUESTION))
        pair_id = alter(services, **values)
        asked = asking(QUESTION)
        assert pair_id in services.index_sync.engine.index.pair_ids()
        assert KEY not in shown_keys(asked)

    @pytest.mark.parametrize(
        "values",
        [
            {"validity": Validity.REPEALED},
            {"validity": Validity.LAPSED, "invalid_since": TODAY},
        ],
        ids=["repealed", "lapsed today"],
    )
    def test_an_answer_on_an_ended_document_is_not_shown(
        self, asking: Asking, services: Services, values: dict[str, object]
    ) -> None:
        alter_documents(services, **values)
        asked = asking(QUESTION)
        assert KEY not in shown_keys(asked)
        assert asked.consultation.verdict != "answered"

    @pytest.mark.parametrize(
        "values", [{"expires_on": TODAY}, {"effective_from": TODAY}], ids=["last day", "first day"]
    )
    def test_the_first_and_the_last_day_count(
        self, asking: Asking, services: Services, values: dict[str, object]
    ) -> None:
        alter(services, **values)
        assert shown_keys(asking(QUESTION))[0] == KEY

    def test_a_document_that_ends_tomorrow_still_holds_today(
        self, asking: Asking, services: Services
    ) -> None:
        alter_documents(services, validity=Validity.REPEALED, invalid_since=TOMORROW)
        assert shown_keys(asking(QUESTION))[0] == KEY

    def test_the_day_is_that_of_the_question(self, asking: Asking, services: Services) -> None:
        alter(services, effective_from=date(2026, 11, 25))
        midnight = MORNING.replace(hour=0) + timedelta(days=1)
        assert KEY not in shown_keys(asking(QUESTION, now=midnight - timedelta(seconds=1)))
        assert shown_keys(asking(QUESTION, now=midnight))[0] == KEY


class TestWithdrawn:
    def test_is_gone_with_the_next_question(self, asking: Asking, services: Services) -> None:
        pair_id = alter(services)
        with session_scope(services.database) as session:
            withdraw_pair(session, find_pair(session, pair_id), "口径有误", now=MORNING)
        assert KEY not in shown_keys(asking(QUESTION))
        assert pair_id not in services.index_sync.engine.index.pair_ids()
