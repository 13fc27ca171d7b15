"""Drafts of the user's long forms, kept and given back for the pages (``static/drafts.js``)."""

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from qa_service.accounts.form_drafts import drop_draft, find_draft, save_draft
from qa_service.accounts.permissions import Permission
from qa_service.request_scope import ReadSession
from qa_service.storage.engine import session_scope
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import plain_text
from qa_service.web.kit.visit import Page

router = APIRouter(
    prefix="/drafts",
    dependencies=[Depends(guard_page), permits(Permission.OWN_ACCOUNT)],
    include_in_schema=False,
)

_PRIVATE = {"Cache-Control": "no-store"}


@router.get("")
def show_draft(visit: Page, session: ReadSession, form: str = "") -> Response:
    """Return what the user typed into the form and did not submit; 204 if there is nothing."""
    cipher = visit.services.cipher
    found = find_draft(session, visit.user.user_id, plain_text(form), cipher=cipher)
    if found is None:
        return Response(status_code=204, headers=_PRIVATE)
    body = {"at": int(found.saved_at.timestamp() * 1000), "values": found.values}
    return JSONResponse(body, headers=_PRIVATE)


@router.post("")
def keep_draft(visit: Page) -> Response:
    """Keep what was typed so far."""
    # Not ``visit.write``: no pending work changes by a draft.
    with session_scope(visit.services.database) as session:
        save_draft(
            session,
            visit.user.user_id,
            visit.form.text("form"),
            visit.form.text("values"),
            cipher=visit.services.cipher,
            now=visit.now,
        )
    return Response(status_code=204)


@router.post("/drop")
def forget_draft(visit: Page) -> Response:
    """Forget a draft that was submitted or given up."""
    with session_scope(visit.services.database) as session:
        drop_draft(session, visit.user.user_id, visit.form.text("form"))
    return Response(status_code=204)
