"""Askers to be called because the answer they were told was corrected or withdrawn."""

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.recall import (
    InvalidRecallError,
    record_recall,
    reveal_asker,
    told_outdated,
)
from qa_service.web.access import Reading, Writing, guard_page, permits
from qa_service.web.visit import Visit, Visiting

router = APIRouter(prefix="/recalls", dependencies=[Depends(guard_page)], include_in_schema=False)


@router.get("", dependencies=[permits(Permission.CALL_BACK)])
def recalls_page(visit: Visiting, session: Reading) -> Response:
    """Whom to call, the longest told first."""
    found = told_outdated(session, now=visit.now, days=visit.parts.desk.rules.recall_days)
    return _page(visit, {"told": found})


@router.post("/{consultation_id}/{pair_id}", dependencies=[permits(Permission.CALL_BACK)])
def record(visit: Visiting, session: Writing, consultation_id: str, pair_id: int) -> Response:
    """Record the call, or show the number to call."""
    days, login = visit.parts.desk.rules.recall_days, visit.user.login
    if visit.form.text("then") == "reveal":
        phone = reveal_asker(
            session,
            consultation_id,
            pair_id,
            cipher=visit.parts.desk.cipher,
            operator=login,
            now=visit.now,
            days=days,
        )
        found = told_outdated(session, now=visit.now, days=days)
        return _page(visit, {"told": found, "revealed": consultation_id, "phone": phone})
    try:
        note = visit.form.text("note")
        record_recall(
            session, consultation_id, pair_id, note=note, operator=login, now=visit.now, days=days
        )
    except InvalidRecallError as error:
        found = told_outdated(session, now=visit.now, days=days)
        return _page(visit, {"told": found, "refusal": error.message}, status=422)
    return RedirectResponse("/recalls", status_code=303)


def _page(visit: Visit, context: dict[str, object], *, status: int = 200) -> Response:
    shown = {"revealed": None, "phone": None, "refusal": None, **context}
    days = visit.parts.desk.rules.recall_days
    return visit.show("recalls.html", {**shown, "days": days}, status=status)
