"""Pages of the coverage board (全部入库) and of the knowledge gaps."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.permissions import Permission
from qa_service.consultation.gaps import find_gaps
from qa_service.knowledge.coverage.topics import (
    InvalidTopicError,
    PairProgress,
    TopicContent,
    coverage,
    delete_topic,
    save_topic,
)
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.parameters import Days
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/coverage", dependencies=[Depends(guard_page)], include_in_schema=False)

GAP_DAYS = 30
SEPARATORS = str.maketrans("、，,；;", "     ")


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def coverage_page(visit: Page, session: ReadSession) -> Response:
    """Show for each policy area and topic the pairs published, in review, missing or expiring."""
    return _page(visit, session)


@router.post("", dependencies=[permits(Permission.KEEP_MATTERS)])
def change_topics(visit: Page) -> Response:
    """Add, change or delete a topic."""
    try:
        with visit.write() as session:
            _change_topic(visit, session)
    except InvalidTopicError as error:
        messages = "；".join(problem.message for problem in error.problems)
        with visit.read() as session:
            return _page(visit, session, refusal=messages or error.message)
    return RedirectResponse("/coverage", status_code=303)


@router.get("/gaps", dependencies=[permits(Permission.READ_GAPS)])
def gaps_page(visit: Page, session: ReadSession, days: Days = GAP_DAYS) -> Response:
    """List questions of the last ``days`` that the bank lacks, each with a link to draft a pair."""
    gaps = find_gaps(session, visit.services.tokenizer, now=visit.now, days=days)
    return visit.show("bank/coverage/gaps.html", {"gaps": gaps, "days": days})


def _change_topic(visit: PageContext, session: Session) -> None:
    topic_id = visit.form.number("topic_id") or None
    if visit.form.text("then") == "delete" and topic_id:
        delete_topic(session, topic_id)
        return
    content = TopicContent(
        visit.form.text("area"),
        visit.form.text("name"),
        tuple(visit.form.text("keywords").translate(SEPARATORS).split()),
    )
    save_topic(session, content, topic_id)


def _page(visit: PageContext, session: Session, *, refusal: str | None = None) -> Response:
    rows = coverage(session, day=visit.today)
    context = {
        "areas": list_areas(session),
        "rows": rows,
        "totals": {
            standing: sum(row.counts[standing] for row in rows) for standing in PairProgress
        },
        "missing": sum(row.is_missing for row in rows if row.topic_id is not None),
        "PairProgress": PairProgress,
        "may_change": visit.user.may(Permission.KEEP_MATTERS),
        "refusal": refusal,
    }
    return visit.show("bank/coverage/board.html", context, status=422 if refusal else 200)
