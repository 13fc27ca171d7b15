from dataclasses import replace
from datetime import date

import pytest
from actors import person
from desk import ANSWER, MORNING, OPERATOR, REVIEWER, RULE, Desk, step, store_rule
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.queries import pair_content
from qa_service.knowledge.pairs.record.content import PairContent
from qa_service.knowledge.pairs.service import draft_pair, edit_pair, withdraw_pair
from qa_service.ledger.corrections import InvalidCorrectionError, open_correction
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.rules import LedgerRules
from qa_service.ledger.workflow import closing
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import EntryKind, EntryState, PolicyArea, RoutedBy
from qa_service.workdays.calendar import WorkCalendar

RULES = LedgerRules(kind_workdays={EntryKind.CORRECTION: 3})


def published(session: Session) -> QAPair:
    store_rule(session)
    content = PairContent(
        area=PolicyArea.ELDERLY_CARE,
        unit="pensions",
        question="养老金什么时候发",
        variants=(),
        answer="每月十五日前发放。",
        phone_script="每月十五日前发放。",
        effective_from=date(2026, 1, 1),
        basis=(Basis(RULE),),
    )
    pair = draft_pair(session, content, by=person("编辑甲"), now=MORNING)
    publish_pair(session, pair, now=MORNING)
    return pair


def complain(
    session: Session, pair: QAPair, calendar: WorkCalendar, complaint: str = "已改为每月十日"
) -> LedgerEntry:
    return open_correction(
        session, pair, complaint, calendar=calendar, rules=RULES, actor=OPERATOR, now=MORNING
    )


class TestTask:
    def test_goes_to_the_pairs_unit_with_a_limit_of_its_own(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            pair = published(session)
            entry = complain(session, pair, calendar)
            assert (entry.kind, entry.unit_id) == (EntryKind.CORRECTION, pair.unit_id)
            assert (entry.due_on, entry.routed_by) == (date(2026, 11, 27), RoutedBy.OWNER)
            assert "养老金什么时候发：已改为每月十日" in entry.question
            assert (entry.pair_id, entry.pair_version) == (pair.id, 1)

    def test_of_two_complaints_about_one_pair_both_are_kept_as_one_task(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            pair = published(session)
            first = complain(session, pair, calendar)
            second = complain(session, pair, calendar, "口播与答复不一致")
            assert second.joined_to_id == first.id
            assert "口播" in second.question

    @pytest.mark.parametrize("complaint", ["", "  ", "！！", "错" * 501])
    def test_says_what_is_wrong(
        self, ledger: Engine, calendar: WorkCalendar, complaint: str
    ) -> None:
        with session_scope(ledger) as session:
            pair = published(session)
            with pytest.raises(InvalidCorrectionError):
                complain(session, pair, calendar, complaint)

    def test_holds_no_personal_data(self, ledger: Engine, calendar: WorkCalendar) -> None:
        with session_scope(ledger) as session:
            entry = complain(session, published(session), calendar, "请回电13800000000")
            assert "13800000000" not in entry.question


class TestEnd:
    def answered(self, session: Session, calendar: WorkCalendar) -> tuple[QAPair, LedgerEntry]:
        pair = published(session)
        entry = complain(session, pair, calendar)
        Desk(session).answered(entry, replace(ANSWER, question="养老金发放日期变动"))
        assert entry.pair_id == pair.id
        return pair, entry

    def close(self, session: Session, entry: LedgerEntry) -> None:
        closing.close(session, entry, step(OPERATOR))

    def test_waits_for_the_pair_to_be_changed(self, ledger: Engine, calendar: WorkCalendar) -> None:
        with session_scope(ledger) as session:
            pair, entry = self.answered(session, calendar)
            with pytest.raises(closing.NotCompleteError, match="尚未修改或撤回"):
                self.close(session, entry)
            content = replace(pair_content(session, pair), answer="每月十日前发放。")
            edit_pair(session, pair, content, by=person("编辑甲"), now=MORNING)
            assert closing.close_completed(session, now=MORNING) == 0
            publish_pair(session, pair, now=MORNING)
            assert closing.close_completed(session, now=MORNING) == 1

    def test_or_withdrawn(self, ledger: Engine, calendar: WorkCalendar) -> None:
        with session_scope(ledger) as session:
            pair, entry = self.answered(session, calendar)
            withdraw_pair(session, pair, "已过时", now=MORNING)
            self.close(session, entry)
            assert entry.state is EntryState.CLOSED

    def test_or_for_a_reason_why_it_is_right(self, ledger: Engine, calendar: WorkCalendar) -> None:
        with session_scope(ledger) as session:
            pair, entry = self.answered(session, calendar)
            reason = step(REVIEWER, reason="原答复与现行规定一致")
            closing.decline_draft(session, entry, reason)
            assert entry.state is EntryState.CLOSED
            assert pair.withdrawn_reason is None
