"""What an operator is shown of a caller: earlier calls, open entries, and what to say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from actors import person

from qa_service.clock import FixedClock, beijing_day
from qa_service.consultation.callbacks.contacts import contact_as_heard
from qa_service.consultation.calls.caller import Caller, look_up, questions_of_call
from qa_service.consultation.calls.contact import contact_of_call, is_hotline_call, keep_number
from qa_service.consultation.calls.keywords import is_keyword
from qa_service.consultation.calls.saying import progress_sentence, registered_sentence
from qa_service.consultation.choosing import choose
from qa_service.consultation.inquiry import RegisterMode
from qa_service.consultation.models import ChoiceOutcome, Consultation
from qa_service.consultation.service import choose_none, find_consultation
from qa_service.knowledge.pairs.service import find_pair, withdraw_pair
from qa_service.ledger.askers.details import AskerDetails
from qa_service.ledger.queries import DueStatus, find_entry
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryState

Asking = Callable[..., Any]
TAKER = person("坐席甲")
PHONE = "13800001111"
KNOWN = "社保卡丢了怎么补办？"
UNKNOWN = "火星移民签证在哪个窗口盖章"


@pytest.fixture
def ask(asking: Asking, clock: FixedClock) -> Callable[..., Consultation]:
    """Asks a question of the caller, in a call, each a minute after the other."""

    def ask_one(question: str, call_id: str = "", phone: str = PHONE) -> Consultation:
        asker = AskerDetails(None, phone)
        clock.instant += timedelta(minutes=1)
        held: Consultation = asking(
            question, register=RegisterMode.NEVER, actor=TAKER, asker=asker, call_id=call_id
        ).consultation
        return held

    return ask_one


def known(services: Services, phone: str = PHONE, **besides: str) -> Caller:
    now = services.clock.now()
    with session_scope(services.database, read_only=True) as session:
        found = look_up(
            session, services.consultation, phone, now=now, today=beijing_day(now), **besides
        )
    assert found is not None
    return found


Ask = Callable[..., Consultation]


class TestLookUp:
    def test_finds_the_earlier_calls_of_a_number_however_it_is_written(
        self, ask: Ask, services: Services
    ) -> None:
        first = ask(KNOWN)
        ask(UNKNOWN, first.call_id)
        ask(KNOWN, phone="13900002222")
        calls = known(services, "+86 138-0000-1111").calls
        assert [[one.question for one in call.questions] for call in calls] == [[KNOWN, UNKNOWN]]

    def test_shows_the_number_masked_and_nothing_of_an_empty_one(
        self, ask: Ask, services: Services
    ) -> None:
        ask(KNOWN)
        found = known(services)
        assert found.contact_masked == "138******11"
        assert PHONE not in str(found)
        now = services.clock.now()
        with session_scope(services.database, read_only=True) as session:
            deps, day = services.consultation, beijing_day(now)
            assert look_up(session, deps, " ", now=now, today=day) is None

    def test_leaves_out_the_present_call_and_what_is_too_old(
        self, ask: Ask, services: Services, clock: FixedClock
    ) -> None:
        held = ask(KNOWN)
        assert known(services, besides_call=held.call_id).calls == ()
        clock.instant += timedelta(days=91)
        assert known(services).calls == ()

    def test_says_that_the_answer_told_has_changed_since(
        self, ask: Ask, services: Services
    ) -> None:
        held = ask(KNOWN)
        pair_id, now = held.candidates[0].qa_id, services.clock.now()
        with session_scope(services.database) as session:
            choose(session, find_consultation(session, held.id), pair_id, actor=TAKER, now=now)
        (told,) = known(services).questions
        assert (told.outcome, told.has_changed) == (ChoiceOutcome.TOLD, False)
        with session_scope(services.database) as session:
            pair = find_pair(session, pair_id)
            withdraw_pair(session, pair, "标准已调整", by=TAKER, now=now)
        assert known(services).questions[0].has_changed

    def test_has_the_open_entry_with_what_to_say(self, ask: Ask, services: Services) -> None:
        held = ask(UNKNOWN)
        with session_scope(services.database) as session:
            consultation = find_consultation(session, held.id)
            number = choose_none(
                session,
                services.consultation,
                consultation,
                actor=TAKER,
                now=services.clock.now(),
            )
        found = known(services)
        assert [one.entry.number for one in found.entries] == [number]
        assert "12月1日（星期二）前答复您" in found.entries[0].saying
        assert [one.entry for one in found.questions] == [number]


class TestSaying:
    @pytest.fixture
    def entry(self, ask: Ask, services: Services) -> Any:
        held = ask(UNKNOWN)
        now = services.clock.now()
        with session_scope(services.database) as session:
            consultation = find_consultation(session, held.id)
            number = choose_none(session, services.consultation, consultation, actor=TAKER, now=now)
            return find_entry(session, number, today=beijing_day(now), calendar=services.calendar)

    def test_after_registering_names_number_unit_and_day(self, entry: Any) -> None:
        assert registered_sentence(entry) == (
            f"您的问题已登记，编号{entry.number}，由{entry.unit_name}办理，"
            "12月1日（星期二）前答复您。"
        )
        nobody = replace(entry, contact_masked=None)
        assert "可凭编号来电查询" in registered_sentence(nobody)

    def test_follows_the_state_of_the_entry(self, entry: Any) -> None:
        reviewed = replace(entry, state=EntryState.DRAFTED)
        assert "正在审核" in progress_sentence(reviewed, None)
        approved = replace(entry, state=EntryState.APPROVED)
        assert progress_sentence(approved, "在二楼盖章").endswith("已有答复：在二楼盖章")
        late = replace(entry, due_status=DueStatus.OVERDUE)
        assert "已超期" in progress_sentence(late, None)


class TestContactOfTheCall:
    def test_is_carried_on_to_its_taker_alone(self, ask: Ask, services: Services) -> None:
        held = ask(KNOWN)
        given = {"cipher": services.cipher, "now": services.clock.now()}
        with session_scope(services.database, read_only=True) as session:
            mine = contact_of_call(session, held.call_id, actor=TAKER, **given)
            other = contact_of_call(session, held.call_id, actor=person("坐席乙"), **given)
        assert (mine.phone, other.phone) == (PHONE, None)

    def test_kept_with_an_answer_leaves_the_name_that_was_heard(
        self, asking: Asking, services: Services
    ) -> None:
        held = asking(f"我叫赵敏，{KNOWN}", actor=TAKER).consultation
        given = {"cipher": services.cipher, "actor": TAKER, "now": services.clock.now()}
        with session_scope(services.database) as session:
            consultation = find_consultation(session, held.id)
            keep_number(session, consultation, PHONE, **given)
            kept = contact_as_heard(session, consultation, **given)
        assert (kept.name, kept.phone) == ("赵敏", PHONE)

    def test_calls_are_of_the_hotline_or_begin_with_their_first_question(
        self, ask: Ask, services: Services
    ) -> None:
        own, popped = ask(KNOWN), ask(KNOWN, "CTI-7")
        again = ask(UNKNOWN, "CTI-7")
        today = beijing_day(services.clock.now())
        with session_scope(services.database, read_only=True) as session:
            assert own.call_id == own.id
            assert not is_hotline_call(session, own.call_id)
            assert is_hotline_call(session, "CTI-7")
            asked = questions_of_call(session, "CTI-7", today=today, besides=again.id)
            assert [one.id for one in asked] == [popped.id]


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        ("产假", True),
        ("异地就医", True),
        ("社保卡补办", True),
        ("产假多少天", False),
        ("低保怎么申请", False),
        ("社保卡丢了在哪里补办呢", False),
        ("养老金能领吗", False),
    ],
)
def test_a_keyword_names_a_matter_and_asks_nothing(words: str, is_one: bool) -> None:
    assert is_keyword(words) is is_one
