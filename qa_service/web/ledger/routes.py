"""Pages of the ledger (登记台账): list, entry, and spreadsheet."""

from dataclasses import fields, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.errors import FieldProblem, InvalidInputError
from qa_service.ledger.askers.details import AskerDetails, contact_hash, name_hash
from qa_service.ledger.entry_filter import DueFilter
from qa_service.ledger.queries import EntryPage, list_entries
from qa_service.reporting.ledger_sheet import SheetForm, write_sheet
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import Action, AuditAction, EntryKind, EntryState, Role
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none, plain_text
from qa_service.web.kit.visit import Page
from qa_service.web.ledger.entry_page import load_file, show_entry
from qa_service.web.ledger.search_form import Chosen
from qa_service.web.ledger.views import BulkForm, listed_card

router = APIRouter(prefix="/ledger", dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_ENTRIES = 30
_MOVERS = (Role.SUPERVISOR, Role.ADMIN)
"""Roles that assign, urge and extend, and so are offered to do it for many entries."""


def chosen_filters(
    due: str = "",
    unit: str = "",
    state: str = "",
    kind: str = "",
    area: str = "",
    since: str = "",
    until: str = "",
    phone: str = "",
    name: str = "",
    q: str = "",
) -> Chosen:
    """Return the filters of the address."""
    return Chosen(due, unit, state, kind, area, since, until, phone, name, q)


Filters = Annotated[Chosen, Depends(chosen_filters)]


@router.get("", dependencies=[permits(Permission.READ_LEDGER)])
def ledger_page(visit: Page, session: ReadSession, chosen: Filters, after: str = "") -> Response:
    """List the entries that match the filters, newest first."""
    problems = chosen.problems(session)
    listed = EntryPage((), None)
    if not problems:
        listed = list_entries(
            session,
            replace(chosen.wanted(), within=visit.user.ledger_units),
            today=visit.today,
            calendar=visit.services.calendar,
            after=plain_text(after) or None,
            limit=PAGE_ENTRIES,
        )
    context = {
        "problems": problems,
        "cards": [listed_card(entry) for entry in listed.items],
        "next_after": listed.next_after,
        "chosen": chosen.for_form(),
        "query": chosen.as_query(),
        "without_asker": replace(chosen, phone="", name="").as_query(),
        "units": list_units(session),
        "typed": BulkForm(),
        "bulk_problems": {},
        "may_move_many": visit.user.authority.units(_MOVERS) != frozenset(),
        "areas": list_areas(session),
    }
    options = {"dues": list(DueFilter), "states": list(EntryState), "kinds": list(EntryKind)}
    status = 422 if problems else 200
    return visit.show("ledger/list.html", {**context, **options}, status=status)


@router.post("/search", dependencies=[permits(Permission.READ_LEDGER)])
def search(visit: Page) -> Response:
    """Redirect to the list of what was typed; a caller's number and name become keyed hashes.

    Looking for somebody's entries is recorded, without who it was.
    """
    form, cipher = visit.form, visit.services.cipher
    phone, name = form.text("caller_phone"), form.text("caller_name")
    typed = {field.name: form.text(field.name) for field in fields(Chosen)}
    if phone:
        typed["phone"] = contact_hash(AskerDetails(phone=phone), cipher) or ""
    if name:
        typed["name"] = name_hash(name, cipher) or ""
    if phone or name:
        by = "、".join(word for word, given in (("电话", phone), ("姓名", name)) if given)
        with visit.write() as trail:
            record(
                trail,
                AuditAction.SEARCH_ASKER,
                actor=visit.actor,
                now=visit.now,
                subject="登记台账",
                by=by,
            )
    return RedirectResponse(f"/ledger?{urlencode(Chosen(**typed).as_query())}", status_code=303)


@router.get("/export.xlsx", dependencies=[permits(Permission.EXPORT_LEDGER)])
def spreadsheet(visit: Page, session: ReadSession, chosen: Filters, form: str = "") -> Response:
    """Return the entries that match the filters as a spreadsheet, in the short or full form.

    A sheet of other entries than those asked for would mislead: faulty filters are refused.
    """
    found = chosen.problems(session).items()
    faults = [FieldProblem(name, message) for name, messages in found for message in messages]
    if faults:
        raise InvalidInputError("；".join(one.message for one in faults), problems=tuple(faults))
    within = visit.user.units_for(Permission.EXPORT_LEDGER)
    wanted = replace(chosen.wanted(), within=within)
    chosen_form = member_or_none(SheetForm, form) or SheetForm.FULL
    file = write_sheet(
        session, wanted, chosen_form, today=visit.today, calendar=visit.services.calendar
    )
    return visit.hand_out(file, f"ledger-{visit.today:%Y%m%d}.xlsx", "登记台账")


@router.get("/{number}", dependencies=[permits(Permission.READ_LEDGER)])
def entry_page(visit: Page, session: ReadSession, number: str, done: str = "") -> Response:
    """Show an entry with its allowed actions, the proof of its deadline, and its history.

    ``done`` is the action that led here: the page says so and leads to the next of its kind.
    """
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
    return show_entry(visit, session, file, done=member_or_none(Action, done))
