"""Rework tasks (返工): a unit must renew the answer of a pair withdrawn as no longer valid."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import select as sa_select
from sqlalchemy import update
from sqlmodel import Session, col, select

from qa_service.accounts.actor import CLOCKWORK, Actor
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.accounts.users import name_of
from qa_service.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from qa_service.knowledge.models import QAPair, QAVersion, stored_id
from qa_service.knowledge.premises import rework_is_open
from qa_service.knowledge.upkeep_models import ReworkTask
from qa_service.outbox.events import UnitMail
from qa_service.outbox.service import enqueue
from qa_service.vocabulary import PairStatus
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import due_date

OUTCOME_CHARACTERS = 500
REWORK_WORKDAYS = 10
"""Working days within which a withdrawn answer is renewed or given up."""
LISTED_IN_MAIL = 20
REPUBLISHED = "已修改并重新发布"


class ReworkNotFoundError(NotFoundError):
    """No rework task has this id."""

    code = "rework_not_found"
    title = "没有这项返工"


class ReworkClosedError(ConflictError):
    """The task is already closed."""

    code = "rework_closed"
    title = "返工已了结"


class InvalidOutcomeError(InvalidInputError):
    """The reason for giving no new answer is missing or too long."""

    code = "invalid_rework_outcome"
    title = "请说明理由"


def open_rework(
    session: Session, pairs: Sequence[QAPair], reason: str, *, now: datetime
) -> list[QAPair]:
    """Open a task for the unit of each pair that has no open task; return those pairs."""
    ids = [pair.id for pair in pairs if pair.id is not None]
    statement = select(ReworkTask.pair_id).where(
        col(ReworkTask.pair_id).in_(ids), col(ReworkTask.closed_at).is_(None)
    )
    asked = set(session.exec(statement).all())
    opened = [pair for pair in pairs if pair.id is not None and pair.id not in asked]
    session.add_all(
        ReworkTask(pair_id=stored_id(pair), unit_id=pair.unit_id, reason=reason, opened_at=now)
        for pair in opened
    )
    session.flush()
    return opened


def mail_rework(session: Session, pairs: Sequence[QAPair], *, now: datetime) -> None:
    """Mail each unit with an address which of its answers await rework, and by when."""
    statement = (
        select(QAPair.unit_id, QAPair.withdrawn_reason, QAVersion.question)
        .join(QAVersion, col(QAVersion.id) == QAPair.current_version_id)
        .where(col(QAPair.id).in_([pair.id for pair in pairs]))
        .order_by(col(QAPair.id))
    )
    by_unit: dict[int, list[str]] = {}
    for unit_id, reason, question in session.exec(statement).all():
        by_unit.setdefault(unit_id, []).append(f"“{question}”（{reason or '已撤回'}）")
    for unit_id, answers in by_unit.items():
        unit = session.get_one(Unit, unit_id)
        if unit.email:
            enqueue(session, _mail(unit, unit.email, answers), now=now)


def _mail(unit: Unit, address: str, answers: Sequence[str]) -> UnitMail:
    more = len(answers) - LISTED_IN_MAIL
    lines = (
        f"{unit.name}：",
        *answers[:LISTED_IN_MAIL],
        *([f"另有 {more} 条"] if more > 0 else []),
        f"请在 {REWORK_WORKDAYS} 个工作日内登录政策咨询问答库，在“清理返工”中重新起草；",
        "不再答复的，写明理由和佐证。",
    )
    title = f"【政策咨询】{len(answers)} 条答复已撤回，请重新起草"
    premises = (rework_is_open(unit),)
    return UnitMail(f"rework-{unit.key}", address, title, "\n".join(lines), premises)


def complete_rework(
    session: Session, *, now: datetime, pair_ids: Collection[int] | None = None
) -> int:
    """Close the tasks whose pair is published again, of the given pairs or of all.

    Returns the number closed.
    """
    published = sa_select(col(QAPair.id)).where(col(QAPair.status) == PairStatus.PUBLISHED)
    if pair_ids is not None:
        published = published.where(col(QAPair.id).in_(pair_ids))
    statement = (
        update(ReworkTask)
        .where(col(ReworkTask.closed_at).is_(None), col(ReworkTask.pair_id).in_(published))
        .values(closed_at=now, closed_by=CLOCKWORK.name, outcome=REPUBLISHED)
        .returning(col(ReworkTask.id))
    )
    return len(session.execute(statement).all())


def rework_due(task: ReworkTask, calendar: WorkCalendar) -> date:
    """Return the date by which the task is done."""
    return due_date(task.opened_at, days=REWORK_WORKDAYS, calendar=calendar).due_on


def decline_rework(
    session: Session,
    task: ReworkTask,
    outcome: str,
    *,
    by: Actor,
    now: datetime,
    evidence: str,
) -> None:
    """Close a task without a new answer, with the reason ``outcome``.

    ``evidence`` (佐证) is what shows it: a document number, a link, the person who confirmed
    it. Raises ReworkClosedError or InvalidOutcomeError.
    """
    if task.closed_at is not None:
        closed_by = name_of(session, task.closed_by, task.closed_by_person_id)
        raise ReworkClosedError(f"这项返工已由 {closed_by} 了结")
    outcome, evidence = outcome.strip(), evidence.strip()
    problems = []
    if not outcome or len(outcome) > OUTCOME_CHARACTERS:
        message = f"请用 1 至 {OUTCOME_CHARACTERS} 个字说明不再答复的理由"
        problems.append(FieldProblem("outcome", message))
    if not evidence or len(evidence) > OUTCOME_CHARACTERS:
        message = f"请用 1 至 {OUTCOME_CHARACTERS} 个字写明佐证：文号、链接或确认人"
        problems.append(FieldProblem("evidence", message))
    if problems:
        raise InvalidOutcomeError(problems[0].message, problems=tuple(problems))
    task.evidence = evidence
    task.closed_at, task.outcome = now, outcome
    task.closed_by, task.closed_by_person_id, task.closed_by_key_id = by.recorded
    session.add(task)
    session.flush()


def find_rework(session: Session, task_id: int) -> ReworkTask:
    """Return the task of this id; raises ReworkNotFoundError."""
    task = session.get(ReworkTask, task_id)
    if task is None:
        raise ReworkNotFoundError(f"没有编号为 {task_id} 的返工")
    return task


def rework_owed(session: Session, *, within: Within = None) -> Sequence[ReworkTask]:
    """Return the open tasks of some units or of all, the oldest first."""
    statement = select(ReworkTask).where(col(ReworkTask.closed_at).is_(None))
    if within is not None:
        statement = statement.where(col(ReworkTask.unit_id).in_(within))
    return session.exec(statement.order_by(col(ReworkTask.opened_at), col(ReworkTask.id))).all()
