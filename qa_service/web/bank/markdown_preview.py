"""Preview of an answer as it will be shown, while it is written."""

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.markdown import render_markdown
from qa_service.web.kit.visit import Page

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

LONGEST = 20_000
"""Characters that are rendered; an answer is shorter."""


@router.post("/markdown", dependencies=[permits(Permission.READ_BANK)])
def preview(visit: Page) -> Response:
    """Return the answer typed so far as safe HTML; nothing is stored."""
    return HTMLResponse(str(render_markdown(visit.form.text("answer")[:LONGEST])))
