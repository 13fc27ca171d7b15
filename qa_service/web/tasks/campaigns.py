"""Pages to open campaigns (下达) and single tasks, and the progress of a campaign."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.consultation.gap_tasks import take_up
from qa_service.consultation.gaps import GAP_DAYS, Gap, find_gap
from qa_service.consultation.service import find_consultation
from qa_service.errors import QAServiceError
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.permissions import find_open
from qa_service.knowledge.pairs.queries import pair_content
from qa_service.knowledge.task_models import TaskKind
from qa_service.knowledge.tasks.campaigns import open_campaign
from qa_service.knowledge.tasks.opening import AskedTask, open_single
from qa_service.knowledge.tasks.queries import TaskFilter, find_campaign, list_campaigns, list_tasks
from qa_service.knowledge.tasks.rules import InvalidTaskError, TaskNotFoundError
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import day_or_none, member_or_none, plain_text, problems_by_field
from qa_service.web.kit.parameters import Days, Number, RowId
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.tasks.forms import CampaignForm, TaskForm

router = APIRouter(prefix="/tasks", dependencies=[Depends(guard_page)], include_in_schema=False)

MOST = 500


@router.get("/campaigns", dependencies=[permits(Permission.KEEP_TASKS)])
def campaigns_page(visit: Page, session: ReadSession) -> Response:
    """List the campaigns with their progress, and offer to open one."""
    return _campaigns(visit, session, CampaignForm(begins_on=visit.today.isoformat()))


@router.post("/campaigns", dependencies=[permits(Permission.KEEP_TASKS)])
def open_one(visit: Page) -> Response:
    """Open a campaign with the tasks of its units; invalid input is shown as typed."""
    typed = CampaignForm.submitted(visit.form)
    try:
        with visit.write() as session:
            opened = open_campaign(
                session, typed.read(), actor=visit.actor, now=visit.now, today=visit.today
            )
            campaign_id = opened.id
    except InvalidTaskError as error:
        with visit.read() as session:
            return _campaigns(visit, session, typed, refusal=error)
    return visit.lead(f"/tasks/campaigns/{campaign_id}", Done.OPENED)


@router.get("/campaigns/{campaign_id}", dependencies=[permits(Permission.KEEP_TASKS)])
def campaign_page(visit: Page, session: ReadSession, campaign_id: RowId) -> Response:
    """Show a campaign with the task of each unit, and what was confirmed."""
    campaign = find_campaign(session, campaign_id)
    within = visit.user.units_for(Permission.KEEP_TASKS)
    found = list_tasks(
        session,
        TaskFilter(campaign_id=campaign_id),
        today=visit.today,
        within=within,
        limit=MOST,
    )
    if campaign is None or not found:
        raise TaskNotFoundError("没有这次集中任务，请从清单中打开")
    context = {"campaign": campaign, "found": found, "today": visit.today}
    return visit.show("tasks/campaign.html", context)


@router.get("/new", dependencies=[permits(Permission.KEEP_TASKS)])
def new_page(
    visit: Page, session: ReadSession, pair: Number = 0, gap: str = "", days: Days = GAP_DAYS
) -> Response:
    """Show the form of a single task, filled in as the media duty of a pair or for a gap."""
    form = TaskForm()
    if pair:
        found = find_open(session, pair, visit.user.bank_units)
        question = pair_content(session, found).question
        unit = session.get_one(Unit, found.unit_id)
        form = TaskForm(title=f"制作图解：{question}"[:200], unit=unit.key, pair=str(pair))
    elif gap and visit.user.may(Permission.READ_GAPS):
        asked = find_consultation(session, plain_text(gap)[:36])
        title = f"补充问答：{asked.question}"[:200]
        form = TaskForm(kind=TaskKind.GAP.value, title=title, gap=asked.id, days=days)
    return _form(visit, session, form)


@router.post("/new", dependencies=[permits(Permission.KEEP_TASKS)])
def create(visit: Page) -> Response:
    """Open a single task; invalid input is shown as typed."""
    typed = TaskForm.submitted(visit.form)
    gap = _gap(visit, typed)
    try:
        with visit.write() as session:
            task = open_single(
                session,
                _asked(visit, session, typed),
                actor=visit.actor,
                now=visit.now,
                today=visit.today,
            )
            if gap is not None:
                take_up(session, gap, task)
            task_id = task.id
    except InvalidTaskError as error:
        with visit.read() as session:
            return _form(visit, session, typed, refusal=error)
    return visit.lead(f"/tasks/{task_id}", Done.OPENED)


def _asked(visit: PageContext, session: Session, typed: TaskForm) -> AskedTask:
    pair = _pair(visit, session, typed)
    return AskedTask(
        kind=member_or_none(TaskKind, typed.kind),
        title=typed.title,
        unit=typed.unit,
        due_on=day_or_none(typed.due_on),
        owner=typed.owner,
        pair_id=pair.id if pair else None,
    )


def _gap(visit: PageContext, typed: TaskForm) -> Gap | None:
    """Return the gap that the task is to fill, read before the transaction that writes."""
    if not typed.gap or not visit.user.may(Permission.READ_GAPS):
        return None
    tokenizer = visit.services.tokenizer
    with visit.read() as session:
        return find_gap(session, tokenizer, typed.gap, now=visit.now, days=typed.days)


def _pair(visit: PageContext, session: Session, typed: TaskForm) -> QAPair | None:
    number = int(typed.pair) if typed.pair.isascii() and typed.pair.isdigit() else 0
    return find_open(session, min(number, 2**31 - 1), visit.user.bank_units) if number else None


def _campaigns(
    visit: PageContext,
    session: Session,
    form: CampaignForm,
    *,
    refusal: QAServiceError | None = None,
) -> Response:
    within = visit.user.units_for(Permission.KEEP_TASKS)
    context = {
        "campaigns": list_campaigns(session, today=visit.today, within=within),
        "form": form,
        "kinds": list(TaskKind),
        "units": [
            unit
            for unit in list_units(session)
            if unit.is_active and (within is None or unit.id in within)
        ],
        "today": visit.today,
        "problems": problems_by_field(refusal),
        "refusal": refusal.message if refusal else None,
    }
    return visit.show("tasks/campaigns.html", context, status=422 if refusal else 200)


def _form(
    visit: PageContext, session: Session, form: TaskForm, *, refusal: QAServiceError | None = None
) -> Response:
    within = visit.user.units_for(Permission.KEEP_TASKS)
    context = {
        "form": form,
        "kinds": list(TaskKind),
        "units": [
            unit
            for unit in list_units(session)
            if unit.is_active and (within is None or unit.id in within)
        ],
        "problems": problems_by_field(refusal),
        "refusal": refusal.message if refusal else None,
    }
    return visit.show("tasks/new.html", context, status=422 if refusal else 200)
