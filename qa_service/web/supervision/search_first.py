"""Page of the search-first report (先查后转), by operator and channel."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.reporting.search_first import search_first
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.visit import Page

router = APIRouter(
    prefix="/audit",
    dependencies=[Depends(guard_page), permits(Permission.READ_AUDIT)],
    include_in_schema=False,
)

Days = Annotated[int, Query(ge=1, le=366)]


@router.get("/search-first")
def search_first_page(visit: Page, session: ReadSession, days: Days = 30) -> Response:
    """Show per operator and channel the questions asked and those not searched first."""
    rows = search_first(session, since=visit.now - timedelta(days=days))
    context = {"rows": rows, "days": days}
    return visit.show("supervision/search_first.html", context)
