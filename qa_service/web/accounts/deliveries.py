"""Page 事件推送: dead letters (搁置), events waiting for a retry, and the last attempts."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission
from qa_service.integration.targets import shown_target
from qa_service.outbox.dead_letters import (
    dead_letters,
    last_attempts,
    retrying_events,
    send_again,
)
from qa_service.outbox.event_names import reason_name, subject_name, topic_name
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import AuditAction
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page

router = APIRouter(
    prefix="/deliveries",
    dependencies=[Depends(guard_page), permits(Permission.WATCH_DELIVERIES)],
    include_in_schema=False,
)


@router.get("")
def deliveries_page(visit: Page, session: ReadSession) -> Response:
    """Show dead letters, then events waiting for a retry, then the last attempts."""
    context = {
        "dead_letters": dead_letters(session),
        "retrying": retrying_events(session),
        "attempts": last_attempts(session),
        "target": shown_target(visit.services.settings.webhook_url),
        "topic_name": topic_name,
        "subject_name": subject_name,
        "reason_name": reason_name,
    }
    return visit.show("accounts/deliveries.html", context)


@router.post("/{event_id}")
def resend(visit: Page, event_id: RowId) -> Response:
    """Send a dead letter again."""
    subject = f"事件 {event_id}"
    with visit.write() as session:
        send_again(session, event_id, now=visit.now)
        record(session, AuditAction.SETTINGS, actor=visit.actor, now=visit.now, subject=subject)
    return visit.lead("/deliveries", Done.SENT)
