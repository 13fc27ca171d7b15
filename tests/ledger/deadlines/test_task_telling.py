"""Tasks are told of like entries: two days ahead, on the day, every working day when overdue."""

from datetime import date, datetime, timedelta

from desk import MORNING, SUPERVISOR, member, unit_id
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.models import Unit
from qa_service.accounts.users import create_user
from qa_service.knowledge.task_models import Task, TaskAction, TaskEvent, TaskKind
from qa_service.knowledge.tasks.service import TaskContent, open_task, report_done
from qa_service.ledger.deadlines.task_telling import tell_tasks
from qa_service.outbox.models import OutboxEvent
from qa_service.reporting.escalations import steps_of
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role
from qa_service.workdays.calendar import WorkCalendar

DUE = date(2026, 11, 26)  # a Thursday


def opened(session: Session) -> Task:
    unit = session.get_one(Unit, unit_id(session, "tax"))
    unit.email, unit.person_in_charge = "tax@gov.example", "张科长"
    session.add(unit)
    content = TaskContent(TaskKind.MEDIA, unit.id or 0, "制作图解", DUE)
    return open_task(session, content, actor=SUPERVISOR, now=MORNING)


def tell(session: Session, calendar: WorkCalendar, day: int) -> list[str]:
    """Who was told what on a day of November 2026; twice, as rounds come again."""
    now: datetime = MORNING + timedelta(days=day - 24)
    before = len(said(session))
    for _ in range(2):
        tell_tasks(session, calendar=calendar, now=now)
    return said(session)[before:]


def said(session: Session) -> list[str]:
    statement = select(TaskEvent.note).where(TaskEvent.action == TaskAction.TELL)
    return list(session.exec(statement.order_by(TaskEvent.id)).all())  # type: ignore[arg-type]


def test_each_working_day_is_told_once_and_recorded(ledger: Engine, calendar: WorkCalendar) -> None:
    with session_scope(ledger) as session:
        opened(session)
        create_user(
            session, "ducha", "correct horse battery", display_name="李督查",
            roles=(Role.SUPERVISOR,), now=MORNING,
        )  # fmt: skip
        unit = "甲区税务局（责任人张科长，邮件）"
        assert tell(session, calendar, 23) == []
        assert tell(session, calendar, 24) == [f"还有 2 个工作日到期，已提醒：{unit}"]
        assert tell(session, calendar, 26) == [f"今日到期，已提醒：{unit}"]
        friday = f"已超期 1 个工作日，已提醒：{unit}、督查李督查"
        assert tell(session, calendar, 27) == [friday]
        assert tell(session, calendar, 28) == tell(session, calendar, 29) == []
        assert tell(session, calendar, 30)[0].startswith("已超期 2 个工作日")
        mails = session.exec(select(OutboxEvent).where(OutboxEvent.topic == "mail")).all()
        assert len(mails) == 4
        assert "张科长" in str(mails[-1].payload)
        (step,) = steps_of(session, date(2026, 11, 27))
        assert (step.text, step.unit) == ("已超期 1 个工作日", "甲区税务局")
        assert step.told == f"{unit}、督查李督查"
        office = frozenset({unit_id(session, "office")})
        assert steps_of(session, date(2026, 11, 27), within=office) == []


def test_what_is_reported_waits_for_the_supervisors_alone(
    ledger: Engine, calendar: WorkCalendar
) -> None:
    with session_scope(ledger) as session:
        task = opened(session)
        report_done(
            session, task, outcome="已制作", evidence="图解 3 号", seen=task.version,
            actor=member(session, "tax"), now=MORNING,
        )  # fmt: skip
        (told,) = tell(session, calendar, 26)
        assert told == "今日到期，已上报完成，待督查销号，已提醒：督查（尚无督查账号）"
        statement = select(OutboxEvent).where(OutboxEvent.topic == "mail")
        assert session.exec(statement).first() is None
