"""Page of the reminders and escalations of a day (提醒督办记录)."""

from datetime import timedelta

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.reporting.escalations import steps_of
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import day_or_none
from qa_service.web.kit.visit import Page

router = APIRouter(
    prefix="/escalations", dependencies=[Depends(guard_page)], include_in_schema=False
)


@router.get("", dependencies=[permits(Permission.KEEP_TASKS)])
def escalations_page(visit: Page, session: ReadSession, day: str = "") -> Response:
    """List who was told of what on a day, today without one."""
    wanted = day_or_none(day) or visit.today
    wanted = min(max(wanted, visit.today - timedelta(days=3_650)), visit.today)
    within = visit.user.units_for(Permission.KEEP_TASKS)
    context = {
        "day": wanted,
        "before": wanted - timedelta(days=1),
        "after": wanted + timedelta(days=1) if wanted < visit.today else None,
        "steps": steps_of(session, wanted, within=within),
    }
    return visit.show("watch/escalations.html", context)
