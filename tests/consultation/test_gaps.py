from datetime import timedelta

from sqlmodel import Session

from qa_service.consultation.choosing import choose
from qa_service.consultation.gaps import Gap, find_gaps, gap_of
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.models import Channel, Consultation
from qa_service.consultation.service import choose_none, record, search_for
from qa_service.parts import Parts
from qa_service.storage.engine import session_scope

LIFT = "老旧小区加装电梯政府给多少补助"


def ask(
    session: Session, parts: Parts, question: str, register: RegisterMode = RegisterMode.AUTO
) -> Consultation:
    now = parts.clock.now()
    inquiry = Inquiry(question, Channel.HOTLINE, operator="坐席甲", register=register)
    result = search_for(parts.desk, inquiry, now=now)
    return record(session, parts.desk, inquiry, result, now=now).consultation


def gaps(session: Session, parts: Parts, days: int = 30) -> list[Gap]:
    return find_gaps(session, parts.desk.tokeniser, now=parts.clock.now(), days=days)


def test_questions_nearly_alike_are_put_together_and_counted(parts: Parts) -> None:
    with session_scope(parts.database) as session:
        for question in (LIFT, f"请问{LIFT}", LIFT, "火星移民签证在哪个窗口盖章"):
            ask(session, parts, question)
        first, second = gaps(session, parts)
        assert (first.question, first.count, first.registered) == (LIFT, 3, 3)
        assert first.wordings == (f"请问{LIFT}",)
        assert second.count == 1
        assert gap_of([first, second], second.consultation_id) == second


def test_questions_that_differ_in_a_guard_word_are_kept_apart(parts: Parts) -> None:
    with session_scope(parts.database) as session:
        ask(session, parts, "火星移民签证一级窗口几点开门")
        ask(session, parts, "火星移民签证二级窗口几点开门")
        assert [gap.count for gap in gaps(session, parts)] == [1, 1]


def test_what_was_answered_is_no_gap_and_what_no_candidate_answered_is(parts: Parts) -> None:
    known = "社保卡丢了怎么补办？"
    with session_scope(parts.database) as session:
        told = ask(session, parts, known, RegisterMode.NEVER)
        pair_id = told.candidates[0]["qa_id"]
        choose(session, told, pair_id, operator="坐席甲", now=parts.clock.now())
        assert gaps(session, parts) == []
        other = ask(session, parts, known, RegisterMode.NEVER)
        choose_none(session, parts.desk, other, operator="坐席甲", now=parts.clock.now())
        assert [gap.question for gap in gaps(session, parts)] == [known]


def test_neither_old_questions_nor_personal_ones_are_shown(parts: Parts) -> None:
    with session_scope(parts.database) as session:
        old = ask(session, parts, LIFT)
        old.created_at -= timedelta(days=31)
        session.add(old)
        ask(session, parts, "我的手机13800138000收不到火星移民签证短信")
        assert gaps(session, parts) == []
        assert len(gaps(session, parts, days=60)) == 1
