"""Page of everything to be crossed off (销号清单), of all kinds in one table, and its sheet."""

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.reporting.figures.period import InvalidPeriodError, presets
from qa_service.reporting.figures.scope import Scope
from qa_service.reporting.inspection.cross_off_sources import SOURCES
from qa_service.reporting.inspection.crossing_off import (
    CrossOffKind,
    Wanted,
    count_lines,
    list_lines,
)
from qa_service.reporting.inspection.lists import Names
from qa_service.reporting.inspection.workbook import write_crossing_off
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none, plain_text
from qa_service.web.kit.parameters import Number
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.supervision.report_query import REFUSALS, ReportQuery, report_problems

router = APIRouter(
    prefix="/tasks/crossing-off",
    dependencies=[Depends(guard_page), permits(Permission.READ_TASKS)],
    include_in_schema=False,
)

PAGE_ROWS = 50
DEEPEST = 200
"""The last page, in pages: those who look further narrow the list or take the sheet."""

DONE = {"open": False, "done": True}
"""States of the list by their name in addresses; any other stands for both."""


@dataclass(frozen=True, slots=True)
class CrossOffQuery:
    """The part of the list asked for, as typed."""

    report: ReportQuery
    kind: str
    state: str

    def wanted(self, visit: PageContext) -> Wanted:
        """Return the part of the list that the user may see of it."""
        return Wanted(
            kind=member_or_none(CrossOffKind, self.kind),
            within=visit.user.units_for(Permission.READ_TASKS),
            is_done=DONE.get(self.state),
        )

    def address(self, path: str, **more: str) -> str:
        """Return the address of the same part elsewhere."""
        given = {
            "since": self.report.since,
            "until": self.report.until,
            "unit": self.report.unit,
            "kind": self.kind,
            "state": self.state,
        }
        return f"{path}?{urlencode(given | more)}"


def read_cross_off(
    since: str = "", until: str = "", unit: str = "", kind: str = "", state: str = "open"
) -> CrossOffQuery:
    """Return the parameters without control characters."""
    typed = [plain_text(text)[:64] for text in (since, until, unit, kind, state)]
    return CrossOffQuery(ReportQuery(*typed[:3]), *typed[3:])


AskedLines = Annotated[CrossOffQuery, Depends(read_cross_off)]


@router.get("")
def crossing_off_page(
    visit: Page, session: ReadSession, asked: AskedLines, page: Number = 0
) -> Response:
    """List what units owe by their limits: entries, rework, clean-up, media, reviews, tasks."""
    try:
        scope = asked.report.scope(session, visit)
    except REFUSALS as error:
        refused = {"problems": report_problems(error), "scope": None}
        status = 422 if isinstance(error, InvalidPeriodError) else 404
        context = _offered(visit, session, asked) | refused
        return visit.show("tasks/crossing_off.html", context, status=status)
    wanted, page = asked.wanted(visit), min(page, DEEPEST)
    skip = page * PAGE_ROWS
    names = Names.of(session)
    found = list_lines(session, SOURCES, scope, names, wanted, limit=skip + PAGE_ROWS + 1)
    exact = replace(asked, report=asked.report.of(scope.period))
    has_more = len(found) > skip + PAGE_ROWS and page < DEEPEST
    context = {
        "scope": scope,
        "shown": found[skip : skip + PAGE_ROWS],
        "count": count_lines(session, SOURCES, scope, replace(wanted, is_done=None)),
        "today": visit.today,
        "next_address": exact.address("/tasks/crossing-off", page=str(page + 1))
        if has_more
        else "",
        "sheet_address": exact.address("/tasks/crossing-off/export.xlsx"),
    }
    return visit.show("tasks/crossing_off.html", _offered(visit, session, asked) | context)


@router.get("/export.xlsx")
def sheet(visit: Page, session: ReadSession, asked: AskedLines) -> Response:
    """Return the list as a sheet that prints."""
    scope = asked.report.scope(session, visit)
    found = list_lines(session, SOURCES, scope, Names.of(session), asked.wanted(visit))
    note = f"{visit.today:%Y-%m-%d} 导出，共 {len(found)} 项"
    file = write_crossing_off(_title(scope), (one.line for one in found), note)
    name = f"crossing-off-{scope.period.first:%Y%m%d}-{scope.period.last:%Y%m%d}.xlsx"
    return visit.hand_out(file, name, "销号清单")


def _title(scope: Scope) -> str:
    return f"{scope.period.label}销号清单"


def _offered(visit: PageContext, session: Session, asked: CrossOffQuery) -> dict[str, object]:
    within = visit.user.units_for(Permission.READ_TASKS)
    return {
        "asked": asked,
        "problems": {},
        "kinds": list(CrossOffKind),
        "kind": member_or_none(CrossOffKind, asked.kind),
        "units": [one for one in list_units(session) if within is None or one.id in within],
        "presets": [
            (name, replace(asked, report=asked.report.of(period)).address("/tasks/crossing-off"))
            for name, period in presets(visit.today)
        ],
    }
