from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from actors import person
from reviewing import publish_pair
from sqlmodel import Session

from qa_service.clock import beijing_day
from qa_service.consultation.callbacks.correction_callbacks import (
    InvalidCorrectionCallbackError,
    NoCorrectionCallbackDueError,
    affected_callers,
    record_correction_callback,
    reveal_asker,
)
from qa_service.consultation.choosing import choose
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.models import Consultation
from qa_service.consultation.service import record, search_for
from qa_service.knowledge.pairs.queries import pair_content
from qa_service.knowledge.pairs.service import edit_pair, find_pair, withdraw_pair
from qa_service.knowledge.policies.withdrawal import withdraw_ended
from qa_service.ledger.askers.details import AskerDetails
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, PairStatus

QUESTION = "社保卡丢了怎么补办？"
PHONE = "13800000000"
DAYS = 30

Tell = Callable[..., Consultation]


@pytest.fixture
def tell(services: Services) -> Tell:
    """Asks, and records that the first candidate was told."""

    def ask(session: Session, *, choosing: bool = True) -> Consultation:
        now = services.clock.now()
        asker = AskerDetails(phone=PHONE)
        inquiry = Inquiry(
            QUESTION, Channel.HOTLINE, person("坐席甲"), asker=asker, register=RegisterMode.NEVER
        )
        result = search_for(services.consultation, inquiry, now=now)
        held = record(session, services.consultation, inquiry, result, now=now).consultation
        if choosing:
            choose(session, held, held.candidates[0].qa_id, actor=person("坐席甲"), now=now)
        return held

    return ask


def change(session: Session, pair_id: int, services: Services) -> None:
    pair = find_pair(session, pair_id)
    content = replace(pair_content(session, pair), answer="补办地点有变，请到新址办理。")
    edit_pair(session, pair, content, by=person("编辑甲"), now=services.clock.now())
    publish_pair(session, pair, now=services.clock.now())


def listed(session: Session, services: Services, later: timedelta = timedelta()) -> list[str]:
    found = affected_callers(session, now=services.clock.now() + later, days=DAYS)
    return [one.consultation_id for one in found]


def test_nobody_is_called_while_the_answer_stands(services: Services, tell: Tell) -> None:
    with session_scope(services.database) as session:
        tell(session)
        assert listed(session, services) == []


@pytest.mark.parametrize("choosing", [True, False])
def test_who_was_told_a_corrected_answer_is_called(
    services: Services, tell: Tell, *, choosing: bool
) -> None:
    with session_scope(services.database) as session:
        held = tell(session, choosing=choosing)
        change(session, held.candidates[0].qa_id, services)
        (one,) = affected_callers(session, now=services.clock.now(), days=DAYS)
        assert (one.consultation_id, one.told_version, one.new_version) == (held.id, 1, 2)
        assert (one.is_certain, one.contact_masked) == (choosing, "138******00")


def test_and_who_was_told_a_withdrawn_one(services: Services, tell: Tell) -> None:
    with session_scope(services.database) as session:
        held = tell(session)
        pair = find_pair(session, held.candidates[0].qa_id)
        withdraw_pair(session, pair, "已过时", now=services.clock.now())
        (one,) = affected_callers(session, now=services.clock.now(), days=DAYS)
        assert one.new_version is None


def test_who_was_told_what_was_only_put_otherwise_for_the_search_is_not(
    services: Services, tell: Tell
) -> None:
    with session_scope(services.database) as session:
        held = tell(session)
        pair = find_pair(session, held.candidates[0].qa_id)
        reworded = replace(pair_content(session, pair), keywords=("补卡",))
        edit_pair(session, pair, reworded, by=person("编辑甲"), now=services.clock.now())
        assert listed(session, services) == []
        publish_pair(session, pair, now=services.clock.now())
        assert listed(session, services) == []


def test_who_was_told_the_new_version_is_not(services: Services, tell: Tell) -> None:
    with session_scope(services.database) as session:
        first = tell(session)
        change(session, first.candidates[0].qa_id, services)
    services.index_sync.catch_up()
    with session_scope(services.database) as session:
        tell(session)
        assert listed(session, services) == [first.id]


def test_nor_who_was_told_too_long_ago(services: Services, tell: Tell) -> None:
    with session_scope(services.database) as session:
        held = tell(session)
        change(session, held.candidates[0].qa_id, services)
        assert listed(session, services, timedelta(days=DAYS - 1)) == [held.id]
        assert listed(session, services, timedelta(days=DAYS + 1)) == []


def test_a_call_is_recorded_once_and_says_how_it_went(services: Services, tell: Tell) -> None:
    with session_scope(services.database) as session:
        held = tell(session)
        pair_id = held.candidates[0].qa_id
        change(session, pair_id, services)
        given = {"actor": person("坐席乙"), "now": services.clock.now(), "days": DAYS}
        with pytest.raises(InvalidCorrectionCallbackError):
            record_correction_callback(session, held.id, pair_id, note=" ", **given)
        assert reveal_asker(session, held.id, pair_id, cipher=services.cipher, **given) == PHONE
        assert held.revealed_by == "坐席乙"
        record_correction_callback(session, held.id, pair_id, note="已告知新址", **given)
        assert listed(session, services) == []
        with pytest.raises(NoCorrectionCallbackDueError):
            record_correction_callback(session, held.id, pair_id, note="再次", **given)


def test_a_second_correction_lists_the_asker_again(services: Services, tell: Tell) -> None:
    with session_scope(services.database) as session:
        held = tell(session)
        pair_id = held.candidates[0].qa_id
        change(session, pair_id, services)
        now = services.clock.now()
        record_correction_callback(
            session, held.id, pair_id, note="已告知", actor=person("乙"), now=now, days=DAYS
        )
        withdraw_pair(session, find_pair(session, pair_id), "又变", now=now)
        assert listed(session, services) == [held.id]


class TestExpired:
    def test_an_answer_that_merely_expired_calls_nobody(
        self, tell: Tell, services: Services
    ) -> None:
        now, today = services.clock.now(), beijing_day(services.clock.now())
        with session_scope(services.database) as session:
            held = tell(session)
            pair = find_pair(session, held.candidates[0].qa_id)
            pair.expires_on = today + timedelta(days=3)
            session.add(pair)
            withdraw_ended(session, now=now + timedelta(days=4))
            assert pair.status is PairStatus.WITHDRAWN
            assert affected_callers(session, now=now + timedelta(days=4), days=90) == []

    def test_one_withdrawn_for_another_reason_still_does(
        self, tell: Tell, services: Services
    ) -> None:
        now = services.clock.now()
        with session_scope(services.database) as session:
            held = tell(session)
            pair = find_pair(session, held.candidates[0].qa_id)
            pair.expires_on = beijing_day(now) + timedelta(days=3)
            withdraw_pair(session, pair, "口径有误", now=now, by=person("编辑甲"))
            (found,) = affected_callers(session, now=now + timedelta(days=80), days=90)
            assert found.contact_masked == "138******00"
