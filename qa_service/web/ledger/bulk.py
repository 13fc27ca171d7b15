"""One act on many entries of the ledger (批量办理), with what became of each."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission
from qa_service.errors import NotFoundError, QAServiceError
from qa_service.ledger.entry_filter import EntryFilter
from qa_service.ledger.workflow.steps import Command, find_by_number
from qa_service.reporting.ledger_sheet import SheetForm, write_sheet
from qa_service.vocabulary import Action, AuditAction
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.ledger.move_routes import ACTS, REFUSALS, UnknownActionError
from qa_service.web.ledger.routes import XLSX

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

BULK_ACTIONS = (Action.URGE, Action.ASSIGN, Action.EXTEND)
LONGEST = 100
"""Entries that one request may name: each is a transaction of its own."""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """The result for one entry; ``refusal`` says in Chinese why nothing was done, or is ""."""

    number: str
    refusal: str = ""


@router.post("/ledger/bulk", dependencies=[permits(Permission.MOVE_ENTRIES)])
def bulk(visit: Page) -> Response:
    """Take one action on every entry chosen; one that is refused stops no other."""
    verb = member_or_none(Action, visit.form.text("then"))
    if verb not in BULK_ACTIONS:
        raise UnknownActionError("没有这个批量办理事项，请刷新页面后重试")
    numbers = tuple(dict.fromkeys(one for one in visit.form.texts("numbers") if one))
    results = [_act(visit, number, verb) for number in numbers[:LONGEST]]
    context = {
        "verb": verb,
        "results": results,
        "done": sum(not one.refusal for one in results),
        "left_out": len(numbers[LONGEST:]),
    }
    return visit.show("ledger/bulk.html", context)


@router.post("/ledger/bulk/export", dependencies=[permits(Permission.EXPORT_LEDGER)])
def export_chosen(visit: Page) -> Response:
    """Return the entries chosen as a spreadsheet, or the list of results where none was."""
    numbers = tuple(dict.fromkeys(one for one in visit.form.texts("numbers") if one))[:LONGEST]
    if not numbers:
        context = {"verb": Action.URGE, "results": [], "done": 0, "left_out": 0}
        return visit.show("ledger/bulk.html", context)
    within = visit.user.units_for(Permission.EXPORT_LEDGER)
    with visit.read() as session:
        file = write_sheet(
            session,
            EntryFilter(numbers=numbers, within=within),
            SheetForm.FULL,
            today=visit.today,
            calendar=visit.services.calendar,
        )
    with visit.write() as trail:
        record(
            trail,
            AuditAction.EXPORT,
            actor=visit.actor,
            now=visit.now,
            subject="登记台账",
            count=len(numbers),
        )
    name = f"ledger-{visit.today:%Y%m%d}-chosen.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(file, media_type=XLSX, headers=headers)


def _act(visit: PageContext, number: str, verb: Action) -> BulkResult:
    step = Command(visit.actor, visit.now, reason=visit.form.text("reason"))
    try:
        with visit.write() as session:
            entry = find_by_number(session, number, within=visit.user.ledger_units)
            ACTS[verb](visit, session, entry, step)
    except (*REFUSALS, NotFoundError) as error:
        return BulkResult(number, _words(error))
    return BulkResult(number)


def _words(error: QAServiceError) -> str:
    told = dict.fromkeys(problem.message for problem in error.problems)
    return "；".join(told) or error.message
