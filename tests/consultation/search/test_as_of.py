"""Search by the rules of a past day: what was in force then, marked, and never today's rule."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from actors import person
from ended_policy import end_policy, propose
from reviewing import publish_pair
from sqlmodel import select

from qa_service.clock import BEIJING
from qa_service.consultation.callbacks.correction_callbacks import affected_callers
from qa_service.consultation.choosing import AlreadyChosenError, choose
from qa_service.consultation.duplicates.received_again import ExternalIdTakenError, search_again
from qa_service.consultation.inquiry import Inquiry, RegisterMode
from qa_service.consultation.search.as_of import UnusableDayError, day_to_offer
from qa_service.consultation.service import find_consultation, search_for
from qa_service.consultation.telling import AnswerOutdatedError
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import PolicyDocument, QAPair
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair, edit_pair, find_pair, withdraw_pair
from qa_service.knowledge.pairs.variants.suggested import open_suggestions
from qa_service.knowledge.policies.withdrawal import withdraw_ended
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Channel, PolicyArea, Verdict

NOW = datetime(2026, 11, 24, 10, tzinfo=BEIJING)
TODAY = NOW.date()
LAST_YEAR = date(2025, 6, 1)
QUESTION = "百岁老人长寿金每月发多少？"
OLD = "百岁老人长寿金每人每月发放五百元，由镇街代发。"
NEW = "百岁老人长寿金每人每月发放八百元，由镇街代发。"

Asking = Callable[..., Any]

CONTENT = PairContent(
    area=PolicyArea.ELDERLY_CARE,
    unit="human-resources",
    question=QUESTION,
    variants=("满一百岁的老人长寿金有多少钱",),
    answer=OLD,
    phone_script="每月五百元。",
    effective_from=date(2025, 1, 1),
    basis=(Basis("社会保险法", "第一条"),),
)


def publish(services: Services, content: PairContent = CONTENT, *, now: datetime = NOW) -> int:
    with session_scope(services.database) as session:
        pair = draft_pair(session, content, by=person("编辑甲"), now=now)
        publish_pair(session, pair, now=now)
        assert pair.id is not None
        return pair.id


def rewrite(services: Services, pair_id: int, content: PairContent) -> None:
    with session_scope(services.database) as session:
        pair = find_pair(session, pair_id)
        assert edit_pair(session, pair, content, by=person("编辑甲"), now=NOW)
        publish_pair(session, pair, now=NOW)


def raised(services: Services) -> int:
    """A pair whose amount was raised on the first of January 2026."""
    pair_id = publish(services)
    raised_since = date(2026, 1, 1)
    changed = replace(CONTENT, answer=NEW, phone_script="每月八百元。", effective_from=raised_since)
    rewrite(services, pair_id, changed)
    return pair_id


def alter_document(services: Services, **values: object) -> None:
    with session_scope(services.database) as session:
        statement = select(PolicyDocument).where(PolicyDocument.key == "社会保险法")
        document = session.exec(statement).one()
        for name, value in values.items():
            setattr(document, name, value)
        session.add(document)


def answers(asked: Any, pair_id: int) -> list[str]:
    shown = asked.consultation.candidates
    return [one.content.answer for one in shown if one.qa_id == pair_id]


class TestWhatWasInForce:
    def test_an_earlier_version_answers_for_its_days_and_the_present_one_for_its_own(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = raised(services)
        then = asking(QUESTION, as_of=LAST_YEAR)
        assert answers(then, pair_id) == [OLD]
        assert then.consultation.candidates[0].version == 1
        assert then.consultation.verdict is Verdict.ANSWERED
        assert then.consultation.as_of == LAST_YEAR
        assert answers(asking(QUESTION, as_of=date(2026, 1, 1)), pair_id) == [NEW]
        assert answers(asking(QUESTION, as_of=date(2025, 12, 31)), pair_id) == [OLD]

    @pytest.mark.parametrize("year", ["2025年", "去年"])
    def test_a_question_that_names_the_year_of_the_day_leaves_no_year_in_doubt(
        self, asking: Asking, services: Services, year: str
    ) -> None:
        pair_id = raised(services)
        then = asking(year + QUESTION, as_of=LAST_YEAR).consultation.candidates[0]
        assert (then.qa_id, then.content.answer) == (pair_id, OLD)
        assert not [one for one in then.why.differences if one.startswith("年份")]
        before = asking(f"2024年{QUESTION}", as_of=LAST_YEAR).consultation.candidates[0]
        assert [one for one in before.why.differences if one.startswith("年份不同")]

    def test_today_is_asked_as_ever(self, asking: Asking, services: Services) -> None:
        pair_id = raised(services)
        asking(QUESTION, as_of=LAST_YEAR)
        for asked in (asking(QUESTION), asking(QUESTION, as_of=TODAY)):
            assert answers(asked, pair_id) == [NEW]
            assert asked.consultation.as_of is None
            assert asked.consultation.candidates[0].version == 2

    def test_a_correction_with_the_same_first_day_goes_before_what_it_corrected(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = publish(services)
        rewrite(services, pair_id, replace(CONTENT, answer=NEW, phone_script="每月八百元。"))
        assert answers(asking(QUESTION, as_of=LAST_YEAR), pair_id) == [NEW]

    def test_the_words_of_then_find_it_though_they_were_changed_since(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = publish(services)
        changed = replace(
            CONTENT, question="期颐之年的敬老补贴标准是多少？", variants=(), answer=NEW
        )
        rewrite(services, pair_id, replace(changed, effective_from=date(2026, 1, 1)))
        asked = asking(QUESTION, as_of=LAST_YEAR)
        assert asked.consultation.candidates[0].content.question == QUESTION
        assert asked.consultation.verdict is Verdict.ANSWERED

    def test_an_answer_not_yet_in_force_then_is_not_shown(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = publish(services, replace(CONTENT, effective_from=date(2026, 1, 1)))
        assert answers(asking(QUESTION, as_of=LAST_YEAR), pair_id) == []

    def test_a_draft_never_published_is_not_shown(self, asking: Asking, services: Services) -> None:
        with session_scope(services.database) as session:
            pair_id = draft_pair(session, CONTENT, by=person("编辑甲"), now=NOW).id or 0
        assert answers(asking(QUESTION, as_of=LAST_YEAR), pair_id) == []

    def test_an_answer_that_ran_out_holds_for_its_own_days(
        self, asking: Asking, services: Services
    ) -> None:
        last = date(2026, 11, 24)
        pair_id = publish(services, replace(CONTENT, expires_on=last))
        later = NOW + timedelta(days=3)
        with session_scope(services.database) as session:
            assert withdraw_ended(session, now=later) == [pair_id]
        assert answers(asking(QUESTION, now=later), pair_id) == []
        assert answers(asking(QUESTION, now=later, as_of=last), pair_id) == [OLD]
        after = last + timedelta(days=1)
        assert answers(asking(QUESTION, now=later, as_of=after), pair_id) == []

    def test_an_answer_withdrawn_by_somebody_is_never_shown_again(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = raised(services)
        with session_scope(services.database) as session:
            withdraw_pair(session, find_pair(session, pair_id), "口径有误", now=NOW)
        for day in (LAST_YEAR, date(2026, 6, 1)):
            assert answers(asking(QUESTION, as_of=day), pair_id) == []


class TestDocuments:
    def test_answers_that_fell_with_a_document_hold_until_its_end(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = publish(services)
        with session_scope(services.database) as session:
            assert pair_id in end_policy(session, "社会保险法", now=NOW, since=date(2026, 3, 1))
        assert answers(asking(QUESTION), pair_id) == []
        then = asking(QUESTION, as_of=date(2026, 2, 28))
        assert answers(then, pair_id) == [OLD]
        assert then.consultation.verdict is Verdict.ANSWERED
        assert answers(asking(QUESTION, as_of=date(2026, 3, 1)), pair_id) == []

    def test_an_end_that_is_only_proposed_counts_from_its_day(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = publish(services)
        with session_scope(services.database) as session:
            propose(session, "社会保险法", now=NOW, since=date(2026, 3, 1))
        assert answers(asking(QUESTION, as_of=date(2026, 2, 28)), pair_id) == [OLD]
        assert answers(asking(QUESTION, as_of=date(2026, 3, 1)), pair_id) == []

    def test_a_document_not_yet_in_force_then_carries_no_answer(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = publish(services)
        alter_document(services, effective_from=date(2025, 7, 1))
        assert answers(asking(QUESTION, as_of=LAST_YEAR), pair_id) == []
        assert answers(asking(QUESTION, as_of=date(2025, 7, 1)), pair_id) == [OLD]


class TestTheDay:
    def test_a_day_ahead_and_a_day_before_the_bank_are_refused_with_the_reason(
        self, asking: Asking
    ) -> None:
        with pytest.raises(UnusableDayError, match="2026-11-25 还没有到"):
            asking(QUESTION, as_of=TODAY + timedelta(days=1))
        with pytest.raises(UnusableDayError, match="最早的答复自"):
            asking(QUESTION, as_of=date(1999, 12, 31))

    def test_days_asked_in_turn_do_not_answer_for_each_other(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = raised(services)
        days = (LAST_YEAR, date(2026, 2, 1), date(2025, 2, 1), date(2026, 1, 1), LAST_YEAR)
        told = [answers(asking(QUESTION, as_of=day), pair_id) for day in days]
        assert told == [[OLD], [NEW], [OLD], [NEW], [OLD]]

    def test_a_change_of_the_bank_is_seen_on_past_days_too(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = raised(services)
        assert answers(asking(QUESTION, as_of=LAST_YEAR), pair_id) == [OLD]
        corrected = "百岁老人长寿金每人每月发放六百元，由镇街代发。"
        rewrite(services, pair_id, replace(CONTENT, answer=corrected, phone_script="六百元。"))
        assert answers(asking(QUESTION, as_of=LAST_YEAR), pair_id) == [corrected]

    @pytest.mark.parametrize(
        ("question", "day"),
        [
            ("2025年百岁老人长寿金每月发多少？", date(2025, 12, 31)),
            ("去年长寿金发多少", date(2025, 12, 31)),
            ("2026年长寿金发多少", None),
            ("明年长寿金发多少", None),
            ("长寿金发多少", None),
            ("以前的长寿金标准", None),
        ],
    )
    def test_the_year_a_question_names_is_offered(self, question: str, day: date | None) -> None:
        assert day_to_offer(question, today=TODAY) == day

    def test_a_question_of_another_year_is_not_answered_by_todays_rule_but_by_that_years(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = raised(services)
        question = "2025年百岁老人长寿金每月发多少？"
        assert asking(question).consultation.verdict is not Verdict.ANSWERED
        then = asking(question, as_of=date(2025, 12, 31))
        assert answers(then, pair_id) == [OLD]
        other = asking(question, as_of=date(2026, 6, 1))
        assert other.consultation.verdict is not Verdict.ANSWERED


class TestRecords:
    def test_what_was_told_of_a_past_day_is_recorded_with_the_day_and_teaches_no_wording(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = raised(services)
        held = asking("长寿金百岁老人拿多少", as_of=LAST_YEAR).consultation
        with session_scope(services.database) as session:
            stored = find_consultation(session, held.id)
            choice = choose(session, stored, pair_id, actor=person("坐席甲"), now=NOW)
            assert (choice.version, stored.as_of) == (1, LAST_YEAR)
            assert open_suggestions(session, pair_id) == []

    def test_an_answer_found_for_today_that_changed_is_still_outdated(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = publish(services)
        held = asking(QUESTION).consultation
        rewrite(services, pair_id, replace(CONTENT, answer=NEW, phone_script="八百元。"))
        with session_scope(services.database) as session, pytest.raises(AnswerOutdatedError):
            choose(
                session,
                find_consultation(session, held.id),
                pair_id,
                actor=person("坐席甲"),
                now=NOW,
            )

    def test_who_was_told_the_rule_of_then_is_called_only_if_that_rule_was_wrong(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = raised(services)
        held = asking(QUESTION, as_of=LAST_YEAR).consultation
        with session_scope(services.database) as session:
            choose(
                session,
                find_consultation(session, held.id),
                pair_id,
                actor=person("坐席甲"),
                now=NOW,
            )
        with session_scope(services.database, read_only=True) as session:
            assert affected_callers(session, now=NOW, days=30) == []
        rewrite(services, pair_id, replace(CONTENT, answer="长寿金每月六百元。"))
        with session_scope(services.database, read_only=True) as session:
            [caller] = affected_callers(session, now=NOW, days=30)
            assert caller.consultation_id == held.id

    def test_what_nobody_answers_is_registered_with_its_day(self, asking: Asking) -> None:
        asked = asking("外商投资项目怎么备案？", as_of=LAST_YEAR, area=PolicyArea.INVESTMENT)
        assert asked.entry is not None
        assert asked.entry.question.startswith("（按 2025-06-01 有效的规定）")

    def test_an_id_used_for_one_day_is_taken_for_another(self, asking: Asking) -> None:
        asking(QUESTION, external_id="call-1", as_of=LAST_YEAR)
        asking(QUESTION, external_id="call-1", as_of=LAST_YEAR)
        with pytest.raises(ExternalIdTakenError, match="另一天"):
            asking(QUESTION, external_id="call-1")

    def test_a_consultation_is_searched_again_by_another_day_until_it_is_handled(
        self, asking: Asking, services: Services
    ) -> None:
        pair_id = raised(services)
        held = asking(QUESTION, register=RegisterMode.NEVER).consultation
        inquiry = Inquiry(QUESTION, Channel.HOTLINE, person("坐席甲"), as_of=LAST_YEAR)
        result = search_for(services.consultation, inquiry, now=NOW)
        with session_scope(services.database) as session:
            stored = find_consultation(session, held.id)
            search_again(session, stored, inquiry, result, now=NOW)
            assert stored.as_of == LAST_YEAR
            assert stored.candidates[0].content.answer == OLD
            choose(session, stored, pair_id, actor=person("坐席甲"), now=NOW)
        with session_scope(services.database) as session, pytest.raises(AlreadyChosenError):
            search_again(session, find_consultation(session, held.id), inquiry, result, now=NOW)


def test_the_index_in_use_is_left_alone(asking: Asking, services: Services) -> None:
    raised(services)
    asking(QUESTION)
    before = services.index_sync.engine.index.pair_ids()
    asking(QUESTION, as_of=LAST_YEAR)
    assert services.index_sync.engine.index.pair_ids() == before
    with session_scope(services.database, read_only=True) as session:
        assert session.exec(select(QAPair).where(QAPair.question_key == "")).all() == []
