"""Tells helping units (协办单位) of the opinions asked of them."""

from datetime import datetime

from sqlalchemy import String, cast
from sqlmodel import Session, col, select

from qa_service.accounts.models import Unit
from qa_service.clock import beijing_day
from qa_service.ledger.deadlines.mail import mail_unit
from qa_service.ledger.deadlines.mail_premises import opinion_is_owed
from qa_service.ledger.models import CoUnit, LedgerEntry, Reminder, ReminderKind
from qa_service.ledger.workflow.transitions import TRANSITIONS
from qa_service.outbox.events import EntryReminded
from qa_service.outbox.service import enqueue
from qa_service.vocabulary import Action

_DUE_OPINION = "opinion-due:"


def ask_opinion(session: Session, entry: LedgerEntry, helper: CoUnit, *, now: datetime) -> None:
    """Ask a helping unit (协办单位) for its opinion: in its inbox, by mail, and by an event."""
    due_on = helper.due_on or entry.due_on
    text = f"请于 {due_on.isoformat()} 前提交协办意见"
    occasion = f"{ReminderKind.OPINION}:{helper.unit_id}:{entry.version}"
    session.add(_reminder(helper, occasion, text, now))
    event = EntryReminded(
        number=entry.number,
        kind=ReminderKind.OPINION.value,
        text=text,
        due_on=due_on,
        occasion=occasion,
    )
    enqueue(session, event, now=now)
    _mail(session, entry, helper, text, now)
    session.flush()


def remind_opinions(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Remind the helping units whose opinion is due today or late, once; return how many."""
    reminded = select(Reminder.id).where(
        Reminder.entry_id == CoUnit.entry_id,
        Reminder.unit_id == CoUnit.unit_id,
        Reminder.kind == ReminderKind.OPINION,
        Reminder.occasion == _DUE_OPINION + cast(col(CoUnit.unit_id), String),
    )
    statement = (
        select(CoUnit, LedgerEntry)
        .join(LedgerEntry, col(LedgerEntry.id) == CoUnit.entry_id)
        .where(
            col(CoUnit.opinion).is_(None),
            col(CoUnit.due_on) <= beijing_day(now),
            col(LedgerEntry.state).in_(TRANSITIONS[Action.CONTRIBUTE].sources),
            ~reminded.exists(),
        )
        .limit(limit)
    )
    found = session.exec(statement).all()
    for helper, entry in found:
        text = f"协办意见应于 {helper.due_on} 前提交，请尽快提交"
        session.add(_reminder(helper, f"{_DUE_OPINION}{helper.unit_id}", text, now))
        _mail(session, entry, helper, text, now)
    session.flush()
    return len(found)


def _mail(session: Session, entry: LedgerEntry, helper: CoUnit, text: str, now: datetime) -> None:
    unit = session.get_one(Unit, helper.unit_id)
    mail_unit(session, entry, text, now=now, unit=unit, rests_on=(opinion_is_owed(helper),))


def _reminder(helper: CoUnit, occasion: str, text: str, now: datetime) -> Reminder:
    return Reminder(
        entry_id=helper.entry_id,
        unit_id=helper.unit_id,
        occasion=occasion,
        kind=ReminderKind.OPINION,
        text=text,
        created_at=now,
    )
