"""Premises of queued mails and text messages: true as they are queued, and to be so as they leave.

A gateway can be down for hours: until it is back a link may have been replaced, an entry settled,
a day be over. What such a message says is then wrong, and it must not leave.
"""

from datetime import date, datetime

from sqlmodel import Session, select

from qa_service.clock import beijing_day
from qa_service.ledger.entry_indexes import is_running
from qa_service.ledger.models import LedgerEntry, ReplyLink
from qa_service.ledger.replies.reply_links import is_usable
from qa_service.outbox.models import OutboxEvent

RUNNING = "running"
"""The limit of the entry that the message is about still runs."""

_LINK, _DAY = "link", "day"


def link_works(link: ReplyLink) -> str:
    """Return the premise that a link can be used."""
    return f"{_LINK}:{link.id}"


def day_lasts(day: date) -> str:
    """Return the premise that a day is not over."""
    return f"{_DAY}:{day.isoformat()}"


def why_outdated(
    session: Session, event: OutboxEvent, *, now: datetime, takes_links: bool
) -> str | None:
    """Return why the message of an event holds no more; None while it does.

    Without ``takes_links`` the service takes no reply by a link.
    """
    kind, _, value = str(event.payload.get("rests_on", "")).partition(":")
    if kind == _LINK:
        return None if takes_links and _works(session, int(value), now) else "link void"
    if kind == RUNNING:
        runs = select(LedgerEntry.id).where(LedgerEntry.number == event.subject, is_running())
        return None if session.exec(runs).first() else "entry settled"
    is_over = kind == _DAY and value < beijing_day(now).isoformat()
    return "day over" if is_over else None


def _works(session: Session, link_id: int, now: datetime) -> bool:
    link = session.get(ReplyLink, link_id)
    return link is not None and is_usable(
        link, session.get_one(LedgerEntry, link.entry_id), now=now
    )
