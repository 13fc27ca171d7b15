"""Routes of tasks (打表推进、销号): given by the office, reported by units, crossed off by another.

Reading takes a key for the ledger or for supervision; every step takes the key of a person.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel
from sqlmodel import Session

from qa_service.accounts.acts import Act
from qa_service.accounts.authority import Within
from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import find_unit
from qa_service.api.dependencies import Caller, reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.campaigns import CampaignIn, CampaignListOut, CampaignOut
from qa_service.api.schemas.tasks import (
    TaskDetailOut,
    TaskIn,
    TaskLimitIn,
    TaskListOut,
    TaskOut,
    TaskQuery,
    TaskReasonIn,
    TaskReportIn,
    TaskSeenIn,
)
from qa_service.api.text_types import RowId
from qa_service.api.writes import Answer, Write, write_for
from qa_service.clock import beijing_day
from qa_service.knowledge.pairs.permissions import find_open
from qa_service.knowledge.policies.annual_review import confirm_for_task
from qa_service.knowledge.policies.service import get_policy
from qa_service.knowledge.task_models import Task, TaskKind, TaskState
from qa_service.knowledge.tasks import service
from qa_service.knowledge.tasks.campaigns import open_campaign
from qa_service.knowledge.tasks.opening import AskedTask, open_single
from qa_service.knowledge.tasks.outstanding import clean_up, outstanding_documents
from qa_service.knowledge.tasks.queries import (
    campaign_progress,
    history_of,
    list_campaigns,
    tasks_before,
)
from qa_service.knowledge.tasks.rules import TaskNotFoundError
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import Scope

_SCOPES = (Scope.LEDGER, Scope.SUPERVISE)
Reader = Annotated[Caller, Depends(reader_with(Permission.READ_TASKS, *_SCOPES))]
KeepWrite = Annotated[Write, Depends(write_for(Act.KEEP_TASKS))]
ReportWrite = Annotated[Write, Depends(write_for(Act.REPORT_TASK))]

RESPONSES = problem_responses(404, 409, 413)

router = APIRouter(prefix="/tasks", tags=["任务销号"])


@router.get("", summary="任务列表，新的在前", responses=problem_responses(404))
def list_all(
    query: Annotated[TaskQuery, Query()],
    services: ServicesDep,
    session: ReadSession,
    caller: Reader,
) -> TaskListOut:
    """Return one page of the tasks of the caller's units."""
    unit_id = find_unit(session, query.unit).id if query.unit else None
    today = beijing_day(services.clock.now())
    found = tasks_before(
        session,
        query.wanted(unit_id),
        today=today,
        within=caller.units(Permission.READ_TASKS),
        before=query.cursor,
        limit=query.limit + 1,
    )
    shown = found[: query.limit]
    return TaskListOut(
        items=[TaskOut.of(task, unit, today) for task, unit in shown],
        next=str(shown[-1][0].id) if len(found) > query.limit else None,
    )


@router.post(
    "",
    summary="下达一项任务",
    status_code=201,
    response_model=TaskDetailOut,
    responses=problem_responses(404, 409, 413),
)
def create(body: TaskIn, write: KeepWrite) -> Response:
    """Open a single task of a unit."""

    def answer() -> Answer:
        session, actor = write.session, write.caller.actor
        readable = write.caller.units(Permission.READ_BANK)
        asked = AskedTask(
            kind=body.kind,
            title=body.title.strip(),
            unit=body.unit,
            due_on=body.due_on,
            owner=body.owner.strip(),
            document_id=get_policy(session, body.policy_id).id if body.policy_id else None,
            pair_id=find_open(session, body.qa_id, readable).id if body.qa_id else None,
        )
        today = beijing_day(write.now)
        task = open_single(session, asked, actor=actor, now=write.now, today=today)
        return 201, _detail(session, task, write.now)

    return write.once(body, answer)


@router.get("/campaigns", summary="集中任务及进度", responses=problem_responses())
def campaigns(services: ServicesDep, session: ReadSession, caller: Reader) -> CampaignListOut:
    """Return the campaigns that have tasks of the caller's units, newest first."""
    found = list_campaigns(
        session,
        today=beijing_day(services.clock.now()),
        within=caller.units(Permission.READ_TASKS),
    )
    return CampaignListOut(items=[CampaignOut.of(one) for one in found])


@router.post(
    "/campaigns",
    summary="下达集中任务：每个单位一项，或逐行的任务清单",
    status_code=201,
    response_model=CampaignOut,
    responses=problem_responses(409, 413),
)
def create_campaign(body: CampaignIn, write: KeepWrite) -> Response:
    """Open a campaign with its tasks."""

    def answer() -> Answer:
        actor, today = write.caller.actor, beijing_day(write.now)
        opened = open_campaign(
            write.session, body.content(), actor=actor, now=write.now, today=today
        )
        return 201, _campaign(write.session, opened.id or 0, write.now, None)

    return write.once(body, answer)


@router.get("/campaigns/{campaign_id}", summary="一次集中任务", responses=problem_responses(404))
def campaign(
    campaign_id: RowId, services: ServicesDep, session: ReadSession, caller: Reader
) -> CampaignOut:
    """Return a campaign with its progress in the caller's units."""
    within = caller.units(Permission.READ_TASKS)
    return _campaign(session, campaign_id, services.clock.now(), within)


@router.get("/{item_id}", summary="一项任务及办理经过", responses=problem_responses(404))
def read(
    item_id: RowId, services: ServicesDep, session: ReadSession, caller: Reader
) -> TaskDetailOut:
    """Return a task with its history and what its clean-up waits for."""
    task = service.find_task(session, item_id, within=caller.units(Permission.READ_TASKS))
    return _detail(session, task, services.clock.now())


@router.post(
    "/{item_id}/report",
    summary="承办单位上报完成，写明完成情况和佐证",
    response_model=TaskDetailOut,
    responses=RESPONSES,
)
def report(item_id: RowId, body: TaskReportIn, write: ReportWrite) -> Response:
    """Report a task as done."""

    def act(task: Task) -> None:
        service.report_done(
            write.session,
            task,
            outcome=body.outcome,
            evidence=body.evidence,
            seen=body.version,
            actor=write.caller.actor,
            now=write.now,
        )

    return _moved(item_id, body, write, act)


@router.post(
    "/{item_id}/documents/{policy_id}",
    summary="全面清理：确认一份文件继续有效",
    response_model=TaskDetailOut,
    responses=problem_responses(404, 409),
)
def confirm_document(item_id: RowId, policy_id: RowId, write: ReportWrite) -> Response:
    """Confirm in the clean-up that a document of the unit is still in force."""

    def act(task: Task) -> None:
        document = get_policy(write.session, policy_id)
        actor, day = write.caller.actor, beijing_day(write.now)
        confirm_for_task(write.session, task, document, by=actor, now=write.now, day=day)

    return _moved(item_id, None, write, act)


@router.post(
    "/{item_id}/close",
    summary="销号；承办单位和上报的人不能自行销号",
    response_model=TaskDetailOut,
    responses=RESPONSES,
)
def close(item_id: RowId, body: TaskSeenIn, write: KeepWrite) -> Response:
    """Cross a reported task off."""

    def act(task: Task) -> None:
        actor = write.caller.actor
        service.close_task(write.session, task, seen=body.version, actor=actor, now=write.now)

    return _moved(item_id, body, write, act)


@router.post(
    "/{item_id}/return",
    summary="退回承办单位重办，已销号的也可以",
    response_model=TaskDetailOut,
    responses=RESPONSES,
)
def give_back(item_id: RowId, body: TaskReasonIn, write: KeepWrite) -> Response:
    """Send a task back to its unit."""
    return _reasoned(item_id, body, write, service.return_task)


@router.post(
    "/{item_id}/void", summary="撤销任务", response_model=TaskDetailOut, responses=RESPONSES
)
def void(item_id: RowId, body: TaskReasonIn, write: KeepWrite) -> Response:
    """Take a task out of all counts."""
    return _reasoned(item_id, body, write, service.void_task)


@router.post(
    "/{item_id}/reschedule",
    summary="调整办理时限",
    response_model=TaskDetailOut,
    responses=RESPONSES,
)
def reschedule(item_id: RowId, body: TaskLimitIn, write: KeepWrite) -> Response:
    """Give a task another limit."""

    def act(task: Task) -> None:
        service.reschedule(
            write.session,
            task,
            body.due_on,
            body.reason,
            seen=body.version,
            actor=write.caller.actor,
            now=write.now,
            today=beijing_day(write.now),
        )

    return _moved(item_id, body, write, act)


def _reasoned(
    item_id: int, body: TaskReasonIn, write: Write, step: Callable[..., None]
) -> Response:
    def act(task: Task) -> None:
        actor = write.caller.actor
        step(write.session, task, body.reason, seen=body.version, actor=actor, now=write.now)

    return _moved(item_id, body, write, act)


def _moved(
    item_id: int, body: BaseModel | None, write: Write, act: Callable[[Task], None]
) -> Response:
    """Take a step with a task that the caller may read, and return it."""

    def answer() -> Answer:
        within = write.caller.units(Permission.READ_TASKS)
        task = service.find_task(write.session, item_id, within=within)
        act(task)
        return 200, _detail(write.session, task, write.now)

    return write.once(body, answer)


def _detail(session: Session, task: Task, now: datetime) -> TaskDetailOut:
    unit = session.get_one(Unit, task.unit_id)
    shown = TaskDetailOut.of(task, unit, beijing_day(now))
    progress = clean_up(session, task) if task.kind is TaskKind.CLEAN_UP else None
    waiting = outstanding_documents(session, task) if task.state is TaskState.OPEN else ()
    return shown.completed(history_of(session, task), progress, waiting)


def _campaign(session: Session, campaign_id: int, now: datetime, within: Within) -> CampaignOut:
    found = campaign_progress(session, campaign_id, today=beijing_day(now), within=within)
    if found is None:
        raise TaskNotFoundError("没有这次集中任务，请从清单中打开")
    return CampaignOut.of(found)
