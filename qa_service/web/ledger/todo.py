"""Page of a person's pending work (我的待办), with the reminders of each of the person's roles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import JSONResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.ledger.deadlines.reminders import ReminderNotFoundError, mark_seen, unseen_reminders
from qa_service.ledger.models import LedgerEntry, Reminder
from qa_service.reporting.pending.items import PendingItem, PendingKind, PendingSection
from qa_service.reporting.pending.work import pending_counts, pending_sections
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import Role
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.pending import by_link, watch_of
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.ledger.views import ReminderLine

router = APIRouter(prefix="/todo", dependencies=[Depends(guard_page)], include_in_schema=False)

_REMINDED = (Role.OPERATOR, Role.REVIEWER, Role.SUPERVISOR)
"""Roles whose reminders stand here; those of units stand in their queue."""

_PATHS = {
    PendingKind.PAIRS_TO_SIGN: "/pairs/{}/review",
    PendingKind.RETURNED_PAIRS: "/pairs/{}/edit",
    PendingKind.REWORK: "/pairs/{}/edit",
    PendingKind.DRAFTS_TO_SUBMIT: "/pairs/{}/edit",
    PendingKind.DUE_PAIRS: "/pairs/{}/edit",
    PendingKind.MEDIA_TO_APPROVE: "/pairs/{}/media",
    PendingKind.GROUNDS_TO_STATE: "/pairs/{}/review",
    PendingKind.WORDINGS_TO_CONFIRM: "/reviews",
    PendingKind.ENDINGS_TO_CONFIRM: "/policies/{}/ending",
    PendingKind.CORRECTIONS_TO_CONFIRM: "/policies/{}",
    PendingKind.LINKS_TO_CONFIRM: "/{}#links",
    PendingKind.PLAN_TO_CONFIRM: "/review-plan",
    PendingKind.POLICY_NOTICES: "/policies/{}",
    PendingKind.ADOPTION: "/adoption",
    PendingKind.REPLIES_TO_TELL: "/callbacks/{}",
    PendingKind.UNHANDLED: "/consultations/{}",
    PendingKind.CORRECTION_CALLS: "/recalls",
    PendingKind.CONTRADICTIONS: "/contradictions",
    PendingKind.GAPS: "/coverage/gaps",
    PendingKind.ENDING_SOON: "/upkeep",
    PendingKind.TASKS_TO_DO: "/tasks/{}",
    PendingKind.TASKS_TO_CLOSE: "/tasks/{}",
    PendingKind.TASKS_OVERDUE: "/tasks/{}",
    PendingKind.ALARMS: "/alarms",
    PendingKind.CHANGED_VERDICTS: "/replays",
    PendingKind.LINKS_TO_RESEND: "/ledger/{}#send-link",
}
_ENTRIES = (PendingKind.REPLIES_TO_TELL, PendingKind.LINKS_TO_RESEND)
"""Kinds of entries that are opened on another page, or at another place, than the others."""

_LISTS = {
    PendingKind.REWORK: "/upkeep",
    PendingKind.DUE_PAIRS: "/queue",
    PendingKind.OVERDUE: "/ledger?due=overdue",
    PendingKind.POLICY_NOTICES: "/queue",
    PendingKind.REPLIES_TO_TELL: "/callbacks",
    PendingKind.CORRECTION_CALLS: "/recalls",
    PendingKind.CONTRADICTIONS: "/contradictions",
    PendingKind.TASKS_TO_DO: "/tasks",
    PendingKind.TASKS_TO_CLOSE: "/tasks?state=reported",
    PendingKind.TASKS_OVERDUE: "/tasks?late=yes",
}


@dataclass(frozen=True, slots=True)
class TodoLine:
    """One thing to do, with the page where it is done; ``number`` is that of an entry."""

    path: str
    number: str
    text: str
    note: str
    due_on: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class TodoList:
    """Things to do of one kind; ``path`` leads to the page that lists all of them, if one does."""

    kind: PendingKind
    label: str
    count: int
    path: str
    lines: tuple[TodoLine, ...]


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def todo_page(visit: Page, session: ReadSession) -> Response:
    """Show what waits for the user, by kind, the most urgent first."""
    sections = pending_sections(session, visit.actor, watch_of(visit.services, visit.now))
    visit.services.pending_tally.full_counts(visit.user.user_id, _counted(sections))
    context = {
        "lists": [todo_list(section, visit.today) for section in sections],
        "reminders": list(_reminders(visit, session)),
    }
    return visit.show("ledger/todo.html", context)


@router.get("/counts", dependencies=[permits(Permission.READ_BANK)])
def counts(visit: Page, session: ReadSession) -> Response:
    """Return the numbers of the menu by the address of each link, for pages left open."""
    watch = watch_of(visit.services, visit.now, lists=False)
    found = pending_counts(session, visit.actor, watch)
    kept = visit.services.pending_tally.full_counts(visit.user.user_id, found)
    return JSONResponse(by_link(visit.user, kept), headers={"Cache-Control": "no-store"})


def _counted(sections: Sequence[PendingSection]) -> dict[PendingKind, int]:
    return {section.kind: section.count for section in sections}


@router.post("/reminders/{reminder_id}", dependencies=[permits(Permission.READ_BANK)])
def see(visit: Page, reminder_id: int) -> Response:
    """Mark a reminder as seen, which removes it from the page."""
    with visit.write() as session:
        for role in _roles(visit):
            within = visit.user.authority.units({role})
            try:
                mark_seen(
                    session, reminder_id, within, actor=visit.actor, now=visit.now, audience=role
                )
            except ReminderNotFoundError:
                continue
            return visit.lead("/todo", Done.SEEN)
    raise ReminderNotFoundError("提醒不存在，或不属于您")


def _roles(visit: PageContext) -> Sequence[Role]:
    return [role for role in _REMINDED if role in visit.user.authority.roles]


def todo_list(section: PendingSection, today: date) -> TodoList:
    """Return the list of a section, with the page of each item."""
    lines = tuple(_line(item, today) for item in section.items)
    path = _LISTS.get(section.kind, "")
    return TodoList(section.kind, section.kind.label, section.count, path, lines)


def _line(item: PendingItem, today: date) -> TodoLine:
    path = _PATHS.get(item.kind, "/ledger/{}").format(item.ref)
    is_late = item.due_on is not None and item.due_on < today
    is_entry = item.kind not in _PATHS or item.kind in _ENTRIES
    number = item.ref if is_entry else ""
    return TodoLine(path, number, item.text, item.note, item.due_on, is_late)


def _reminders(visit: PageContext, session: Session) -> Iterator[ReminderLine]:
    found = [
        reminder
        for role in _roles(visit)
        for reminder in unseen_reminders(session, visit.user.authority.units({role}), audience=role)
    ]
    for reminder in sorted(found, key=_when, reverse=True):
        number = session.get_one(LedgerEntry, reminder.entry_id).number
        yield ReminderLine(reminder.id or 0, number, reminder.text, reminder.created_at)


def _when(reminder: Reminder) -> tuple[datetime, int]:
    return reminder.created_at, reminder.id or 0
