"""Loads a ledger entry as it is shown, with the proof of its deadline."""

from datetime import date

from sqlmodel import Session

from qa_service.ledger.queries import prove_deadline, require_entry
from qa_service.parts import Parts
from qa_service.web.viewmodels import EntryCard, entry_card


def load_entry(session: Session, parts: Parts, number: str, *, today: date) -> EntryCard:
    """The entry of this number; raises EntryNotFoundError.

    The proof is left out when it does not lead to the stored date, for example after
    an extension: a proof of another date would mislead.
    """
    entry = require_entry(session, number, today=today, calendar=parts.calendar)
    due = prove_deadline(entry, parts.calendar)
    return entry_card(entry, due.proof if due.due_on == entry.due_on else ())
