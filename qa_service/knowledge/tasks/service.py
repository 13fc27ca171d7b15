"""Steps of a task: opened, reported done by its unit with evidence, crossed off by a supervisor."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update
from sqlmodel import Session, col

from qa_service.accounts.actor import Actor, check_permission
from qa_service.accounts.acts import ACT_RULES, Act
from qa_service.accounts.authority import Within
from qa_service.accounts.permissions import NotPermittedError
from qa_service.errors import FieldProblem
from qa_service.knowledge.task_models import (
    OWNER_CHARACTERS,
    TITLE_CHARACTERS,
    Task,
    TaskAction,
    TaskKind,
    TaskState,
)
from qa_service.knowledge.tasks.history import note_step
from qa_service.knowledge.tasks.outstanding import outstanding_documents
from qa_service.knowledge.tasks.rules import (
    CHECK_AND_REPEAT,
    InvalidTaskError,
    TaskChangedError,
    TaskNotFoundError,
    TaskOwnClosingError,
    check_state,
    may_keep,
    may_report,
    why_not_close,
)
from qa_service.text.normalise import is_meaningful
from qa_service.vocabulary import REASON_CHARACTERS


@dataclass(frozen=True, slots=True)
class TaskContent:
    """A task to be opened: whose it is, what is asked, by when, and what it is about."""

    kind: TaskKind
    unit_id: int
    title: str
    due_on: date
    owner: str = ""
    document_id: int | None = None
    pair_id: int | None = None


def content_problems(
    title: str, due_on: date | None, owner: str, *, today: date
) -> list[FieldProblem]:
    """Return what is wrong with the fields of a task."""
    found = []
    if not is_meaningful(title) or len(title) > TITLE_CHARACTERS:
        found.append(FieldProblem("title", f"事项应为 1 至 {TITLE_CHARACTERS} 个字"))
    if due_on is None:
        found.append(FieldProblem("due_on", "请填写办理时限，如 2026-12-31"))
    elif due_on < today:
        found.append(FieldProblem("due_on", f"办理时限 {due_on} 已过，请填今天或以后的日期"))
    if len(owner) > OWNER_CHARACTERS:
        found.append(FieldProblem("owner", f"责任人最多 {OWNER_CHARACTERS} 个字"))
    return found


def open_task(
    session: Session,
    content: TaskContent,
    *,
    actor: Actor,
    now: datetime,
    campaign_id: int | None = None,
    note: str = "",
) -> Task:
    """Open a task and return it; ``content`` is checked, and the actor's permission asked."""
    name, person_id, key_id = actor.recorded
    task = Task(
        kind=content.kind,
        campaign_id=campaign_id,
        unit_id=content.unit_id,
        title=content.title,
        owner=content.owner,
        document_id=content.document_id,
        pair_id=content.pair_id,
        due_on=content.due_on,
        opened_by=name,
        opened_by_person_id=person_id,
        opened_by_key_id=key_id,
        opened_at=now,
    )
    session.add(task)
    session.flush()
    note_step(session, task, TaskAction.OPEN, actor=actor, now=now, note=note)
    return task


def find_task(session: Session, task_id: int, *, within: Within = None) -> Task:
    """Return the task of this id, of the units ``within``; raises TaskNotFoundError."""
    task = session.get(Task, task_id)
    if task is None or (within is not None and task.unit_id not in within):
        raise TaskNotFoundError(f"没有编号为 {task_id} 的任务，请从任务清单中打开")
    return task


def report_done(
    session: Session,
    task: Task,
    *,
    outcome: str,
    evidence: str,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Report a task as done by its unit, with what was done and the evidence (佐证).

    Of the clean-up every document of the unit must have been confirmed or ended since it
    began. Raises InvalidTaskError, TaskChangedError and NotPermittedError.
    """
    _require_person(actor, Act.REPORT_TASK)
    if not may_report(actor, task):
        raise NotPermittedError("由承办单位上报完成")
    check_state(task, TaskAction.REPORT, seen)
    problems = [
        *_needed("outcome", outcome, "完成情况"),
        *_needed("evidence", evidence, "佐证（文号、链接、附件名称或确认人）"),
    ]
    waiting = outstanding_documents(session, task)
    if waiting:
        message = f"还有 {len(waiting)} 份文件没有确认，请先逐件确认继续有效，或办理失效、废止"
        problems.append(FieldProblem("documents", message))
    if problems:
        raise InvalidTaskError("请补充后再上报", problems=tuple(problems))
    name, person_id, key_id = actor.recorded
    _move(
        session,
        task,
        TaskState.REPORTED,
        outcome=outcome.strip(),
        evidence=evidence.strip(),
        reported_by=name,
        reported_by_person_id=person_id,
        reported_by_key_id=key_id,
        reported_at=now,
    )
    note_step(session, task, TaskAction.REPORT, actor=actor, now=now, note=outcome)


def close_task(session: Session, task: Task, *, seen: int, actor: Actor, now: datetime) -> None:
    """Cross a reported task off (销号).

    Raises TaskOwnClosingError, TaskChangedError and NotPermittedError.
    """
    _require_person(actor, Act.KEEP_TASKS)
    refusal = why_not_close(actor, task)
    if refusal:
        raise TaskOwnClosingError(refusal)
    check_state(task, TaskAction.CLOSE, seen)
    name, person_id, key_id = actor.recorded
    _move(
        session,
        task,
        TaskState.CLOSED,
        closed_by=name,
        closed_by_person_id=person_id,
        closed_by_key_id=key_id,
        closed_at=now,
    )
    note_step(session, task, TaskAction.CLOSE, actor=actor, now=now)


def return_task(
    session: Session, task: Task, reason: str, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Send a task back to its unit, also one already crossed off; the reason is kept."""
    _supervise(task, TaskAction.RETURN, reason, seen=seen, actor=actor)
    _move(
        session,
        task,
        TaskState.OPEN,
        closed_by=None,
        closed_by_person_id=None,
        closed_by_key_id=None,
        closed_at=None,
    )
    note_step(session, task, TaskAction.RETURN, actor=actor, now=now, note=reason)


def void_task(
    session: Session, task: Task, reason: str, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Take a task out of all counts; the reason is kept."""
    _supervise(task, TaskAction.VOID, reason, seen=seen, actor=actor)
    name, person_id, key_id = actor.recorded
    _move(
        session,
        task,
        TaskState.VOIDED,
        closed_by=name,
        closed_by_person_id=person_id,
        closed_by_key_id=key_id,
        closed_at=now,
    )
    note_step(session, task, TaskAction.VOID, actor=actor, now=now, note=reason)


def reschedule(
    session: Session,
    task: Task,
    due_on: date | None,
    reason: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Give a task another limit; the reason and the limit before are kept."""
    _may_supervise(task, TaskAction.RESCHEDULE, seen=seen, actor=actor)
    problems = [
        *content_problems(task.title, due_on, task.owner, today=today),
        *_needed("reason", reason, "理由"),
    ]
    if problems or due_on is None:
        raise InvalidTaskError("时限没有调整，请按提示修改", problems=tuple(problems))
    note = f"由 {task.due_on} 调整为 {due_on}：{reason.strip()}"
    _move(session, task, task.state, due_on=due_on)
    note_step(session, task, TaskAction.RESCHEDULE, actor=actor, now=now, note=note)


def note_confirmed(
    session: Session, task: Task, title: str, *, actor: Actor, now: datetime
) -> None:
    """Keep in the history that a document of the clean-up was confirmed."""
    note_step(session, task, TaskAction.CONFIRM, actor=actor, now=now, note=f"《{title}》继续有效")


def _supervise(task: Task, action: TaskAction, reason: str, *, seen: int, actor: Actor) -> None:
    _may_supervise(task, action, seen=seen, actor=actor)
    problems = _needed("reason", reason, "理由")
    if problems:
        raise InvalidTaskError("请写明理由", problems=tuple(problems))


def _may_supervise(task: Task, action: TaskAction, *, seen: int, actor: Actor) -> None:
    _require_person(actor, Act.KEEP_TASKS)
    if not may_keep(actor, task):
        raise NotPermittedError("由督查或管理员办理")
    if action is not TaskAction.RETURN and (reason_not := why_not_close(actor, task)):
        raise TaskOwnClosingError(reason_not.replace("销号", "撤销或调整时限"))
    check_state(task, action, seen)


def _require_person(actor: Actor, act: Act) -> None:
    actor.require_person(act)
    check_permission(actor, ACT_RULES[act].permission)


def _needed(name: str, text: str, label: str) -> list[FieldProblem]:
    if is_meaningful(text) and len(text.strip()) <= REASON_CHARACTERS:
        return []
    return [FieldProblem(name, f"请用 1 至 {REASON_CHARACTERS} 个字写明{label}")]


def _move(session: Session, task: Task, state: TaskState, **values: object) -> None:
    """Write a step unless another transaction was first: of two at once, one is refused."""
    statement = (
        update(Task)
        .where(col(Task.id) == task.id, col(Task.version) == task.version)
        .values(state=state, version=task.version + 1, **values)
        .execution_options(synchronize_session=False)
        .returning(col(Task.id))
    )
    if session.execute(statement).first() is None:
        raise TaskChangedError(f"这项任务刚由他人办理，{CHECK_AND_REPEAT}")
    session.refresh(task)
