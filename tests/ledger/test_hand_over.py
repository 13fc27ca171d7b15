"""What units are told besides deadlines: an opinion asked of them, and answers in rework."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from actors import person
from desk import MORNING, SUPERVISOR, Desk, Register, member, step, store_rule, unit_id
from pension_pair import CONTENT
from reviewing import publish_pair
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit
from qa_service.clock import FixedClock
from qa_service.jobs.bank.expiry import withdraw_expired
from qa_service.jobs.duty import JobContext
from qa_service.knowledge.content_parts import Basis
from qa_service.knowledge.models import stored_id
from qa_service.knowledge.pairs.service import draft_pair
from qa_service.ledger.deadlines.reminders import unseen_reminders
from qa_service.ledger.hand_over import remind_opinions
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow import assignment
from qa_service.ledger.workflow.voiding import void
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.workdays.calendar import WorkCalendar

ADDRESS = "pensions@example.com"
DUE = datetime.fromisoformat("2026-11-26T09:00:00+08:00")
"""The day on which an opinion asked for on the morning of 24 November is due."""


@pytest.fixture
def session(ledger: Engine) -> Iterator[Session]:
    with session_scope(ledger) as opened:
        unit = opened.exec(select(Unit).where(Unit.key == "pensions")).one()
        unit.email = ADDRESS
        opened.add(unit)
        opened.flush()
        yield opened


def mails(session: Session) -> list[dict[str, str]]:
    """The mails to the pension office, the oldest first."""
    statement = select(OutboxEvent).where(OutboxEvent.destination == Destination.MAIL)
    found = session.exec(statement.order_by(col(OutboxEvent.id))).all()
    return [event.payload for event in found if event.payload["to"] == ADDRESS]


def inbox(session: Session) -> list[str]:
    within = frozenset({unit_id(session, "pensions")})
    return [reminder.text for reminder in unseen_reminders(session, within)]


@pytest.fixture
def helped(session: Session, enter: Register) -> LedgerEntry:
    """An entry of the tax office on which the pension office owes an opinion."""
    entry = enter(session, MORNING)
    moved = step(SUPERVISOR)
    assignment.assign(
        session,
        entry,
        moved,
        unit="tax",
        helpers=["pensions"],
        opinions_by=DUE.date(),
    )
    return entry


class TestOpinion:
    @pytest.mark.parametrize("is_reminded", [False, True])
    def test_is_not_asked_for_any_more_once_the_entry_is_voided(
        self, session: Session, helped: LedgerEntry, is_reminded: bool
    ) -> None:
        if is_reminded:
            remind_opinions(session, now=DUE)
        assert inbox(session)
        void(session, helped, step(SUPERVISOR, reason="重复登记"))
        assert inbox(session) == []

    def test_is_not_asked_for_any_more_of_a_unit_that_no_longer_helps(
        self, session: Session, helped: LedgerEntry
    ) -> None:
        assignment.assign(session, helped, step(SUPERVISOR), unit="tax", helpers=["office"])
        assert inbox(session) == []

    def test_is_asked_for_in_the_inbox_and_by_mail(
        self, session: Session, helped: LedgerEntry
    ) -> None:
        assert inbox(session) == ["请于 2026-11-26 前提交协办意见"]
        (mail,) = mails(session)
        assert helped.number in mail["subject"]
        assert "请于 2026-11-26 前提交协办意见" in mail["subject"]

    def test_is_reminded_of_once_on_its_day(self, session: Session, helped: LedgerEntry) -> None:
        assert remind_opinions(session, now=DUE - timedelta(days=1)) == 0
        assert [remind_opinions(session, now=DUE) for _ in range(2)] == [1, 0]
        assert inbox(session)[0] == "协办意见应于 2026-11-26 前提交，请尽快提交"
        assert len(mails(session)) == 2

    def test_that_was_given_is_not_reminded_of(self, session: Session, helped: LedgerEntry) -> None:
        assignment.contribute(session, helped, step(member(session, "pensions")), "同意")
        assert remind_opinions(session, now=DUE) == 0

    def test_of_an_entry_that_is_answered_is_not_reminded_of(
        self, session: Session, helped: LedgerEntry
    ) -> None:
        Desk(session).answered(helped)
        assert remind_opinions(session, now=DUE) == 0


class TestRework:
    def test_of_expired_answers_is_mailed_to_their_unit_in_one_mail(
        self, session: Session, settings: Settings, calendar: WorkCalendar
    ) -> None:
        last = date(2026, 11, 30)
        store_rule(session)
        for question in ("养老金什么时候发？", "丧葬补助怎么领？", "退休手续在哪里办？"):
            values = {
                "question": question,
                "basis": (Basis("rule", "第三条"),),
                "expires_on": None if "退休" in question else last,
            }
            pair = draft_pair(
                session, CONTENT.with_values(values), by=person("编辑甲"), now=MORNING
            )
            publish_pair(session, pair, now=MORNING)
            assert stored_id(pair)
        engine = session.get_bind()
        assert isinstance(engine, Engine)
        session.commit()
        clock = FixedClock(MORNING + timedelta(days=8))
        context = JobContext(settings, clock, engine, calendar)
        assert [withdraw_expired(context) for _ in range(2)] == [2, 0]
        (mail,) = mails(session)
        assert mail["subject"] == "【政策咨询】2 条答复已撤回，请重新起草"
        assert "“养老金什么时候发？”（该答复已于 2026-11-30 失效）" in mail["text"]
        assert "丧葬补助怎么领？" in mail["text"]
        assert "退休手续" not in mail["text"]
