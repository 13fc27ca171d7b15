"""Askers to be called because the answer they were told was corrected or withdrawn."""

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.correction_callbacks import (
    InvalidCorrectionCallbackError,
    affected_callers,
    record_correction_callback,
    reveal_asker,
)
from qa_service.request_scope import ReadSession, WriteSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/recalls", dependencies=[Depends(guard_page)], include_in_schema=False)


@router.get("", dependencies=[permits(Permission.CALL_BACK)])
def correction_callbacks_page(visit: Page, session: ReadSession) -> Response:
    """Whom to call, the longest told first."""
    found = affected_callers(
        session, now=visit.now, days=visit.services.ledger_rules.correction_callback_days
    )
    return _page(visit, {"told": found})


@router.post("/{consultation_id}/{pair_id}", dependencies=[permits(Permission.CALL_BACK)])
def record(visit: Page, session: WriteSession, consultation_id: str, pair_id: int) -> Response:
    """Record the call, or show the number to call."""
    days = visit.services.ledger_rules.correction_callback_days
    if visit.form.text("then") == "reveal":
        phone = reveal_asker(
            session,
            consultation_id,
            pair_id,
            cipher=visit.services.cipher,
            actor=visit.actor,
            now=visit.now,
            days=days,
        )
        found = affected_callers(session, now=visit.now, days=days)
        return _page(visit, {"told": found, "revealed": consultation_id, "phone": phone})
    try:
        note = visit.form.text("note")
        record_correction_callback(
            session,
            consultation_id,
            pair_id,
            note=note,
            actor=visit.actor,
            now=visit.now,
            days=days,
        )
    except InvalidCorrectionCallbackError as error:
        found = affected_callers(session, now=visit.now, days=days)
        return _page(visit, {"told": found, "refusal": error.message}, status=422)
    return RedirectResponse("/recalls", status_code=303)


def _page(visit: PageContext, context: dict[str, object], *, status: int = 200) -> Response:
    shown = {"revealed": None, "phone": None, "refusal": None, **context}
    days = visit.services.ledger_rules.correction_callback_days
    return visit.show("ledger/correction_callbacks.html", {**shown, "days": days}, status=status)
