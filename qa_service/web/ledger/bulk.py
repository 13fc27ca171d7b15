"""One act on many entries of the ledger (批量办理), with what became of each."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.models import Unit
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.errors import InvalidInputError, NotFoundError, QAServiceError
from qa_service.ledger.entry_filter import EntryFilter
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow.steps import Command, find_by_number
from qa_service.reporting.ledger_sheet import SheetForm, write_sheet
from qa_service.vocabulary import Action
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.ledger.move_routes import ACTS, REFUSALS, UnknownActionError
from qa_service.web.ledger.views import BulkForm

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

BULK_ACTIONS = (Action.URGE, Action.ASSIGN, Action.EXTEND)
LONGEST = 100
"""Entries that one request may name: each is a transaction of its own."""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """The result for one entry: ``outcome`` says in Chinese what was done, ``refusal`` why not.

    One of the two is "". ``is_ticked`` are those that another value in the form may settle.
    """

    number: str
    outcome: str = ""
    refusal: str = ""
    is_ticked: bool = False


@router.post("/ledger/bulk", dependencies=[permits(Permission.MOVE_ENTRIES)])
def bulk(visit: Page) -> Response:
    """Take one action on every entry chosen; one that is refused stops no other.

    A form that lacks what every entry needs is shown again as it was, and nothing is done.
    """
    verb = member_or_none(Action, visit.form.text("then"))
    if verb not in BULK_ACTIONS:
        raise UnknownActionError("没有这个批量办理事项，请重新打开台账列表后办理")
    numbers = _numbers(visit)
    problems = _lacking(visit, verb) if numbers else {}
    if problems:
        return _shown(visit, verb, [BulkResult(one, is_ticked=True) for one in numbers], problems)
    return _shown(visit, verb, [_act(visit, one, verb) for one in numbers[:LONGEST]], {})


@router.post("/ledger/bulk/export", dependencies=[permits(Permission.EXPORT_LEDGER)])
def export_chosen(visit: Page) -> Response:
    """Return the entries chosen as a spreadsheet, or the list of results where none was."""
    numbers = _numbers(visit)[:LONGEST]
    if not numbers:
        return _shown(visit, Action.URGE, [], {})
    within = visit.user.units_for(Permission.EXPORT_LEDGER)
    with visit.read() as session:
        file = write_sheet(
            session,
            EntryFilter(numbers=numbers, within=within),
            SheetForm.FULL,
            today=visit.today,
            calendar=visit.services.calendar,
        )
    name = f"ledger-{visit.today:%Y%m%d}-chosen.xlsx"
    return visit.hand_out(file, name, "登记台账", count=len(numbers))


def _numbers(visit: PageContext) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in visit.form.texts("numbers") if one))


def _lacking(visit: PageContext, verb: Action) -> dict[str, list[str]]:
    """Return by field what the action needs of the form for every entry and is not given."""
    form, lacking = visit.form, {}
    if verb is Action.ASSIGN and not form.text("unit"):
        lacking["unit"] = ["请选择交办给哪个单位"]
    if verb is Action.EXTEND and not form.text("workdays"):
        lacking["workdays"] = ["请填写延长几个工作日"]
    if verb is Action.EXTEND and not form.text("reason"):
        lacking["reason"] = ["请填写延期理由"]
    return lacking


def _shown(
    visit: PageContext, verb: Action, results: list[BulkResult], problems: dict[str, list[str]]
) -> Response:
    form = visit.form
    with visit.read() as session:
        context = {
            "verb": verb,
            "results": results,
            "left_out": 0 if problems else max(0, len(_numbers(visit)) - LONGEST),
            "units": list_units(session),
            "typed": BulkForm(form.text("reason"), form.text("unit"), form.text("workdays")),
            "bulk_problems": problems,
        }
        return visit.show("ledger/bulk.html", context, status=422 if problems else 200)


def _act(visit: PageContext, number: str, verb: Action) -> BulkResult:
    step = Command(visit.actor, visit.now, reason=visit.form.text("reason"))
    try:
        with visit.write() as session:
            entry = find_by_number(session, number, within=visit.user.ledger_units)
            ACTS[verb](visit, session, entry, step)
            return BulkResult(number, outcome=_outcome(session, entry, verb))
    except (*REFUSALS, NotFoundError) as error:
        may_be_mended = isinstance(error, InvalidInputError)
        return BulkResult(number, refusal=_words(error), is_ticked=may_be_mended)


def _outcome(session: Session, entry: LedgerEntry, verb: Action) -> str:
    if verb is Action.EXTEND:
        return f"已延期，期限 {entry.due_on}"
    return f"已{verb.label}：{session.get_one(Unit, entry.unit_id).name}"


def _words(error: QAServiceError) -> str:
    told = dict.fromkeys(problem.message for problem in error.problems)
    return "；".join(told) or error.message
