"""Pages of the coverage board (全部入库) and of the knowledge gaps."""

from datetime import date

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.consultation.gap_tasks import tasks_of
from qa_service.consultation.gaps import GAP_DAYS, find_gaps
from qa_service.errors import QAServiceError
from qa_service.knowledge.coverage.counting import PairProgress
from qa_service.knowledge.coverage.shares import (
    shares_by_unit,
    whole_share,
)
from qa_service.knowledge.coverage.topics import (
    CoverageState,
    InvalidTopicError,
    TopicContent,
    coverage,
    delete_topic,
    save_topic,
)
from qa_service.knowledge.exchange.coverage_workbook import coverage_workbook
from qa_service.request_scope import ReadSession
from qa_service.web.bank.coverage_views import AskedCoverage, CoverageQuery, area_parts
from qa_service.web.bank.import_export import download
from qa_service.web.bank.pairs.views import unit_names
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import member_or_none, problems_by_field
from qa_service.web.kit.parameters import Days
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/coverage", dependencies=[Depends(guard_page)], include_in_schema=False)

SEPARATORS = str.maketrans("、，,；;", "     ")


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def coverage_page(visit: Page, session: ReadSession, asked: AskedCoverage) -> Response:
    """Show for each policy area and topic the pairs published, in review, missing or expiring.

    The share covered is that of the target day.
    """
    return _page(visit, session, asked)


@router.get("/export.xlsx", dependencies=[permits(Permission.READ_BANK)])
def export(visit: Page, session: ReadSession, asked: AskedCoverage) -> Response:
    """Return the part asked for as an XLSX file, a row for every topic."""
    day = _target(visit, asked.target)
    rows = asked.wanted(coverage(session, day=visit.today, target=day))
    return download(coverage_workbook(rows, unit_names(session)), f"入库情况-至{day:%Y%m%d}.xlsx")


@router.post("", dependencies=[permits(Permission.KEEP_MATTERS)])
def change_topics(visit: Page, asked: AskedCoverage) -> Response:
    """Add, change or delete a topic."""
    try:
        with visit.write() as session:
            done = _change_topic(visit, session)
    except InvalidTopicError as error:
        with visit.read() as session:
            return _page(visit, session, asked, refusal=error)
    return visit.lead(asked.address("/coverage"), done)


@router.get("/gaps", dependencies=[permits(Permission.READ_GAPS)])
def gaps_page(visit: Page, session: ReadSession, days: Days = GAP_DAYS) -> Response:
    """List questions of the last ``days`` that the bank lacks, each with a link to draft a pair."""
    gaps = find_gaps(session, visit.services.tokenizer, now=visit.now, days=days)
    context = {
        "gaps": gaps,
        "days": days,
        "tasks": tasks_of(session, gaps),
        "units": {unit.id: unit.name for unit in list_units(session)},
    }
    return visit.show("bank/coverage/gaps.html", context)


def _change_topic(visit: PageContext, session: Session) -> Done:
    topic_id = visit.form.number("topic_id") or None
    if visit.form.text("then") == "delete" and topic_id:
        delete_topic(session, topic_id)
        return Done.DELETED
    content = TopicContent(
        visit.form.text("area"),
        visit.form.text("name"),
        tuple(visit.form.text("keywords").translate(SEPARATORS).split()),
    )
    save_topic(session, content, topic_id)
    return Done.SAVED


def _target(visit: PageContext, written: str) -> date:
    """Return the target day as written, by default the end of the year."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return date(visit.today.year, 12, 31)


def _page(
    visit: PageContext,
    session: Session,
    asked: CoverageQuery,
    *,
    refusal: QAServiceError | None = None,
) -> Response:
    day = _target(visit, asked.target)
    kept = visit.services.published_counts
    rows = coverage(session, day=visit.today, target=day, kept=kept)
    names, areas = unit_names(session), list_areas(session)
    refused_id = visit.form.number("topic_id")
    refused = next((row.area for row in rows if refused_id and row.topic_id == refused_id), None)
    context = {
        "asked": asked,
        "state": member_or_none(CoverageState, asked.state),
        "states": list(CoverageState),
        "target": day,
        "whole": whole_share(rows),
        "by_unit": shares_by_unit(rows, names),
        "unit_names": names,
        "units": {row.unit: names[row.unit] for row in rows if row.unit in names},
        "areas": areas,
        "parts": area_parts(areas, asked.wanted(rows), opened=refused, opens_all=asked.narrows),
        "totals": {
            standing: sum(row.counts[standing] for row in rows) for standing in PairProgress
        },
        "missing": sum(row.is_missing for row in rows if row.topic_id is not None),
        "PairProgress": PairProgress,
        "CoverageState": CoverageState,
        "may_change": visit.user.may(Permission.KEEP_MATTERS),
        "refusal": refusal.message if refusal else None,
        "problems": problems_by_field(refusal),
        "typed": visit.form,
        "refused_id": refused_id,
    }
    return visit.show("bank/coverage/board.html", context, status=422 if refusal else 200)
