"""Loads a ledger entry as it is shown, with the proof of its deadline."""

from datetime import date

from sqlmodel import Session

from qa_service.errors import NotFoundError
from qa_service.ledger.queries import find_entry
from qa_service.parts import Parts
from qa_service.web.viewmodels import EntryCard, entry_card
from qa_service.workdays.deadline import due_date


class EntryNotFoundError(NotFoundError):
    """No ledger entry has this number."""

    code = "entry_not_found"
    title = "没有这条台账"


def load_entry(session: Session, parts: Parts, number: str, *, today: date) -> EntryCard:
    """The entry of this number; raises EntryNotFoundError.

    The proof is left out when it does not lead to the stored date: the limit or the
    calendar changed since, and a proof of another date would mislead.
    """
    entry = find_entry(session, number, today=today, calendar=parts.calendar)
    if entry is None:
        raise EntryNotFoundError(f"台账中没有编号 {number}，请核对后重新查询")
    days = parts.settings.answer_workdays
    due = due_date(entry.received_at, days=days, calendar=parts.calendar)
    return entry_card(entry, due.proof if due.due_on == entry.due_on else ())
