"""The ledger, read; and due dates in working days."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from qa_service.accounts.models import Scope
from qa_service.api.dependencies import PartsDep, ReadSessionDep, caller_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.ledger import (
    DueOut,
    DueQuery,
    EntryDetailOut,
    EntryListOut,
    LedgerQuery,
)
from qa_service.api.text_types import LedgerNumber
from qa_service.clock import beijing_day
from qa_service.ledger.queries import (
    entry_events,
    list_entries,
    prove_deadline,
    require_entry,
)
from qa_service.workdays.deadline import due_date_from_day

router = APIRouter(tags=["登记台账"], dependencies=[Depends(caller_with(Scope.LEDGER))])


@router.get("/ledger", summary="台账列表", responses=problem_responses())
def list_all(
    query: Annotated[LedgerQuery, Query()], parts: PartsDep, session: ReadSessionDep
) -> EntryListOut:
    """Entries, the newest first, a page at a time."""
    page = list_entries(
        session,
        today=beijing_day(parts.clock.now()),
        calendar=parts.calendar,
        state=query.state,
        unit=query.unit,
        due=query.due,
        after=query.cursor,
        limit=query.limit,
    )
    return EntryListOut.of(page)


@router.get(
    "/ledger/{number}", summary="一条台账及其办理时限的逐日依据", responses=problem_responses(404)
)
def read(
    number: Annotated[LedgerNumber, Path()], parts: PartsDep, session: ReadSessionDep
) -> EntryDetailOut:
    """An entry with its events and the day-by-day proof of its due date."""
    today = beijing_day(parts.clock.now())
    entry = require_entry(session, number, today=today, calendar=parts.calendar)
    proof = prove_deadline(entry, parts.calendar)
    return EntryDetailOut.of(entry, entry_events(session, number), proof)


@router.get("/workdays/due", summary="按工作日推算办结日期", responses=problem_responses())
def due(query: Annotated[DueQuery, Query()], parts: PartsDep) -> DueOut:
    """The due date of what came in on a day."""
    found = due_date_from_day(query.received, days=query.days, calendar=parts.calendar)
    return DueOut.of(found)
