"""A queued mail about pairs and documents leaves while what it says is true, and not after."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from actors import person
from ended_policy import EDITOR, SUPERVISOR, end_policy, propose
from pension_pair import CONTENT, NOW
from queued_mails import broken
from reviewing import publish_pair, return_pair
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.units import find_unit
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.service import draft_pair, withdraw_pair
from qa_service.knowledge.pairs.upcoming import tell_due
from qa_service.knowledge.policies.annual_review import confirm
from qa_service.knowledge.policies.endings.ending import confirm_ending
from qa_service.knowledge.policies.endings.taking_back import restore
from qa_service.knowledge.policies.notices import tell_of_ends_ahead
from qa_service.knowledge.policies.rework import decline_rework
from qa_service.knowledge.policies.service import find_policy
from qa_service.knowledge.review.service import submit
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.outbox.premises import PremiseKind as Kind
from qa_service.storage.engine import session_scope

DOCUMENT = "养老办法"
ENDS = NOW.date() + timedelta(days=20)


@pytest.fixture
def session(bank: Engine) -> Iterator[Session]:
    """The pension office, which answers by the document, has an address."""
    with session_scope(bank) as opened:
        find_unit(opened, "pensions").email = "pensions@gov.example"
        yield opened


def drafted(session: Session, **changes: object) -> QAPair:
    return draft_pair(session, replace(CONTENT, **changes), by=person("甲"), now=NOW)


class TestOfAReturnedPair:
    @pytest.fixture
    def pair(self, session: Session) -> QAPair:
        pair = drafted(session)
        submit(session, pair, by=person("甲"), now=NOW)
        return_pair(session, pair, "改句号", now=NOW)
        return pair

    def test_leaves_until_the_pair_is_handed_in_again(self, session: Session, pair: QAPair) -> None:
        assert broken(session, NOW) == [None]
        submit(session, pair, by=person("甲"), now=NOW)
        assert broken(session, NOW) == [Kind.RETURNED]
        return_pair(session, pair, "改顿号", now=NOW)
        assert broken(session, NOW) == [Kind.RETURNED, None]

    def test_does_not_leave_once_it_is_published(self, session: Session, pair: QAPair) -> None:
        publish_pair(session, pair, now=NOW)
        assert broken(session, NOW) == [Kind.RETURNED]

    def test_nor_once_it_is_withdrawn(self, session: Session, pair: QAPair) -> None:
        withdraw_pair(session, pair, "不再需要", by=person("甲"), now=NOW)
        assert broken(session, NOW) == [Kind.RETURNED]


class TestOfADocument:
    @pytest.fixture(autouse=True)
    def answer(self, session: Session) -> None:
        publish_pair(session, drafted(session), now=NOW)

    def test_that_ends_leaves_until_its_day(self, session: Session) -> None:
        propose(session, DOCUMENT, now=NOW, since=ENDS)
        tell_of_ends_ahead(session, now=NOW)
        assert broken(session, NOW) == [None]
        confirm_ending(session, find_policy(session, DOCUMENT), by=SUPERVISOR, now=NOW)
        assert broken(session, NOW + timedelta(days=19)) == [None]
        assert broken(session, NOW + timedelta(days=20)) == [Kind.DAY]

    def test_that_ends_does_not_leave_once_another_day_was_set(self, session: Session) -> None:
        propose(session, DOCUMENT, now=NOW, since=ENDS)
        tell_of_ends_ahead(session, now=NOW)
        document = find_policy(session, DOCUMENT)
        restore(session, document, "日期有误", by=EDITOR, now=NOW, days=7)
        propose(session, DOCUMENT, now=NOW, since=ENDS + timedelta(days=1))
        assert broken(session, NOW)[0] is Kind.ENDS_ON

    def test_of_each_step_leaves_until_the_next(self, session: Session) -> None:
        document = propose(session, DOCUMENT, now=NOW)
        assert broken(session, NOW) == [None]
        confirm_ending(session, document, by=SUPERVISOR, now=NOW)
        suspended, *rest = broken(session, NOW)
        assert (suspended, set(rest)) == (Kind.ENDING, {None})
        restore(session, document, "选错了文件", by=EDITOR, now=NOW, days=7)
        *before, restored = broken(session, NOW)
        assert restored is None
        assert None not in before
        propose(session, DOCUMENT, now=NOW)
        assert broken(session, NOW)[len(before) :] == [Kind.ENDING, None]

    def test_of_rework_leaves_while_some_of_it_is_open(self, session: Session) -> None:
        publish_pair(session, drafted(session, question="丧葬补助怎么领？", variants=()), now=NOW)
        end_policy(session, DOCUMENT, now=NOW)
        first, second = session.exec(select(ReworkTask)).all()
        for task, left in ((first, True), (second, False)):
            decline_rework(session, task, "不再答复", by=EDITOR, now=NOW, evidence="科长确认")
            assert (Kind.REWORK not in broken(session, NOW)) is left


def test_of_pairs_to_review_leaves_until_the_last_of_them_is_reviewed(session: Session) -> None:
    day = NOW.date() + timedelta(days=10)
    first, second = (
        drafted(session, review_by=day),
        drafted(session, question="丧葬补助怎么领？", variants=(), review_by=day),
    )
    for pair in (first, second):
        publish_pair(session, pair, now=NOW)
    assert tell_due(session, now=NOW) == 2
    for pair, why in ((first, None), (second, Kind.PAIRS_DUE)):
        confirm(session, pair, by=EDITOR, day=NOW.date())
        assert broken(session, NOW) == [why]
