"""Page of a unit's queue (承办单位待办): reminders and open entries, most urgent first."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.authority import Within
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.errors import ForbiddenError
from qa_service.knowledge.pairs.upcoming import due_pairs
from qa_service.knowledge.policies.notices import mark_notice_seen, unseen_notices
from qa_service.ledger.deadlines.reminders import mark_seen, unseen_reminders
from qa_service.ledger.entry_filter import EntryFilter
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import urgent_entries
from qa_service.reporting.pending_items import PendingKind
from qa_service.reporting.pending_work import pending_sections
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.pending import watch_of
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.ledger.todo import TodoList, todo_list
from qa_service.web.ledger.views import ReminderLine, listed_card

router = APIRouter(prefix="/queue", dependencies=[Depends(guard_page)], include_in_schema=False)


LISTED_PAIRS = 50


class NoUnitError(ForbiddenError):
    """The user belongs to no unit."""

    code = "no_unit"
    title = "没有所属单位"


@router.get("", dependencies=[permits(Permission.WORK_QUEUE)])
def queue_page(visit: Page, session: ReadSession) -> Response:
    """Show the reminders and open entries of the user's units."""
    within = _units_of(visit)
    entries = urgent_entries(
        session,
        EntryFilter(led_by=within, open_only=True),
        today=visit.today,
        calendar=visit.services.calendar,
    )
    names = [unit.name for unit in list_units(session) if within is None or unit.id in within]
    context = {
        "unit_name": "、".join(names),
        "unit_count": len(names),
        "reminders": _reminders(session, within),
        "notices": unseen_notices(session, within),
        "due_limit": LISTED_PAIRS,
        "due_pairs": due_pairs(session, day=visit.today, within=within, limit=LISTED_PAIRS),
        "cards": [listed_card(entry) for entry in entries],
        "lists": _besides(visit, session),
    }
    return visit.show("ledger/queue.html", context)


@router.post("/reminders/{reminder_id}", dependencies=[permits(Permission.WORK_QUEUE)])
def see(visit: Page, reminder_id: RowId) -> Response:
    """Mark a reminder as seen, which removes it from the unit's inbox."""
    with visit.write() as session:
        mark_seen(session, reminder_id, _units_of(visit), actor=visit.actor, now=visit.now)
    return RedirectResponse("/queue", status_code=303)


@router.post("/policy-notices/{notice_id}", dependencies=[permits(Permission.WORK_QUEUE)])
def see_notice(visit: Page, notice_id: RowId) -> Response:
    """Mark a notice about a policy document as seen."""
    with visit.write() as session:
        mark_notice_seen(session, notice_id, _units_of(visit), actor=visit.actor, now=visit.now)
    return RedirectResponse("/queue", status_code=303)


def _besides(visit: PageContext, session: Session) -> list[TodoList]:
    """Return what the units owe besides their entries: opinions and rework."""
    sections = pending_sections(session, visit.actor, watch_of(visit.services, visit.now))
    kinds = (PendingKind.OPINIONS, PendingKind.REWORK)
    return [todo_list(section, visit.today) for section in sections if section.kind in kinds]


def _reminders(session: Session, within: Within) -> list[ReminderLine]:
    lines = []
    for reminder in unseen_reminders(session, within):
        number = session.get_one(LedgerEntry, reminder.entry_id).number
        lines.append(ReminderLine(reminder.id or 0, number, reminder.text, reminder.created_at))
    return lines


def _units_of(visit: PageContext) -> Within:
    within = visit.user.units_for(Permission.WORK_QUEUE)
    if within is not None and not within:
        raise NoUnitError("您的账号没有所属承办单位，请联系管理员")
    return within
