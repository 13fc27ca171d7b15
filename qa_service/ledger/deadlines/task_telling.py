"""Tells of tasks (打表推进) that are due soon, due or overdue, like entries of the ledger.

The unit is told two working days ahead, one, and on the day; an overdue task is told every
working day, to the unit, its person in charge (责任人) and the supervisors. A task reported as
done waits for the supervisors and is told to them alone. The history says who was told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from qa_service.accounts.actor import CLOCKWORK
from qa_service.accounts.models import Unit, User
from qa_service.clock import beijing_day
from qa_service.knowledge.premises import task_waits
from qa_service.knowledge.task_models import Task, TaskAction, TaskEvent, TaskState
from qa_service.knowledge.tasks.rules import UNFINISHED
from qa_service.ledger.deadlines.escalation import active_with, names_of_supervisors
from qa_service.ledger.deadlines.reminders import Due, dues_reached, told_until
from qa_service.ledger.models import ReminderKind
from qa_service.outbox.events import UnitMail
from qa_service.outbox.premises import day_lasts
from qa_service.outbox.service import enqueue
from qa_service.vocabulary import Role
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import workdays_left


@dataclass(frozen=True, slots=True)
class _Telling:
    """The words said of one task on one occasion; they are true ``until`` that day."""

    task: Task
    unit: Unit
    due: Due
    text: str
    until: date

    @property
    def is_overdue(self) -> bool:
        return self.due.stage is ReminderKind.OVERDUE


def tell_tasks(
    session: Session, *, calendar: WorkCalendar, now: datetime, after: int = 0, limit: int = 500
) -> tuple[int, int | None]:
    """Tell of the tasks that are due, each occasion once, for at most ``limit`` tasks by id.

    Returns how many were told of, and the id to go on after, None when all were looked at.
    """
    statement = (
        select(Task, Unit)
        .join(Unit, col(Unit.id) == Task.unit_id)
        .where(col(Task.state).in_(UNFINISHED), col(Task.id) > after)
        .order_by(col(Task.id))
        .limit(limit)
    )
    found = session.exec(statement).all()
    supervisors = active_with(session, Role.SUPERVISOR)
    told = 0
    for task, unit in found:
        telling = _telling(task, unit, calendar, now)
        if telling is not None:
            told += _tell(session, telling, supervisors, now)
    last = found[-1][0].id if len(found) == limit else None
    return told, last


def _telling(task: Task, unit: Unit, calendar: WorkCalendar, now: datetime) -> _Telling | None:
    today = beijing_day(now)
    dues = dues_reached(today, task.due_on, calendar)
    if not dues:
        return None
    due = dues[-1]
    text = due.stage.label
    if due.stage is ReminderKind.OVERDUE:
        days = -workdays_left(today, task.due_on, calendar)
        text = f"已超期 {days} 个工作日"
    return _Telling(task, unit, due, text, told_until(today, task.due_on, calendar))


def _tell(session: Session, telling: _Telling, supervisors: Sequence[User], now: datetime) -> bool:
    task, unit = telling.task, telling.unit
    waits_for_unit = task.state is TaskState.OPEN
    told = [_unit_as_told(unit)] if waits_for_unit else []
    if telling.is_overdue or not waits_for_unit:
        told += names_of_supervisors(supervisors, task.unit_id)
    what = telling.text if waits_for_unit else f"{telling.text}，已上报完成，待督查销号"
    row = {
        "task_id": task.id,
        "action": TaskAction.TELL,
        "to_state": task.state,
        "actor": CLOCKWORK.name,
        "occurred_at": now,
        "note": f"{what}，已提醒：{'、'.join(told)}",
        "occasion": f"{telling.due.occasion}:{task.state}",
    }
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = (
        dialect.insert(TaskEvent)
        .values(row)
        .on_conflict_do_nothing(index_elements=["task_id", "occasion"])
        .returning(col(TaskEvent.id))
    )
    if session.execute(statement).first() is None:
        return False
    if waits_for_unit and unit.email:
        _mail(session, telling, now)
    return True


def _unit_as_told(unit: Unit) -> str:
    way = "邮件" if unit.email else "未登记邮箱，请电话通知"
    parts = [f"责任人{unit.person_in_charge}"] if unit.person_in_charge else []
    return f"{unit.name}（{'，'.join([*parts, way])}）"


def _mail(session: Session, telling: _Telling, now: datetime) -> None:
    task, unit = telling.task, telling.unit
    charged = task.owner or (unit.person_in_charge if telling.is_overdue else None)
    addressee = f"{unit.name}责任人{charged}" if charged else unit.name
    what = f"{task.kind.label}任务“{task.title}”，办理时限 {task.due_on}，{telling.text}。"
    mail = UnitMail(
        number=f"task-{task.id}",
        to=unit.email or "",
        title=f"【政策咨询】任务{telling.text}：{task.title[:40]}",
        text="\n".join((f"{addressee}：", what, "请登录政策咨询问答库，在“任务销号”页上报完成。")),
        rests_on=(task_waits(task), day_lasts(telling.until)),
    )
    enqueue(session, mail, now=now)
