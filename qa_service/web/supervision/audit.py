"""Pages of the audit trail (审计): its events, and the verification of its hash chain."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.audit import AuditFilter, list_events, newest_hash, verify
from qa_service.accounts.permissions import Permission
from qa_service.clock import beijing_midnight
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import AuditAction
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import day_or_none, day_problems, member_or_none, plain_text
from qa_service.web.kit.parameters import Number
from qa_service.web.kit.visit import Page
from qa_service.web.supervision.audit_subjects import subjects_of

router = APIRouter(
    prefix="/audit",
    dependencies=[Depends(guard_page), permits(Permission.READ_AUDIT)],
    include_in_schema=False,
)

PAGE_EVENTS = 50


@router.get("")
def audit_page(
    visit: Page,
    session: ReadSession,
    actor: str = "",
    action: str = "",
    subject: str = "",
    since: str = "",
    until: str = "",
    before: Number = 0,
) -> Response:
    """List the events that match the filters, newest first."""
    chosen = {
        "actor": plain_text(actor),
        "action": plain_text(action),
        "subject": plain_text(subject),
        "since": plain_text(since),
        "until": plain_text(until),
    }
    last_day = _midnight(chosen["until"])
    wanted = AuditFilter(
        actor=chosen["actor"] or None,
        action=member_or_none(AuditAction, chosen["action"]),
        subject=chosen["subject"] or None,
        since=_midnight(chosen["since"]),
        until=last_day + timedelta(days=1) if last_day else None,
    )
    problems = day_problems(chosen["since"], chosen["until"])
    found = list_events(session, wanted, before=before or None, limit=PAGE_EVENTS + 1)
    shown = [] if problems else found[:PAGE_EVENTS]
    context = {
        "events": shown,
        "subjects": subjects_of(session, shown),
        "next_before": shown[-1].id if shown and len(found) > PAGE_EVENTS else None,
        "chosen": chosen,
        "problems": problems,
        "actions": list(AuditAction),
        "newest_hash": newest_hash(session),
    }
    return visit.show("supervision/audit.html", context, status=422 if problems else 200)


@router.get("/chain")
def chain_page(visit: Page, session: ReadSession) -> Response:
    """Verify the hash chain over the whole trail and show the result."""
    context = {"broken": verify(session), "newest_hash": newest_hash(session)}
    return visit.show("supervision/audit_chain.html", context)


def _midnight(day: str) -> datetime | None:
    found = day_or_none(day)
    return beijing_midnight(found) if found else None
