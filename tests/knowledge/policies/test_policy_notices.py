"""What units are told of the end of a document, once each."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from actors import person
from ended_policy import EDITOR, SUPERVISOR, end_policy, propose
from pension_pair import CONTENT, NOW
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit
from qa_service.clock import BEIJING
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.knowledge.policies.endings.ending import confirm_ending
from qa_service.knowledge.policies.endings.taking_back import restore
from qa_service.knowledge.policies.notices import (
    NoticeNotFoundError,
    mark_notice_seen,
    tell_of_ends_ahead,
    unseen_notices,
)
from qa_service.knowledge.policies.service import change_policy, find_policy, policy_content
from qa_service.outbox.models import OutboxEvent
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PolicyNoticeKind

ENDS = date(2027, 3, 1)


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    """The tax office owns the document, the pension office answers by it."""
    with session_scope(bank) as opened:
        document = find_policy(opened, "养老办法")
        owned = replace(policy_content(document), unit="tax")
        change_policy(opened, document, owned, by=EDITOR, now=NOW)
        pair = draft_pair(opened, CONTENT, by=person("甲"), now=NOW)
        publish_pair(opened, pair, now=NOW)
        yield opened


def days_before(days: int) -> datetime:
    return datetime(ENDS.year, ENDS.month, ENDS.day, 9, tzinfo=BEIJING) - timedelta(days=days)


def told(session: Session) -> list[tuple[str, PolicyNoticeKind]]:
    rows = session.exec(select(OutboxEvent).where(OutboxEvent.topic == "policy.notice")).all()
    return [(str(row.payload["unit"]), PolicyNoticeKind(row.payload["kind"])) for row in rows]


def test_both_units_are_told_thirty_and_seven_days_ahead_once_each(session: Session) -> None:
    document = propose(session, "养老办法", now=NOW, since=ENDS)
    confirm_ending(session, document, by=SUPERVISOR, now=NOW)
    before = len(told(session))
    assert tell_of_ends_ahead(session, now=days_before(31)) == 0
    for day in (30, 29, 8):
        tell_of_ends_ahead(session, now=days_before(day))
    for day in (7, 6, 1, 0):
        tell_of_ends_ahead(session, now=days_before(day))
    units = ("pensions", "tax")
    assert sorted(told(session)[before:]) == sorted(
        (unit, kind)
        for unit in units
        for kind in (PolicyNoticeKind.IN_A_MONTH, PolicyNoticeKind.IN_A_WEEK)
    )


def test_an_end_that_was_proposed_shortly_before_is_told_at_its_stage(session: Session) -> None:
    propose(session, "养老办法", now=days_before(5), since=ENDS)
    assert tell_of_ends_ahead(session, now=days_before(5)) == 2
    kinds = {notice.kind for notice, _ in unseen_notices(session, None)}
    assert kinds == {PolicyNoticeKind.IN_A_WEEK}


def test_a_confirmed_end_is_in_the_work_list_until_it_was_seen(session: Session) -> None:
    end_policy(session, "养老办法", now=NOW)
    unit = session.exec(select(Unit.id).where(col(Unit.key) == "pensions")).one() or 0
    listed = unseen_notices(session, frozenset({unit}))
    assert {notice.kind for notice, _ in listed} == {
        PolicyNoticeKind.SUSPENDED,
        PolicyNoticeKind.ENDED,
    }
    notice = listed[0][0]
    with pytest.raises(NoticeNotFoundError):
        mark_notice_seen(
            session, notice.id or 0, frozenset({unit + 1}), actor=person("乙"), now=NOW
        )
    mark_notice_seen(session, notice.id or 0, frozenset({unit}), actor=person("乙"), now=NOW)
    assert len(unseen_notices(session, frozenset({unit}))) == 1


def test_once_the_end_is_taken_back_only_that_is_left_to_read(session: Session) -> None:
    document = find_policy(session, "养老办法")
    end_policy(session, "养老办法", now=NOW)
    restore(session, document, "选错了文件", by=EDITOR, now=NOW, days=7)
    unit = session.exec(select(Unit.id).where(Unit.key == "pensions")).one() or 0
    listed = unseen_notices(session, frozenset({unit}))
    assert [notice.kind for notice, _ in listed] == [PolicyNoticeKind.RESTORED]
