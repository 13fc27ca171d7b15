from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from actors import person
from ended_policy import end_policy
from pension_pair import CONTENT, NOW
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.audit import AuditFilter, list_events, verify
from qa_service.clock import BEIJING
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.ids import published_ids
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.knowledge.pairs.service import NotPublishableError, draft_pair, edit_pair
from qa_service.knowledge.policies.rework import (
    InvalidOutcomeError,
    ReworkClosedError,
    decline_rework,
    rework_owed,
)
from qa_service.knowledge.policies.service import change_policy, find_policy, policy_content
from qa_service.knowledge.policies.withdrawal import pairs_resting_on, withdraw_ended
from qa_service.knowledge.review.service import PrecheckFailedError, submit
from qa_service.knowledge.revision import bank_stamp
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, PairStatus


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    with session_scope(bank) as opened:
        yield opened


def published(session: Session, number: int = 1, **changes: object) -> QAPair:
    content = replace(CONTENT, question=f"第{number}种养老金什么时候发？", **changes)
    pair = draft_pair(session, content, by=person("甲"), now=NOW)
    publish_pair(session, pair, now=NOW)
    return pair


def end(session: Session, key: str = "养老办法", since: date | None = None) -> list[int]:
    return end_policy(session, key, now=NOW, since=since)


class TestEndingADocument:
    def test_withdraws_every_pair_that_rests_on_it_at_one_revision(self, session: Session) -> None:
        resting = [published(session, number) for number in range(3)]
        other = published(session, 9, basis=(Basis("双号一"),))
        before = bank_stamp(session)[1]
        assert end(session) == [pair.id for pair in resting]
        assert published_ids(session) == [other.id]
        assert bank_stamp(session)[1] == before + 2, "once suspended, once withdrawn"
        for pair in resting:
            session.refresh(pair)
            assert pair.withdrawn_reason == "依据《养老办法》已废止"

    def test_returns_only_what_rested_on_it(self, session: Session) -> None:
        pair = published(session, 1)
        expired = published(session, 2, basis=(Basis("双号一"),), expires_on=date(2026, 12, 31))
        later = datetime(2027, 1, 1, tzinfo=BEIJING)
        assert end_policy(session, "养老办法", now=later) == [pair.id]
        assert withdraw_ended(session, now=later) == [expired.id]

    def test_leaves_a_row_of_the_audit_trail_for_each_pair(self, session: Session) -> None:
        pairs = [published(session, number) for number in range(2)]
        end(session)
        rows = list_events(session, AuditFilter(action=AuditAction.WITHDRAW))
        assert {row.subject for row in rows} == {f"问答 {pair.id}" for pair in pairs}
        assert {row.actor for row in rows} == {"编辑甲", "督查乙"}
        reasons = {"依据《养老办法》拟废止，待确认", "依据《养老办法》已废止"}
        assert {row.details["reason"] for row in rows} == reasons
        assert verify(session) is None

    def test_asks_the_owner_for_a_new_answer(self, session: Session) -> None:
        pair = published(session)
        end(session)
        (task,) = rework_owed(session, within=frozenset({pair.unit_id}))
        assert (task.pair_id, task.reason) == (pair.id, "依据《养老办法》已废止")
        assert rework_owed(session, within=frozenset({pair.unit_id + 1})) == []

    def test_on_a_later_day_withdraws_at_midnight_and_shows_nothing_from_then(
        self, session: Session
    ) -> None:
        pair = published(session)
        assert end(session, since=date(2026, 12, 1)) == []
        last_minute = datetime(2026, 11, 30, 23, 59, tzinfo=BEIJING)
        assert withdraw_ended(session, now=last_minute) == []
        (view,) = view_pairs(session, [pair.id or 0], day=date(2026, 12, 1))
        assert not view.showable
        assert withdraw_ended(session, now=last_minute + timedelta(minutes=1)) == [pair.id]

    def test_twice_asks_once(self, session: Session) -> None:
        published(session)
        end(session)
        assert withdraw_ended(session, now=NOW) == []
        assert len(rework_owed(session)) == 1


class TestExpiry:
    def test_acts_by_itself_after_the_last_day(self, session: Session) -> None:
        pair = published(session, expires_on=date(2026, 12, 31))
        assert withdraw_ended(session, now=datetime(2026, 12, 31, 23, tzinfo=BEIJING)) == []
        assert withdraw_ended(session, now=datetime(2027, 1, 1, tzinfo=BEIJING)) == [pair.id]
        assert rework_owed(session)[0].reason == "该答复已于 2026-12-31 失效"
        (row,) = list_events(session, AuditFilter(action=AuditAction.WITHDRAW))
        assert (row.actor, row.subject) == ("系统", f"问答 {pair.id}")


class TestRework:
    def test_is_done_when_the_pair_is_published_anew(self, session: Session) -> None:
        pair = published(session)
        end(session)
        session.refresh(pair)
        anew = replace(CONTENT, question="第1种养老金什么时候发？", basis=(Basis("双号一"),))
        edit_pair(session, pair, anew, by=person("甲"), now=NOW)
        assert pair.status is PairStatus.WITHDRAWN
        publish_pair(session, pair, now=NOW)
        assert rework_owed(session) == []

    def test_is_declined_for_a_reason_once(self, session: Session) -> None:
        published(session)
        end(session)
        (task,) = rework_owed(session)
        with pytest.raises(InvalidOutcomeError):
            decline_rework(session, task, " ", by=person("乙"), now=NOW, evidence="区政办电话")
        with pytest.raises(InvalidOutcomeError) as blank:
            decline_rework(session, task, "事项已取消", by=person("乙"), now=NOW, evidence=" \n")
        assert [one.field for one in blank.value.problems] == ["evidence"]
        decline_rework(session, task, "事项已取消", by=person("乙"), now=NOW, evidence="1号文")
        assert rework_owed(session) == []
        with pytest.raises(ReworkClosedError):
            decline_rework(session, task, "再次", by=person("乙"), now=NOW, evidence="1号文")


class TestGround:
    def change(self, session: Session, **changes: object) -> None:
        document = find_policy(session, "养老办法")
        change_policy(session, document, replace(policy_content(document), **changes), now=NOW)

    def test_that_is_not_public_yet_is_none(self, session: Session) -> None:
        self.change(session, is_public=False)
        pair = draft_pair(session, CONTENT, by=person("甲"), now=NOW)
        with pytest.raises(PrecheckFailedError) as caught:
            submit(session, pair, by=person("甲"), now=NOW)
        assert any("尚未公开" in problem.message for problem in caught.value.problems)
        with pytest.raises(NotPublishableError, match="尚未公开"):
            publish_pair(session, pair, now=NOW)

    def test_that_begins_with_the_answer_is_enough_and_shows_it_from_that_day(
        self, session: Session
    ) -> None:
        first = date(2027, 1, 1)
        self.change(session, effective_from=first)
        with pytest.raises(NotPublishableError, match="起才施行"):
            published(session, 1)
        pair = published(session, 2, effective_from=first)
        days = (first - timedelta(days=1), first)
        shown = [view_pairs(session, [pair.id or 0], day=day)[0].showable for day in days]
        assert shown == [False, True]

    def test_is_told_with_the_pairs_that_rest_on_it(self, session: Session) -> None:
        pair = published(session)
        document = find_policy(session, "养老办法")
        assert [one.id for one in pairs_resting_on(session, document.id or 0)] == [pair.id]
