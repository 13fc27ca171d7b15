"""The ledger (登记台账) as pages: the list and one entry."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.units import list_units
from qa_service.ledger.models import EntryState
from qa_service.ledger.queries import DueFilter, EntryPage, entry_events, list_entries
from qa_service.web import labels
from qa_service.web.access import Reading, guard_page
from qa_service.web.entries import load_entry
from qa_service.web.forms import member_or_none, plain_text
from qa_service.web.viewmodels import entry_card
from qa_service.web.visit import Visit, Visiting

router = APIRouter(prefix="/ledger", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_ENTRIES = 30


@router.get("")
def ledger_page(
    visit: Visiting,
    session: Reading,
    due: str = "",
    unit: str = "",
    state: str = "",
    after: str = "",
) -> Response:
    """Entries that pass the filters, the newest first."""
    chosen = {"due": due, "unit": plain_text(unit), "state": state}
    listed = _listed(visit, session, chosen, after=plain_text(after))
    context = {
        "cards": [entry_card(entry, ()) for entry in listed.items],
        "next_after": listed.next_after,
        "chosen": chosen,
        "units": list_units(session),
    }
    options = {"dues": labels.DUE_FILTERS, "states": labels.STATES}
    return visit.show("ledger/list.html", {**context, **options})


@router.get("/{number}")
def entry_page(visit: Visiting, session: Reading, number: str) -> Response:
    """One entry: its deadline with the proof, and everything that happened to it."""
    card = load_entry(session, visit.parts, plain_text(number), today=visit.today)
    events = entry_events(session, card.entry.number)
    return visit.show(
        "ledger/entry.html", {"card": card, "events": events, "states": labels.STATES}
    )


def _listed(visit: Visit, session: Session, chosen: dict[str, str], *, after: str) -> EntryPage:
    return list_entries(
        session,
        today=visit.today,
        calendar=visit.parts.calendar,
        due=member_or_none(DueFilter, chosen["due"]),
        unit=chosen["unit"] or None,
        state=member_or_none(EntryState, chosen["state"]),
        after=after or None,
        limit=PAGE_ENTRIES,
    )
