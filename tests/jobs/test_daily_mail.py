"""The daily mail: each person is told once on a working day how much waits, and nothing else."""

from datetime import timedelta

import pytest
from desk import MORNING, Desk, Register, employ
from sqlalchemy import Engine
from sqlmodel import col, select

from qa_service.accounts.models import User
from qa_service.clock import FixedClock
from qa_service.jobs.daily_mail import mail_pending_work
from qa_service.jobs.duty import JobContext
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role
from qa_service.workdays.calendar import WorkCalendar

AFTER_THE_DEADLINE = timedelta(days=8)
"""From Tuesday 24 November to Wednesday 2 December: the entry was due the day before."""


@pytest.fixture
def staff(ledger: Engine, enter: Register) -> Engine:
    """A reply waits for the reviewer; the operator has an address and nothing to do."""
    with session_scope(ledger) as session:
        employ(session, "shenhe", Role.REVIEWER, "shenhe@gov.example")
        employ(session, "zuoxi", Role.OPERATOR, "zuoxi@gov.example")
        employ(session, "ducha", Role.SUPERVISOR)
        entry = enter(session, MORNING)
        Desk(session).accept(entry)
        Desk(session).draft(entry)
    return ledger


@pytest.fixture
def context(
    staff: Engine, settings: Settings, clock: FixedClock, calendar: WorkCalendar
) -> JobContext:
    settings.smtp_host, settings.public_url = "mail.gov.example", "https://qa.gov.example"
    return JobContext(settings, clock, staff, calendar)


def daily(engine: Engine) -> list[OutboxEvent]:
    statement = select(OutboxEvent).where(
        OutboxEvent.destination == Destination.MAIL, col(OutboxEvent.subject).like("todo-%")
    )
    with session_scope(engine, read_only=True) as session:
        found = list(session.exec(statement.order_by(col(OutboxEvent.id))).all())
        session.expunge_all()
    return found


def test_tells_kinds_numbers_and_days_to_whom_something_waits_and_no_question(
    context: JobContext, clock: FixedClock, staff: Engine
) -> None:
    clock.instant = MORNING + AFTER_THE_DEADLINE
    assert mail_pending_work(context) == 1
    (sent,) = daily(staff)
    assert sent.payload["to"] == "shenhe@gov.example"
    assert sent.payload["subject"] == "【政策咨询】今日待办 1 件"
    assert sent.payload["text"].splitlines() == [
        "工作人员shenhe：",
        "截至今天 10:00，等您办理的有 1 件：",
        "待审核的答复 1 件，最早的期限 2026-12-01，已超期",
        "请登录政策咨询问答库，在“我的待办”中办理：https://qa.gov.example/todo",
    ]


def test_is_sent_once_a_day_whoever_runs_the_round_and_again_on_the_next(
    context: JobContext, clock: FixedClock, staff: Engine
) -> None:
    assert [mail_pending_work(context) for _ in range(3)] == [1, 0, 0]
    clock.instant += timedelta(days=1)
    assert mail_pending_work(context) == 1
    assert len(daily(staff)) == 2


@pytest.mark.parametrize(
    ("setting", "value", "moved"),
    [
        ("smtp_host", "", timedelta()),
        ("daily_mail_hour", -1, timedelta()),
        ("daily_mail_hour", 11, timedelta()),
        ("daily_mail_hour", 8, timedelta(days=4)),
    ],
    ids=["no mail server", "turned off", "too early", "on a Saturday"],
)
def test_is_not_sent(
    context: JobContext, clock: FixedClock, setting: str, value: object, moved: timedelta
) -> None:
    setattr(context.settings, setting, value)
    clock.instant += moved
    assert mail_pending_work(context) == 0


def test_goes_to_nobody_who_left(context: JobContext, staff: Engine) -> None:
    with session_scope(staff) as session:
        session.exec(select(User).where(User.login == "shenhe")).one().is_active = False
    assert mail_pending_work(context) == 0
