from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from reviewing import publish_pair
from sqlmodel import Session

from qa_service.consultation.choosing import choose
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.models import Channel, Consultation
from qa_service.consultation.recall import (
    InvalidRecallError,
    NotToRecallError,
    record_recall,
    reveal_asker,
    told_outdated,
)
from qa_service.consultation.service import record, search_for
from qa_service.knowledge.pairs import edit_pair, find_pair, withdraw_pair
from qa_service.knowledge.queries import pair_content
from qa_service.ledger.askers import AskerDetails
from qa_service.parts import Parts
from qa_service.storage.engine import session_scope

QUESTION = "社保卡丢了怎么补办？"
PHONE = "13800000000"
DAYS = 30

Tell = Callable[..., Consultation]


@pytest.fixture
def tell(parts: Parts) -> Tell:
    """Asks, and records that the first candidate was told."""

    def ask(session: Session, *, choosing: bool = True) -> Consultation:
        now = parts.clock.now()
        asker = AskerDetails(phone=PHONE)
        inquiry = Inquiry(
            QUESTION, Channel.HOTLINE, "坐席甲", asker=asker, register=RegisterMode.NEVER
        )
        result = search_for(parts.desk, inquiry, now=now)
        held = record(session, parts.desk, inquiry, result, now=now).consultation
        if choosing:
            choose(session, held, held.candidates[0]["qa_id"], operator="坐席甲", now=now)
        return held

    return ask


def change(session: Session, pair_id: int, parts: Parts) -> None:
    pair = find_pair(session, pair_id)
    content = replace(pair_content(session, pair), answer="补办地点有变，请到新址办理。")
    edit_pair(session, pair, content, author="编辑甲", now=parts.clock.now())
    publish_pair(session, pair, now=parts.clock.now())


def listed(session: Session, parts: Parts, later: timedelta = timedelta()) -> list[str]:
    found = told_outdated(session, now=parts.clock.now() + later, days=DAYS)
    return [one.consultation_id for one in found]


def test_nobody_is_called_while_the_answer_stands(parts: Parts, tell: Tell) -> None:
    with session_scope(parts.database) as session:
        tell(session)
        assert listed(session, parts) == []


@pytest.mark.parametrize("choosing", [True, False])
def test_who_was_told_a_corrected_answer_is_called(
    parts: Parts, tell: Tell, *, choosing: bool
) -> None:
    with session_scope(parts.database) as session:
        held = tell(session, choosing=choosing)
        change(session, held.candidates[0]["qa_id"], parts)
        (one,) = told_outdated(session, now=parts.clock.now(), days=DAYS)
        assert (one.consultation_id, one.told_version, one.new_version) == (held.id, 1, 2)
        assert (one.is_certain, one.contact_masked) == (choosing, "138******00")


def test_and_who_was_told_a_withdrawn_one(parts: Parts, tell: Tell) -> None:
    with session_scope(parts.database) as session:
        held = tell(session)
        pair = find_pair(session, held.candidates[0]["qa_id"])
        withdraw_pair(session, pair, "已过时", now=parts.clock.now())
        (one,) = told_outdated(session, now=parts.clock.now(), days=DAYS)
        assert one.new_version is None


def test_who_was_told_what_was_only_put_otherwise_for_the_search_is_not(
    parts: Parts, tell: Tell
) -> None:
    with session_scope(parts.database) as session:
        held = tell(session)
        pair = find_pair(session, held.candidates[0]["qa_id"])
        reworded = replace(pair_content(session, pair), keywords=("补卡",))
        edit_pair(session, pair, reworded, author="编辑甲", now=parts.clock.now())
        assert listed(session, parts) == []
        publish_pair(session, pair, now=parts.clock.now())
        assert listed(session, parts) == []


def test_who_was_told_the_new_version_is_not(parts: Parts, tell: Tell) -> None:
    with session_scope(parts.database) as session:
        first = tell(session)
        change(session, first.candidates[0]["qa_id"], parts)
    parts.follower.catch_up()
    with session_scope(parts.database) as session:
        tell(session)
        assert listed(session, parts) == [first.id]


def test_nor_who_was_told_too_long_ago(parts: Parts, tell: Tell) -> None:
    with session_scope(parts.database) as session:
        held = tell(session)
        change(session, held.candidates[0]["qa_id"], parts)
        assert listed(session, parts, timedelta(days=DAYS - 1)) == [held.id]
        assert listed(session, parts, timedelta(days=DAYS + 1)) == []


def test_a_call_is_recorded_once_and_says_how_it_went(parts: Parts, tell: Tell) -> None:
    with session_scope(parts.database) as session:
        held = tell(session)
        pair_id = held.candidates[0]["qa_id"]
        change(session, pair_id, parts)
        given = {"operator": "坐席乙", "now": parts.clock.now(), "days": DAYS}
        with pytest.raises(InvalidRecallError):
            record_recall(session, held.id, pair_id, note=" ", **given)
        assert reveal_asker(session, held.id, pair_id, cipher=parts.desk.cipher, **given) == PHONE
        assert held.revealed_by == "坐席乙"
        record_recall(session, held.id, pair_id, note="已告知新址", **given)
        assert listed(session, parts) == []
        with pytest.raises(NotToRecallError):
            record_recall(session, held.id, pair_id, note="再次", **given)


def test_a_second_correction_lists_the_asker_again(parts: Parts, tell: Tell) -> None:
    with session_scope(parts.database) as session:
        held = tell(session)
        pair_id = held.candidates[0]["qa_id"]
        change(session, pair_id, parts)
        now = parts.clock.now()
        record_recall(session, held.id, pair_id, note="已告知", operator="乙", now=now, days=DAYS)
        withdraw_pair(session, find_pair(session, pair_id), "又变", now=now)
        assert listed(session, parts) == [held.id]
