from datetime import timedelta

from actors import person
from sqlmodel import Session

from qa_service.consultation.choosing import choose
from qa_service.consultation.gaps import LEADERS, Gap, find_gap, find_gaps
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.models import Consultation
from qa_service.consultation.service import choose_none, record, search_for
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, Verdict

LIFT = "老旧小区加装电梯政府给多少补助"


def ask(
    session: Session, services: Services, question: str, register: RegisterMode = RegisterMode.AUTO
) -> Consultation:
    now = services.clock.now()
    inquiry = Inquiry(question, Channel.HOTLINE, actor=person("坐席甲"), register=register)
    result = search_for(services.consultation, inquiry, now=now)
    return record(session, services.consultation, inquiry, result, now=now).consultation


def gaps(session: Session, services: Services, days: int = 30) -> list[Gap]:
    return find_gaps(session, services.tokenizer, now=services.clock.now(), days=days)


def test_questions_nearly_alike_are_put_together_and_counted(services: Services) -> None:
    with session_scope(services.database) as session:
        for question in (LIFT, f"请问{LIFT}", LIFT, "火星移民签证在哪个窗口盖章"):
            ask(session, services, question)
        first, second = gaps(session, services)
        assert (first.question, first.count, first.registered) == (LIFT, 3, 3)
        assert first.wordings == (f"请问{LIFT}",)
        assert second.count == 1
        for gap in (first, second):
            now = services.clock.now()
            found = find_gap(session, services.tokenizer, gap.consultation_id, now=now, days=30)
            assert found == gap


def test_questions_that_differ_in_a_guard_word_are_kept_apart(services: Services) -> None:
    with session_scope(services.database) as session:
        ask(session, services, "火星移民签证一级窗口几点开门")
        ask(session, services, "火星移民签证二级窗口几点开门")
        assert [gap.count for gap in gaps(session, services)] == [1, 1]


def test_what_was_answered_is_no_gap_and_what_no_candidate_answered_is(services: Services) -> None:
    known = "社保卡丢了怎么补办？"
    with session_scope(services.database) as session:
        told = ask(session, services, known, RegisterMode.NEVER)
        pair_id = told.candidates[0].qa_id
        choose(session, told, pair_id, actor=person("坐席甲"), now=services.clock.now())
        assert gaps(session, services) == []
        other = ask(session, services, known, RegisterMode.NEVER)
        choose_none(
            session, services.consultation, other, actor=person("坐席甲"), now=services.clock.now()
        )
        assert [gap.question for gap in gaps(session, services)] == [known]


def test_neither_old_questions_nor_personal_ones_are_shown(services: Services) -> None:
    with session_scope(services.database) as session:
        old = ask(session, services, LIFT)
        old.created_at -= timedelta(days=31)
        session.add(old)
        ask(session, services, "我的手机13800138000收不到火星移民签证短信")
        assert gaps(session, services) == []
        assert len(gaps(session, services, days=60)) == 1


def test_many_questions_that_differ_in_a_number_alone_stay_apart_and_one_again_joins_its_own(
    services: Services,
) -> None:
    asked = [f"火星移民补贴{number}元怎么领" for number in range(1, 3 * LEADERS)]
    now = services.clock.now()
    with session_scope(services.database) as session:
        for place, question in enumerate([*asked, asked[0], asked[-1]]):
            session.add(
                Consultation(
                    id=f"asked-{place}",
                    operator="坐席甲",
                    channel=Channel.HOTLINE,
                    question=question,
                    verdict=Verdict.UNMATCHED,
                    confidence=0.0,
                    created_at=now - timedelta(minutes=place),
                )
            )
        session.flush()
        found = find_gaps(session, services.tokenizer, now=now, days=30, limit=len(asked) + 1)
        assert [gap.count for gap in found] == [2, 2, *(1 for _ in asked[2:])]
        assert {gap.question for gap in found[:2]} == {asked[0], asked[-1]}
