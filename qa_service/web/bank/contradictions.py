"""Page of contradictions (口径冲突): both pairs side by side, and the resolution."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.knowledge.pairs.contradictions import (
    UnexplainedContradictionError,
    open_contradictions,
    resolve,
)
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(
    prefix="/contradictions", dependencies=[Depends(guard_page)], include_in_schema=False
)


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def contradictions_page(visit: Page, session: ReadSession) -> Response:
    """Show the contradictions that are not resolved yet."""
    return _page(visit, session)


@router.post("/{contradiction_id}", dependencies=[permits(Permission.SETTLE_CONTRADICTIONS)])
def resolve_one(visit: Page, contradiction_id: RowId) -> Response:
    """Mark a contradiction as resolved, with the outcome in words."""
    outcome = visit.form.text("outcome")
    try:
        with visit.write() as session:
            resolve(session, contradiction_id, outcome, by=visit.actor, now=visit.now)
    except UnexplainedContradictionError as error:
        with visit.read() as session:
            return _page(visit, session, refusal=error.message)
    return RedirectResponse("/contradictions", status_code=303)


def _page(visit: PageContext, session: Session, *, refusal: str | None = None) -> Response:
    sides = open_contradictions(session, now=visit.now)
    context = {
        "sides": sides,
        "may_resolve": visit.user.may(Permission.SETTLE_CONTRADICTIONS),
        "refusal": refusal,
    }
    return visit.show("bank/pairs/contradictions.html", context, status=422 if refusal else 200)
