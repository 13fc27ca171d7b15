"""The coverage board (全部入库) and the knowledge gaps as pages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.gaps import find_gaps
from qa_service.knowledge.matters import (
    InvalidMatterError,
    MatterContent,
    Standing,
    coverage,
    delete_matter,
    save_matter,
)
from qa_service.policy_field import PolicyField
from qa_service.web.access import Reading, Writing, guard_page, permits
from qa_service.web.forms import member_or_none
from qa_service.web.visit import Visit, Visiting

router = APIRouter(prefix="/coverage", dependencies=[Depends(guard_page)], include_in_schema=False)

GAP_DAYS = 30
SEPARATORS = str.maketrans("、，,；;", "     ")

Days = Annotated[int, Query(ge=1, le=365)]


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def coverage_page(visit: Visiting, session: Reading) -> Response:
    """Nine fields by matters: what is published, in review, missing, expiring."""
    return _page(visit, session)


@router.post("", dependencies=[permits(Permission.KEEP_MATTERS)])
def change_matters(visit: Visiting, session: Writing) -> Response:
    """Add, change or delete a matter."""
    matter_id = visit.form.number("matter_id") or None
    if visit.form.text("then") == "delete" and matter_id:
        delete_matter(session, matter_id)
        return RedirectResponse("/coverage", status_code=303)
    try:
        content = MatterContent(
            member_or_none(PolicyField, visit.form.text("field")) or PolicyField.CHILDBIRTH,
            visit.form.text("name"),
            tuple(visit.form.text("keywords").translate(SEPARATORS).split()),
        )
        save_matter(session, content, matter_id)
    except InvalidMatterError as error:
        messages = "；".join(problem.message for problem in error.problems)
        return _page(visit, session, refusal=messages or error.message)
    return RedirectResponse("/coverage", status_code=303)


@router.get("/gaps", dependencies=[permits(Permission.READ_GAPS)])
def gaps_page(visit: Visiting, session: Reading, days: Days = GAP_DAYS) -> Response:
    """What callers asked and the bank lacks, each with a button that begins its pair."""
    gaps = find_gaps(session, visit.parts.desk.tokeniser, now=visit.now, days=days)
    return visit.show("coverage/gaps.html", {"gaps": gaps, "days": days})


def _page(visit: Visit, session: Session, *, refusal: str | None = None) -> Response:
    rows = coverage(session, day=visit.today)
    context = {
        "fields": list(PolicyField),
        "rows": rows,
        "totals": {standing: sum(row.counts[standing] for row in rows) for standing in Standing},
        "missing": sum(row.is_missing for row in rows if row.matter_id is not None),
        "Standing": Standing,
        "may_change": visit.user.may(Permission.KEEP_MATTERS),
        "refusal": refusal,
    }
    return visit.show("coverage/board.html", context, status=422 if refusal else 200)
