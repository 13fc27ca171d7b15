"""Loads a ledger entry as it is shown, with the proof of its deadline."""

from datetime import date

from sqlmodel import Session

from qa_service.ledger.deadlines import proof_of
from qa_service.ledger.queries import require_entry
from qa_service.ledger.workflow.steps import find_by_number
from qa_service.services import Services
from qa_service.web.kit.viewmodels import EntryCard, entry_card


def load_entry(session: Session, services: Services, number: str, *, today: date) -> EntryCard:
    """The entry of this number; raises EntryNotFoundError.

    The proof is left out when it does not lead to the stored date, for example because a
    notice came and its deadline waits to be recounted: a proof of another date would mislead.
    """
    entry = require_entry(session, number, today=today, calendar=services.calendar)
    due = proof_of(find_by_number(session, number), services.calendar)
    return entry_card(entry, due.proof if due.due_on == entry.due_on else ())
