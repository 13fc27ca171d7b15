"""Contradictions (口径冲突) as a page: both sides, and how each was settled."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.models import Role
from qa_service.errors import ForbiddenError
from qa_service.knowledge.contradictions import (
    UnexplainedContradictionError,
    open_contradictions,
    settle,
)
from qa_service.web.access import Reading, Writing, guard_page
from qa_service.web.visit import Visit, Visiting

router = APIRouter(
    prefix="/contradictions", dependencies=[Depends(guard_page)], include_in_schema=False
)

RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class ContradictionKeepersOnlyError(ForbiddenError):
    """Only who looks after the bank settles contradictions."""

    code = "contradiction_keepers_only"
    title = "不由您办理"


@router.get("")
def contradictions_page(visit: Visiting, session: Reading) -> Response:
    """What waits to be settled."""
    return _page(visit, session)


@router.post("/{contradiction_id}")
def settle_one(visit: Visiting, session: Writing, contradiction_id: RowId) -> Response:
    """Cross a contradiction off."""
    if not _may_settle(visit):
        raise ContradictionKeepersOnlyError("口径冲突由编辑、审核或管理员处理")
    try:
        outcome = visit.form.text("outcome")
        settle(session, contradiction_id, outcome, by=visit.user.login, now=visit.now)
    except UnexplainedContradictionError as error:
        return _page(visit, session, refusal=error.message)
    return RedirectResponse("/contradictions", status_code=303)


def _page(visit: Visit, session: Session, *, refusal: str | None = None) -> Response:
    sides = open_contradictions(session, now=visit.now)
    context = {"sides": sides, "may_settle": _may_settle(visit), "refusal": refusal}
    return visit.show("pairs/contradictions.html", context, status=422 if refusal else 200)


def _may_settle(visit: Visit) -> bool:
    return bool(visit.user.roles & {Role.ADMIN, Role.EDITOR, Role.REVIEWER})
