from dataclasses import replace
from datetime import date, timedelta

import pytest
from actors import person
from pension_pair import CONTENT, NOW
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit
from qa_service.knowledge.pairs.service import draft_pair, find_pair
from qa_service.knowledge.pairs.upcoming import due_counts, due_pairs, tell_due
from qa_service.knowledge.policies.annual_review import confirm, pairs_to_confirm
from qa_service.knowledge.upkeep_models import DueKind
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.storage.engine import session_scope

TODAY = NOW.date()


def published(session: Session, question: str, **dates: date) -> int:
    content = replace(CONTENT, question=question, variants=(), **dates)
    pair = draft_pair(session, content, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)
    return pair.id or 0


def kinds(session: Session, day: date) -> list[tuple[int, DueKind]]:
    return [(one.pair_id, one.kind) for one in due_pairs(session, day=day)]


@pytest.fixture(params=["sqlite", "postgresql"])
def either_bank(request: pytest.FixtureRequest) -> Engine:
    """An empty bank in each of the two databases: they reckon with dates differently."""
    name = "bank" if request.param == "sqlite" else "postgres_bank"
    engine: Engine = request.getfixturevalue(name)
    return engine


def test_dates_stand_in_the_work_list_thirty_days_ahead_the_earliest_first(bank: Engine) -> None:
    with session_scope(bank) as session:
        review = published(session, "高龄津贴何时发？", review_by=TODAY + timedelta(days=30))
        expiry = published(session, "暑期托管怎么报？", expires_on=TODAY + timedelta(days=12))
        published(session, "殡葬补贴怎么领？", review_by=TODAY + timedelta(days=31))
        assert kinds(session, TODAY) == [
            (expiry, DueKind.EXPIRY_SOON),
            (review, DueKind.REVIEW_SOON),
        ]
        assert len(due_pairs(session, day=TODAY, limit=1)) == 1
        assert due_pairs(session, day=TODAY, within=frozenset({9999})) == []
        later = TODAY + timedelta(days=30)
        assert (review, DueKind.REVIEW_OVERDUE) in kinds(session, later)
        (count,) = due_counts(session, day=TODAY)
        assert (count.overdue, count.review_soon, count.expiry_soon) == (0, 1, 1)


def test_a_confirmation_in_the_days_before_counts_for_the_date_and_an_earlier_one_does_not(
    either_bank: Engine,
) -> None:
    with session_scope(either_bank) as session:
        pair_id = published(session, "高龄津贴何时发？", review_by=TODAY + timedelta(days=60))
        found = find_pair(session, pair_id)
        confirm(session, found, by=person("乙"), day=TODAY)
        assert kinds(session, TODAY + timedelta(days=45)) == [(pair_id, DueKind.REVIEW_SOON)]
        confirm(session, found, by=person("乙"), day=TODAY + timedelta(days=45))
        assert kinds(session, TODAY + timedelta(days=46)) == []
        after = TODAY + timedelta(days=61)
        assert kinds(session, after) == []
        assert pairs_to_confirm(session, day=after) == []


def test_each_crossing_is_told_once_and_a_new_date_anew(bank: Engine) -> None:
    with session_scope(bank) as session:
        unit = session.exec(select(Unit).where(Unit.key == CONTENT.unit)).one()
        unit.email = "unit@example.org"
        pair_id = published(session, "高龄津贴何时发？", review_by=TODAY + timedelta(days=20))
        assert tell_due(session, now=NOW) == 1
        assert tell_due(session, now=NOW + timedelta(days=1)) == 0
        assert tell_due(session, now=NOW + timedelta(days=20)) == 1
        assert [event["kind"] for event in events(session)] == ["review_soon", "review_overdue"]
        assert events(session)[0] == {
            "qa_id": pair_id,
            "key": events(session)[0]["key"],
            "unit": CONTENT.unit,
            "kind": "review_soon",
            "due_on": (TODAY + timedelta(days=20)).isoformat(),
        }
        mails = session.exec(
            select(OutboxEvent).where(OutboxEvent.destination == Destination.MAIL)
        ).all()
        assert len(mails) == 2
        assert "高龄津贴何时发？" in str(mails[0].payload["text"])


def events(session: Session) -> list[dict[str, object]]:
    statement = select(OutboxEvent).where(OutboxEvent.topic == "pair.due")
    return [dict(one.payload) for one in session.exec(statement.order_by(col(OutboxEvent.id)))]
