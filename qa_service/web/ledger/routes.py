"""Pages of the ledger (登记台账): list, entry, and spreadsheet."""

from dataclasses import asdict, dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.ledger.queries import DueFilter, EntryFilter, list_entries
from qa_service.reporting.ledger_sheet import SheetForm, write_sheet
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import AuditAction, EntryKind, EntryState
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import day_or_none, member_or_none, plain_text, search_words
from qa_service.web.kit.visit import Page
from qa_service.web.ledger.entry_page import load_file, show_entry
from qa_service.web.ledger.views import listed_card

router = APIRouter(prefix="/ledger", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_ENTRIES = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters as query parameters; an unknown value applies no filter."""

    due: str = ""
    unit: str = ""
    state: str = ""
    kind: str = ""
    q: str = ""
    since: str = ""
    until: str = ""

    def wanted(self) -> EntryFilter:
        """Return the parsed filter."""
        return EntryFilter(
            due=member_or_none(DueFilter, self.due),
            unit=plain_text(self.unit) or None,
            state=member_or_none(EntryState, self.state),
            kind=member_or_none(EntryKind, self.kind),
            words=search_words(self.q),
            since=day_or_none(self.since),
            until=day_or_none(self.until),
        )

    def as_query(self) -> dict[str, str]:
        """Return the query parameters of a link to the filtered list."""
        return asdict(self)


def read_chosen(
    due: str = "",
    unit: str = "",
    state: str = "",
    kind: str = "",
    q: str = "",
    since: str = "",
    until: str = "",
) -> Chosen:
    """Return the filters of the address."""
    return Chosen(due, unit, state, kind, q, since, until)


Filters = Annotated[Chosen, Depends(read_chosen)]


@router.get("", dependencies=[permits(Permission.READ_LEDGER)])
def ledger_page(visit: Page, session: ReadSession, chosen: Filters, after: str = "") -> Response:
    """List the entries that match the filters, newest first."""
    listed = list_entries(
        session,
        replace(chosen.wanted(), within=visit.user.ledger_units),
        today=visit.today,
        calendar=visit.services.calendar,
        after=plain_text(after) or None,
        limit=PAGE_ENTRIES,
    )
    context = {
        "cards": [listed_card(entry) for entry in listed.items],
        "next_after": listed.next_after,
        "chosen": chosen.as_query(),
        "units": list_units(session),
    }
    options = {"dues": list(DueFilter), "states": list(EntryState), "kinds": list(EntryKind)}
    return visit.show("ledger/list.html", {**context, **options})


@router.get("/export.xlsx", dependencies=[permits(Permission.EXPORT_LEDGER)])
def spreadsheet(visit: Page, session: ReadSession, chosen: Filters, form: str = "") -> Response:
    """Return the entries that match the filters as a spreadsheet, in the short or full form."""
    within = visit.user.units_for(Permission.EXPORT_LEDGER)
    wanted = replace(chosen.wanted(), within=within)
    chosen_form = member_or_none(SheetForm, form) or SheetForm.FULL
    file = write_sheet(
        session, wanted, chosen_form, today=visit.today, calendar=visit.services.calendar
    )
    with visit.write() as trail:
        record(trail, AuditAction.EXPORT, actor=visit.actor, now=visit.now, subject="登记台账")
    name = f"ledger-{visit.today:%Y%m%d}.xlsx"
    return Response(
        file,
        media_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/{number}", dependencies=[permits(Permission.READ_LEDGER)])
def entry_page(visit: Page, session: ReadSession, number: str) -> Response:
    """Show an entry with its allowed actions, the proof of its deadline, and its history."""
    file = load_file(visit, session, plain_text(number))
    if file.entry.asker_id is not None:
        subject = file.entry.number
        with visit.write() as trail:
            record(
                trail,
                AuditAction.VIEW_ASKER,
                actor=visit.actor,
                now=visit.now,
                subject=subject,
            )
    return show_entry(visit, session, file)
