"""Pages of tasks: the list, one task, and the steps of its unit and of its supervisor."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.errors import QAServiceError
from qa_service.knowledge.models import PolicyDocument, QAPair
from qa_service.knowledge.pairs.permissions import may_open
from qa_service.knowledge.pairs.questions import questions_of
from qa_service.knowledge.policies.annual_review import confirm_for_task
from qa_service.knowledge.policies.service import get_policy
from qa_service.knowledge.task_models import Campaign, Task, TaskAction, TaskKind, TaskState
from qa_service.knowledge.tasks.outstanding import clean_up, outstanding_documents
from qa_service.knowledge.tasks.queries import PAGE, TaskFilter, history_of, list_tasks
from qa_service.knowledge.tasks.rules import (
    SOURCES,
    InvalidTaskError,
    TaskChangedError,
    TaskOwnClosingError,
    may_keep,
    may_report,
    why_not_close,
)
from qa_service.knowledge.tasks.service import (
    close_task,
    find_task,
    report_done,
    reschedule,
    return_task,
    void_task,
)
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import day_or_none, member_or_none, problems_by_field, status_of
from qa_service.web.kit.parameters import Number, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/tasks", dependencies=[Depends(guard_page)], include_in_schema=False)

_REFUSALS = (InvalidTaskError, TaskChangedError, TaskOwnClosingError)
_SUPERVISED = {"reschedule": Done.RESCHEDULED, "void": Done.VOIDED}


@router.get("", dependencies=[permits(Permission.READ_TASKS)])
def tasks_page(
    visit: Page,
    session: ReadSession,
    kind: str = "",
    state: str = "",
    unit: str = "",
    late: str = "",
    page: Number = 0,
) -> Response:
    """List the tasks of the user's units, unfinished ones first."""
    units = list_units(session)
    unit_id = next((one.id for one in units if one.key == unit), None)
    is_unknown = bool(unit) and unit_id is None
    wanted = TaskFilter(
        kind=member_or_none(TaskKind, kind),
        state=member_or_none(TaskState, state),
        unit_id=unit_id,
        is_overdue=late == "yes",
    )
    within = visit.user.units_for(Permission.READ_TASKS)
    skip = min(page, 10_000) * PAGE
    found: Sequence[tuple[Task, Unit]] = ()
    if not is_unknown:
        found = list_tasks(
            session, wanted, today=visit.today, within=within, skip=skip, limit=PAGE + 1
        )
    query = {"kind": kind, "state": state, "unit": unit, "late": late, "page": page + 1}
    context = {
        "found": found[:PAGE],
        "next_page": query if len(found) > PAGE else None,
        "wanted": wanted,
        "unit": unit,
        "units": [one for one in units if within is None or one.id in within],
        "kinds": list(TaskKind),
        "states": list(TaskState),
        "today": visit.today,
        "keeps": visit.user.may(Permission.KEEP_TASKS),
        "problems": {"unit": ["没有这个单位，请从清单中选择"]} if is_unknown else {},
    }
    return visit.show("tasks/list.html", context, status=404 if is_unknown else 200)


@router.get("/{item_id}", dependencies=[permits(Permission.READ_TASKS)])
def task_page(visit: Page, session: ReadSession, item_id: RowId) -> Response:
    """Show a task with its history and the steps the user may take."""
    return _show(visit, session, _found(visit, session, item_id))


@router.post("/{item_id}/report", dependencies=[permits(Permission.REPORT_TASKS)])
def report(visit: Page, item_id: RowId) -> Response:
    """Report a task as done, with the evidence."""

    def step(session: Session, task: Task) -> None:
        report_done(
            session,
            task,
            outcome=visit.form.text("outcome"),
            evidence=visit.form.text("evidence"),
            seen=visit.form.number("seen"),
            actor=visit.actor,
            now=visit.now,
        )

    return _taken(visit, item_id, step, Done.REPORTED_DONE)


@router.post("/{item_id}/documents/{policy_id}", dependencies=[permits(Permission.REPORT_TASKS)])
def confirm_document(visit: Page, item_id: RowId, policy_id: RowId) -> Response:
    """Confirm in the clean-up that a document of the unit is still in force."""

    def step(session: Session, task: Task) -> None:
        document = get_policy(session, policy_id)
        confirm_for_task(session, task, document, by=visit.actor, now=visit.now, day=visit.today)

    return _taken(visit, item_id, step, Done.CONFIRMED)


@router.post("/{item_id}/close", dependencies=[permits(Permission.KEEP_TASKS)])
def close(visit: Page, item_id: RowId) -> Response:
    """Cross a task off."""

    def step(session: Session, task: Task) -> None:
        seen = visit.form.number("seen")
        close_task(session, task, seen=seen, actor=visit.actor, now=visit.now)

    return _taken(visit, item_id, step, Done.CROSSED_OFF)


@router.post("/{item_id}/supervise", dependencies=[permits(Permission.KEEP_TASKS)])
def supervise(visit: Page, item_id: RowId) -> Response:
    """Send a task back, take it out, or give it another limit; each with a reason."""
    reason, then = visit.form.text("reason"), visit.form.text("then")
    seen = visit.form.number("seen")

    def step(session: Session, task: Task) -> None:
        if then == "reschedule":
            due_on = day_or_none(visit.form.text("due_on"))
            reschedule(
                session,
                task,
                due_on,
                reason,
                seen=seen,
                actor=visit.actor,
                now=visit.now,
                today=visit.today,
            )
            return
        taken = void_task if then == "void" else return_task
        taken(session, task, reason, seen=seen, actor=visit.actor, now=visit.now)

    return _taken(visit, item_id, step, _SUPERVISED.get(then, Done.SENT_BACK))


def _taken(
    visit: PageContext, item_id: int, step: Callable[[Session, Task], None], done: Done
) -> Response:
    try:
        with visit.write() as session:
            task = _found(visit, session, item_id)
            step(session, task)
    except _REFUSALS as error:
        with visit.read() as session:
            return _show(visit, session, _found(visit, session, item_id), refusal=error)
    return visit.lead(f"/tasks/{item_id}", done)


def _found(visit: PageContext, session: Session, item_id: int) -> Task:
    return find_task(session, item_id, within=visit.user.units_for(Permission.READ_TASKS))


def _show(
    visit: PageContext, session: Session, task: Task, *, refusal: QAServiceError | None = None
) -> Response:
    pair = session.get(QAPair, task.pair_id) if task.pair_id else None
    is_open = task.state is TaskState.OPEN
    is_clean_up = task.kind is TaskKind.CLEAN_UP
    keeps = may_keep(visit.actor, task) and visit.user.may(Permission.KEEP_TASKS)
    typed = {name: visit.form.text(name) for name in ("outcome", "evidence", "reason", "due_on")}
    context = {
        "task": task,
        "unit": session.get_one(Unit, task.unit_id),
        "campaign": session.get(Campaign, task.campaign_id) if task.campaign_id else None,
        "history": history_of(session, task),
        "may_report": is_open and may_report(visit.actor, task),
        "may_close": task.state is TaskState.REPORTED and keeps,
        "why_not_close": why_not_close(visit.actor, task),
        "may_return": keeps and task.state in SOURCES[TaskAction.RETURN],
        "may_change": keeps and task.state in SOURCES[TaskAction.VOID],
        "documents": outstanding_documents(session, task) if is_open else (),
        "clean_up": clean_up(session, task) if is_clean_up else None,
        "opens_pair": pair is not None and may_open(pair, visit.user.bank_units),
        "pair_question": _question(session, task.pair_id),
        "document_title": _title(session, task.document_id),
        "today": visit.today,
        "typed": typed,
        "refused_step": visit.form.text("then") if refusal else "",
        "problems": problems_by_field(refusal),
        "refusal": refusal.message if refusal else None,
    }
    return visit.show("tasks/task.html", context, status=status_of(refusal))


def _question(session: Session, pair_id: int | None) -> str:
    return questions_of(session, {pair_id}).get(pair_id, "") if pair_id else ""


def _title(session: Session, document_id: int | None) -> str:
    document = session.get(PolicyDocument, document_id) if document_id else None
    return f"《{document.title}》" if document else ""
