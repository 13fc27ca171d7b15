"""A queued mail about an entry or a task leaves while what it says is true, and not after."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from desk import MORNING, REVIEWER, SUPERVISOR, Desk, Register, member, step, unit_id
from queued_mails import broken, queued
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.models import Unit, User
from qa_service.accounts.users import create_user
from qa_service.knowledge.task_models import Task, TaskKind
from qa_service.knowledge.tasks.service import TaskContent, open_task, reschedule, void_task
from qa_service.ledger.deadlines import due_dates
from qa_service.ledger.deadlines.mail import restated
from qa_service.ledger.deadlines.reminders import remind_due, told_until, urge
from qa_service.ledger.deadlines.task_telling import tell_tasks
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow import assignment, replies
from qa_service.ledger.workflow.undoing import undo
from qa_service.ledger.workflow.voiding import void
from qa_service.outbox.premises import PremiseKind as Kind
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role
from qa_service.workdays.calendar import WorkCalendar

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"
FRIDAY = datetime.fromisoformat("2026-11-27T09:00:00+08:00")
"""Two working days before the entry, of Tuesday 24 November, is due."""

Act = Callable[[Session, LedgerEntry], object]


@pytest.fixture
def session(ledger: Engine) -> Iterator[Session]:
    with session_scope(ledger) as opened:
        for key in ("tax", "pensions", "office"):
            unit = opened.get_one(Unit, unit_id(opened, key))
            unit.email = f"{key}@gov.example"
            opened.add(unit)
        for login, role in (("shenhe", Role.REVIEWER), ("ducha", Role.SUPERVISOR)):
            create_user(
                opened, login, "correct horse battery", display_name=login, roles=[role],
                email=f"{login}@gov.example", hashed="unused", now=MORNING,
            )  # fmt: skip
        yield opened


@pytest.fixture
def entry(session: Session, enter: Register) -> LedgerEntry:
    """An entry handed to the office, whose mail waits."""
    return enter(session, MORNING)


def voided(session: Session, entry: LedgerEntry) -> None:
    void(session, entry, step(SUPERVISOR, reason="重复登记"))


def elsewhere(session: Session, entry: LedgerEntry) -> None:
    assignment.assign(session, entry, step(SUPERVISOR), unit="tax")


def drafted(session: Session, entry: LedgerEntry) -> None:
    Desk(session).accept(entry)
    Desk(session).draft(entry)


def returned(session: Session, entry: LedgerEntry) -> None:
    order = step(member(session, "office"), reason="不属本单位职责")
    assignment.return_entry(session, entry, order, calendar=WorkCalendar({}), return_workdays=2)


def extended(session: Session, entry: LedgerEntry) -> None:
    order = step(SUPERVISOR, reason="情况复杂")
    due_dates.extend(session, entry, order, workdays=1, calendar=WorkCalendar({}), longest=5)


def asked(session: Session, entry: LedgerEntry) -> None:
    due_dates.ask_extension(session, entry, step(member(session, "office"), reason="情况复杂"))


class TestOfAnEntry:
    @pytest.mark.parametrize("after", [voided, elsewhere, drafted, returned])
    def test_handed_over_leaves_while_its_unit_is_to_act(
        self, session: Session, entry: LedgerEntry, after: Act
    ) -> None:
        assert broken(session, MORNING) == [None]
        after(session, entry)
        assert broken(session, MORNING)[0] is Kind.TURN

    def test_of_a_reply_leaves_while_its_reviewer_is_to_act(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        drafted(session, entry)
        assert broken(session, MORNING) == [Kind.TURN, None]
        replies.send_back(session, entry, step(REVIEWER, reason="改句号"), reply=1)
        assert broken(session, MORNING) == [None, Kind.TURN, None]

    def test_to_somebody_without_an_account_any_more_does_not_leave(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        drafted(session, entry)
        session.exec(select(User).where(User.login == "shenhe")).one().is_active = False
        assert broken(session, MORNING)[1] is Kind.PERSON

    def test_of_a_return_leaves_until_it_is_handed_on(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        returned(session, entry)
        assert broken(session, MORNING)[1] is None
        elsewhere(session, entry)
        assert broken(session, MORNING) == [Kind.TURN, Kind.TURN, None]

    def test_that_nothing_is_left_to_do_does_not_leave_once_there_is(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        elsewhere(session, entry)
        undo(session, entry, step(SUPERVISOR))
        assert broken(session, MORNING) == [None, Kind.TURN, None]
        elsewhere(session, entry)
        assert broken(session, MORNING) == [Kind.TURN, None, Kind.RELEASED, None]

    @pytest.mark.parametrize(
        ("after", "why"), [(voided, Kind.RUNNING), (elsewhere, Kind.LEAD), (drafted, Kind.TURN)]
    )
    def test_of_urging_leaves_while_it_is_the_units_turn_and_the_limit_runs(
        self, session: Session, entry: LedgerEntry, after: Act, why: Kind
    ) -> None:
        urge(session, entry, step(SUPERVISOR))
        after(session, entry)
        assert broken(session, MORNING)[1] is why

    def test_of_urging_goes_to_the_reviewer_once_the_unit_has_replied(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        drafted(session, entry)
        urge(session, entry, step(SUPERVISOR))
        urging = queued(session)[-1]
        assert urging.payload["to"] == "shenhe@gov.example"
        assert broken(session, MORNING)[-1] is None
        replies.send_back(session, entry, step(REVIEWER, reason="改句号"), reply=1)
        assert broken(session, MORNING)[2] is Kind.TURN

    @pytest.mark.parametrize("after", [extended, voided])
    def test_that_asks_for_more_time_leaves_until_that_is_decided(
        self, session: Session, entry: LedgerEntry, after: Act
    ) -> None:
        asked(session, entry)
        assert broken(session, MORNING)[1] is None
        after(session, entry)
        assert broken(session, MORNING)[1] is Kind.EXTENSION

    def test_that_grants_more_time_leaves_while_that_is_the_limit(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        asked(session, entry)
        extended(session, entry)
        assert broken(session, MORNING)[2] is None
        extended(session, entry)
        assert broken(session, MORNING)[2] is Kind.DUE

    def test_tells_of_more_time_that_nobody_asked_for_and_of_its_end(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        extended(session, entry)
        assert "已延期，期限延至 2026-12-02" in str(queued(session)[-1].payload["subject"])
        undo(session, entry, step(SUPERVISOR))
        assert broken(session, MORNING) == [None, Kind.DUE, None]
        assert "延期已撤销，期限仍为 2026-12-01" in str(queued(session)[-1].payload["subject"])

    def test_leaves_with_the_limit_as_it_is_by_then(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        handed = queued(session)[0]
        assert restated(session, handed) == handed.payload
        extended(session, entry)
        assert broken(session, MORNING)[0] is None
        assert "办理期限 2026-12-02。" in str(restated(session, handed)["text"])

    def test_that_asks_for_an_opinion_leaves_until_it_is_given(
        self, session: Session, entry: LedgerEntry
    ) -> None:
        assignment.assign(session, entry, step(SUPERVISOR), unit="office", helpers=["pensions"])
        assert broken(session, MORNING)[1:] == [None, None]
        assignment.contribute(session, entry, step(member(session, "pensions")), "同意")
        assert broken(session, MORNING)[1:] == [Kind.OPINION, None]


class TestOfALimit:
    def test_leaves_while_the_working_days_left_are_as_it_says(
        self, session: Session, entry: LedgerEntry, calendar: WorkCalendar
    ) -> None:
        remind_due(session, calendar=calendar, now=FRIDAY)
        for days, why in ((0, None), (2, None), (3, Kind.DAY)):
            assert broken(session, FRIDAY + timedelta(days=days))[1] is why

    def test_does_not_leave_once_the_limit_was_moved(
        self, session: Session, entry: LedgerEntry, calendar: WorkCalendar
    ) -> None:
        remind_due(session, calendar=calendar, now=FRIDAY)
        extended(session, entry)
        assert broken(session, FRIDAY)[1] is Kind.DUE

    def test_that_passed_leaves_while_the_unit_or_its_reviewer_is_to_act(
        self, session: Session, entry: LedgerEntry, calendar: WorkCalendar
    ) -> None:
        late = FRIDAY + timedelta(days=5)
        remind_due(session, calendar=calendar, now=late)
        assert broken(session, late)[1] is None
        assert broken(session, late + timedelta(days=1))[1] is Kind.DAY
        drafted(session, entry)
        assert broken(session, late)[1] is Kind.TURN

    @pytest.mark.parametrize(
        ("today", "until"),
        [
            ("2026-11-27", "2026-11-29"),
            ("2026-11-30", "2026-11-30"),
            ("2026-12-01", "2026-12-01"),
            ("2026-12-04", "2026-12-06"),
        ],
    )
    def test_is_told_until_the_day_before_the_number_changes(
        self, calendar: WorkCalendar, today: str, until: str
    ) -> None:
        due_on = date(2026, 12, 1)
        told = told_until(date.fromisoformat(today), due_on, calendar)
        assert told == date.fromisoformat(until)


class TestOfATask:
    @pytest.fixture
    def task(self, session: Session, calendar: WorkCalendar) -> Task:
        content = TaskContent(
            TaskKind.MEDIA, unit_id(session, "tax"), "制作图解", date(2026, 11, 26)
        )
        opened = open_task(session, content, actor=SUPERVISOR, now=MORNING)
        tell_tasks(session, calendar=calendar, now=MORNING)
        return opened

    def test_leaves_while_it_waits_for_its_unit(self, session: Session, task: Task) -> None:
        assert broken(session, MORNING) == [None]
        assert broken(session, MORNING + timedelta(days=1)) == [Kind.DAY]
        given = {"seen": task.version, "now": MORNING}
        void_task(session, task, "重复下达", actor=SUPERVISOR, **given)
        assert broken(session, MORNING) == [Kind.TASK]

    def test_does_not_leave_once_its_limit_was_moved(self, session: Session, task: Task) -> None:
        given = {"seen": task.version, "now": MORNING, "today": MORNING.date()}
        reschedule(session, task, date(2026, 12, 9), "情况复杂", actor=SUPERVISOR, **given)
        assert broken(session, MORNING) == [Kind.TASK]


def test_documents_tell_every_premise() -> None:
    page = OPERATIONS.read_text(encoding="utf-8")
    assert [kind.label for kind in Kind if kind.label not in page] == []
