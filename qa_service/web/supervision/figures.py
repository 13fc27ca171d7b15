"""Pages of figures (监督统计): the table, two charts, the rows behind each, and the sheet."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.reporting.figures.breakdown import labelled_breakdown, read_key
from qa_service.reporting.figures.contract import Part, Tally
from qa_service.reporting.figures.counting import (
    NOT_RECORDED,
    compare_figures,
    figure_rows,
    find_figure,
)
from qa_service.reporting.figures.period import InvalidPeriodError, invalid_period, presets
from qa_service.reporting.figures.scope import Dimension, Key
from qa_service.reporting.figures.table import BY_NAME
from qa_service.reporting.figures.workbook import write_figures
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none, plain_text
from qa_service.web.kit.parameters import Number
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.supervision.figure_views import (
    LIMITS,
    VERDICTS,
    figure_lines,
    limit_chart,
    verdict_chart,
)
from qa_service.web.supervision.report_query import REFUSALS, Asked, ReportQuery, report_problems

router = APIRouter(
    prefix="/reports",
    dependencies=[Depends(guard_page), permits(Permission.READ_REPORTS)],
    include_in_schema=False,
)

PAGE_ROWS = 50
NO_KEY = "-"
"""Stands in addresses for rows without a value of the dimension."""


@router.get("")
def figures_page(visit: Page, session: ReadSession, asked: Asked) -> Response:
    """Show every figure of a period beside the period before, and two charts."""
    offered = _offered(visit, session, asked)
    try:
        scope = asked.scope(session, visit)
    except REFUSALS as error:
        refused = {"problems": report_problems(error), "scope": None}
        status = 422 if isinstance(error, InvalidPeriodError) else 404
        return visit.show("supervision/figures.html", offered | refused, status=status)
    exact = asked.of(scope.period)
    by = asked.dimension
    names = [name for _, name in (*VERDICTS, *LIMITS)]
    totals: dict[str, Tally] = {}
    charted = [BY_NAME[name] for name in names]
    rows = labelled_breakdown(session, scope, by, charted, totals=totals)
    context = {
        "problems": {},
        "scope": scope,
        "not_recorded": NOT_RECORDED,
        "lines": figure_lines(compare_figures(session, scope, counted=totals), exact),
        "charts": (verdict_chart(rows, by, exact), limit_chart(rows, by, exact)),
        "sheet_address": exact.address("/reports/export.xlsx"),
    }
    return visit.show("supervision/figures.html", offered | context)


@router.get("/rows")
def rows_page(
    visit: Page,
    session: ReadSession,
    asked: Asked,
    figure: str = "",
    part: str = "",
    key: str = "",
    page: Number = 0,
) -> Response:
    """List the rows behind a figure, so that it can be counted again by hand."""
    found = find_figure(plain_text(figure))
    wanted = member_or_none(Part, part) or Part.NUMERATOR
    only = _only(asked, plain_text(key))
    scope = asked.scope(session, visit, only)
    skip = min(page, 100_000) * PAGE_ROWS
    rows = figure_rows(session, scope, found, wanted, skip=skip, limit=PAGE_ROWS + 1)
    exact = asked.of(scope.period)
    more = {"figure": found.name, "part": wanted.value, "key": key, "page": str(page + 1)}
    context = {
        "figure": found,
        "part": wanted,
        "scope": scope,
        "rows": rows[:PAGE_ROWS],
        "first": skip + 1,
        "next_address": exact.address("/reports/rows", **more) if len(rows) > PAGE_ROWS else "",
        "back_address": exact.address("/reports"),
    }
    return visit.show("supervision/figure_rows.html", context)


@router.get("/export.xlsx")
def spreadsheet(visit: Page, session: ReadSession, asked: Asked) -> Response:
    """Return the figures of a period and their breakdown as a sheet that prints."""
    scope = asked.scope(session, visit)
    file = write_figures(session, scope, asked.dimension)
    name = f"figures-{scope.period.first:%Y%m%d}-{scope.period.last:%Y%m%d}.xlsx"
    return visit.hand_out(file, name, "监督统计")


def _offered(visit: PageContext, session: Session, asked: ReportQuery) -> dict[str, object]:
    return {
        "asked": asked,
        "presets": [
            (name, asked.of(period).address("/reports"), period)
            for name, period in presets(visit.today)
        ],
        "units": list_units(session),
        "areas": list_areas(session),
        "dimensions": list(Dimension),
        "by": asked.dimension,
    }


def _only(asked: ReportQuery, key: str) -> tuple[Dimension, Key] | None:
    by = member_or_none(Dimension, asked.by)
    if by is None or not key:
        return None
    try:
        return by, read_key(by, "" if key == NO_KEY else key)
    except ValueError:
        raise invalid_period("key", f"“{key[:20]}”不是{by.label}，请从统计页打开") from None
