"""Whoever must act next is told by mail: at their own address, or at their unit's."""

from collections.abc import Iterator

import pytest
from desk import MORNING, Desk, Register, employ, step
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor
from qa_service.accounts.models import User
from qa_service.accounts.units import find_unit
from qa_service.ledger.deadlines import due_dates
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow import assignment, replies
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Statement
from qa_service.workdays.calendar import WorkCalendar

STAFF = {
    "shenhe": (Role.REVIEWER, "shenhe@gov.example"),
    "zuoxi": (Role.OPERATOR, ""),
    "ducha": (Role.SUPERVISOR, "ducha@gov.example"),
}
HALL = "hall@gov.example"
"""The mailbox of the unit to which an operator without an own address belongs."""


@pytest.fixture
def session(ledger: Engine) -> Iterator[Session]:
    with session_scope(ledger) as opened:
        find_unit(opened, "tax").email = HALL
        for login, (role, email) in STAFF.items():
            employ(opened, login, role, email)
        yield opened


def who(session: Session, login: str) -> Actor:
    return Actor.of_user(session.exec(select(User).where(User.login == login)).one())


def mails(session: Session) -> list[tuple[str, str]]:
    """The addresses and the beginnings of the subjects, the oldest first."""
    statement = select(OutboxEvent).where(OutboxEvent.destination == Destination.MAIL)
    found = session.exec(statement.order_by(col(OutboxEvent.id))).all()
    return [
        (one.payload["to"], one.payload["subject"].removeprefix("【政策咨询】").split("：")[0])
        for one in found
    ]


def drafted(session: Session, enter: Register) -> LedgerEntry:
    entry, desk = enter(session, MORNING), Desk(session)
    desk.accept(entry)
    desk.draft(entry)
    return entry


def test_a_reply_waits_for_the_reviewer_and_then_for_the_operator(
    session: Session, enter: Register
) -> None:
    entry = drafted(session, enter)
    reviewer = who(session, "shenhe")
    replies.approve_reply(session, entry, step(reviewer), reply=1, statements=list(Statement))
    assert mails(session) == [
        ("shenhe@gov.example", "答复待审核"),
        (HALL, "答复已审核，请回复咨询人"),
    ]
    last = session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id).desc())).first()
    assert last is not None
    assert last.payload["text"].startswith("甲区税务局：\n")


def test_without_a_reviewer_the_supervisor_is_told(session: Session, enter: Register) -> None:
    session.exec(select(User).where(User.login == "shenhe")).one().is_active = False
    drafted(session, enter)
    assert mails(session) == [("ducha@gov.example", "答复待审核")]


def test_an_extension_asked_for_and_a_return_wait_for_the_supervisor(
    session: Session, enter: Register, calendar: WorkCalendar
) -> None:
    first, second = enter(session, MORNING), enter(session, MORNING)
    desk = Desk(session)
    due_dates.ask_extension(session, first, step(desk.lead(first), reason="须会商"))
    assignment.return_entry(
        session,
        second,
        step(desk.lead(second), reason="不属本单位"),
        calendar=calendar,
        return_workdays=2,
    )
    assert mails(session) == [
        ("ducha@gov.example", "申请延期，请批准或不同意"),
        ("ducha@gov.example", "退回待改派"),
    ]


def test_whoever_did_it_is_not_told(session: Session, enter: Register) -> None:
    entry = drafted(session, enter)
    both = session.exec(select(User).where(User.login == "shenhe")).one()
    both.roles = [Role.REVIEWER, Role.OPERATOR]
    session.flush()
    replies.approve_reply(
        session, entry, step(Actor.of_user(both)), reply=1, statements=list(Statement)
    )
    assert [to for to, _ in mails(session)] == ["shenhe@gov.example", HALL]
