"""Page of correction callbacks (纠错回访): askers whose answer was corrected or withdrawn."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.callbacks.correction_callbacks import (
    InvalidCorrectionCallbackError,
    NoCorrectionCallbackDueError,
    affected_callers,
    record_correction_callback,
    reveal_asker,
)
from qa_service.errors import QAServiceError
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import problems_by_field, status_of
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/recalls", dependencies=[Depends(guard_page)], include_in_schema=False)


@router.get("", dependencies=[permits(Permission.CALL_BACK)])
def correction_callbacks_page(visit: Page) -> Response:
    """List the askers to call back, the earliest told first."""
    return _page(visit)


@router.post("/{consultation_id}/{pair_id}", dependencies=[permits(Permission.CALL_BACK)])
def record(visit: Page, consultation_id: str, pair_id: RowId) -> Response:
    """Record the call, or reveal the phone number."""
    days = visit.services.ledger_rules.correction_callback_days
    if visit.form.text("then") == "reveal":
        try:
            with visit.write() as session:
                phone = reveal_asker(
                    session,
                    consultation_id,
                    pair_id,
                    cipher=visit.services.cipher,
                    actor=visit.actor,
                    now=visit.now,
                    days=days,
                )
        except NoCorrectionCallbackDueError as error:
            return _page(visit, refusal=error)
        return _page(visit, revealed=consultation_id, phone=phone)
    note, now = visit.form.text("note"), visit.now
    try:
        with visit.write() as session:
            record_correction_callback(
                session, consultation_id, pair_id, note=note, actor=visit.actor, now=now, days=days
            )
    except (InvalidCorrectionCallbackError, NoCorrectionCallbackDueError) as error:
        return _page(visit, refusal=error, refused=(consultation_id, pair_id))
    return visit.lead("/recalls", Done.CALLED)


def _page(
    visit: PageContext,
    *,
    revealed: str | None = None,
    phone: str | None = None,
    refusal: QAServiceError | None = None,
    refused: tuple[str, int] | None = None,
) -> Response:
    days = visit.services.ledger_rules.correction_callback_days
    with visit.read() as session:
        found = affected_callers(session, now=visit.now, days=days)
    context = {
        "callers": found,
        "revealed": revealed,
        "phone": phone,
        "refusal": refusal.message if refusal else None,
        "refused": refused,
        "note": visit.form.text("note"),
        "problems": problems_by_field(refusal),
        "days": days,
    }
    return visit.show("ledger/correction_callbacks.html", context, status=status_of(refusal))
