"""Events for other systems: what is parked, what waits, what was tried."""

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission
from qa_service.outbox.parked import last_attempts, parked_events, send_again, waiting_events
from qa_service.vocabulary import AuditAction
from qa_service.web.kit.access import ReadSession, guard_page, permits
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page

router = APIRouter(
    prefix="/deliveries",
    dependencies=[Depends(guard_page), permits(Permission.WATCH_DELIVERIES)],
    include_in_schema=False,
)


@router.get("")
def deliveries_page(visit: Page, session: ReadSession) -> Response:
    """What is parked first, then what waits for another attempt, then the log."""
    context = {
        "parked": parked_events(session),
        "waiting": waiting_events(session),
        "attempts": last_attempts(session),
        "target": visit.services.settings.webhook_url,
    }
    return visit.show("accounts/deliveries.html", context)


@router.post("/{event_id}")
def resend(visit: Page, event_id: RowId) -> Response:
    """Send an undeliverable event again."""
    subject, by = f"事件 {event_id}", visit.user.login
    with visit.write() as session:
        send_again(session, event_id, now=visit.now)
        record(session, AuditAction.SETTINGS, actor=by, now=visit.now, subject=subject)
    return RedirectResponse("/deliveries", status_code=303)
