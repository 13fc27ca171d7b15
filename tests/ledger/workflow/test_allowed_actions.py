"""What is offered on an entry (``allowed``) is what would be accepted."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from actors import person
from desk import MORNING, REVIEWER, SUPERVISOR, Desk, Register, step
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.authority import Authority
from qa_service.ledger.deadlines.due_dates import extend
from qa_service.ledger.deadlines.reminders import urge
from qa_service.ledger.entry_file import allowed_actions
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.rules import LedgerRules
from qa_service.ledger.workflow.transitions import IllegalTransitionError
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Action, CallOutcome, Role
from qa_service.workdays.calendar import WorkCalendar

CALENDAR = WorkCalendar({})
RULES = LedgerRules()
ADMIN = person("管理员甲", Authority.of({Role.ADMIN}))


def offered(
    session: Session, entry: LedgerEntry, actor: Actor, now: datetime = MORNING
) -> Sequence[Action]:
    return allowed_actions(session, entry, actor, now=now, calendar=CALENDAR, rules=RULES)


def test_once_the_asker_was_told_nobody_is_urged_nor_given_more_time(
    ledger: Engine, enter: Register
) -> None:
    with session_scope(ledger) as session:
        entry = enter(session, MORNING)
        desk = Desk(session)
        desk.answered(entry)
        assert {Action.URGE, Action.EXTEND} <= set(offered(session, entry, SUPERVISOR))
        desk.call(entry, CallOutcome.NO_CONTACT)
        assert offered(session, entry, SUPERVISOR) == (Action.DECLINE, Action.VOID)
        with pytest.raises(IllegalTransitionError, match="不能催办"):
            urge(session, entry, step(SUPERVISOR))


def test_closing_is_offered_once_nothing_is_lacking_and_declining_until_then(
    ledger: Engine, enter: Register
) -> None:
    with session_scope(ledger) as session:
        entry = enter(session, MORNING)
        Desk(session).answered(entry)
        Desk(session).call(entry, CallOutcome.NO_CONTACT)
        entry.pair_declined = "个案"
        assert offered(session, entry, SUPERVISOR) == (Action.CLOSE, Action.VOID)


def test_returning_is_offered_until_its_last_day(ledger: Engine, enter: Register) -> None:
    with session_scope(ledger) as session:
        entry = enter(session, MORNING)
        unit = Desk(session).lead(entry)
        assert Action.RETURN in offered(session, entry, unit, MORNING + timedelta(days=2))
        late = offered(session, entry, unit, MORNING + timedelta(days=3))
        assert Action.RETURN not in late
        assert Action.ACCEPT in late


def test_extending_is_offered_while_days_are_left_and_late_to_a_supervisor_alone(
    ledger: Engine, enter: Register
) -> None:
    with session_scope(ledger) as session:
        entry = enter(session, MORNING)
        late = MORNING + timedelta(days=30)
        assert Action.EXTEND in offered(session, entry, ADMIN)
        assert Action.EXTEND not in offered(session, entry, ADMIN, late)
        assert Action.EXTEND in offered(session, entry, SUPERVISOR, late)
        why, longest = step(SUPERVISOR, reason="情况复杂"), RULES.extension_workdays
        extend(session, entry, why, workdays=longest, calendar=CALENDAR, longest=longest)
        assert Action.EXTEND not in offered(session, entry, SUPERVISOR)


def test_nobody_is_offered_the_approval_of_the_own_reply(ledger: Engine, enter: Register) -> None:
    with session_scope(ledger) as session:
        entry = enter(session, MORNING)
        desk = Desk(session)
        desk.accept(entry)
        desk.draft(entry)
        roles = Authority.of({Role.UNIT, Role.REVIEWER}, entry.unit_id)
        author, other = person(desk.lead(entry).name, roles), person("承办乙", roles)
        assert Action.APPROVE not in offered(session, entry, author)
        assert Action.APPROVE in offered(session, entry, other)
        assert Action.APPROVE in offered(session, entry, REVIEWER)
