"""Contradictions (口径冲突) as a page: both sides, and how each was settled."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.knowledge.pairs.contradictions import (
    UnexplainedContradictionError,
    open_contradictions,
    settle,
)
from qa_service.request_scope import ReadSession, WriteSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(
    prefix="/contradictions", dependencies=[Depends(guard_page)], include_in_schema=False
)

RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def contradictions_page(visit: Page, session: ReadSession) -> Response:
    """What waits to be settled."""
    return _page(visit, session)


@router.post("/{contradiction_id}", dependencies=[permits(Permission.SETTLE_CONTRADICTIONS)])
def settle_one(visit: Page, session: WriteSession, contradiction_id: RowId) -> Response:
    """Cross a contradiction off."""
    try:
        outcome = visit.form.text("outcome")
        settle(session, contradiction_id, outcome, by=visit.actor, now=visit.now)
    except UnexplainedContradictionError as error:
        return _page(visit, session, refusal=error.message)
    return RedirectResponse("/contradictions", status_code=303)


def _page(visit: PageContext, session: Session, *, refusal: str | None = None) -> Response:
    sides = open_contradictions(session, now=visit.now)
    context = {
        "sides": sides,
        "may_settle": visit.user.may(Permission.SETTLE_CONTRADICTIONS),
        "refusal": refusal,
    }
    return visit.show("bank/pairs/contradictions.html", context, status=422 if refusal else 200)
