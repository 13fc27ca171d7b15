"""Page of contradictions (口径冲突): both pairs side by side, and the resolution."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.errors import QAServiceError
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.overlap.contradictions import (
    ContradictionNotFoundError,
    ContradictionResolvedError,
    UnexplainedContradictionError,
    keep_both,
    open_contradictions,
    resolve,
)
from qa_service.knowledge.pairs.overlap.overlaps import Overlap, find_overlaps, named_differences
from qa_service.knowledge.pairs.queries import version_in_work
from qa_service.knowledge.pairs.service import EditConflictError, content_in_work, find_pair
from qa_service.request_scope import ReadSession
from qa_service.web.bank.pairs.saving import stored_page
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import problems_by_field, status_of
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(
    prefix="/contradictions", dependencies=[Depends(guard_page)], include_in_schema=False
)

REFUSALS = (
    ContradictionNotFoundError,
    ContradictionResolvedError,
    UnexplainedContradictionError,
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
    except REFUSALS as error:
        with visit.read() as session:
            return _page(visit, session, refusal=error, refused_id=contradiction_id)
    return visit.lead("/contradictions", Done.SETTLED)


@router.post(
    "/pairs/{pair_id}/{other_id}", dependencies=[permits(Permission.SETTLE_CONTRADICTIONS)]
)
def keep_two(visit: Page, pair_id: RowId, other_id: RowId) -> Response:
    """State why a version in work may stay beside a published pair that it overlaps with."""
    try:
        with visit.write() as session:
            _keep_two(visit, session, find_pair(session, pair_id), other_id)
    except (EditConflictError, *REFUSALS) as error:
        return stored_page(visit, pair_id, refusal=error)
    return visit.lead(f"/pairs/{pair_id}/edit", Done.SETTLED)


def _keep_two(visit: PageContext, session: Session, pair: QAPair, other_id: int) -> None:
    number = version_in_work(session, pair).number
    if number != visit.form.number("seen"):
        raise EditConflictError("问答已被修改，请核对后再说明")
    overlap = _overlap(visit, session, pair, other_id, number)
    outcome = visit.form.text("outcome")
    keep_both(session, stored_id(pair), number, overlap, outcome, by=visit.actor, now=visit.now)


def _overlap(
    visit: PageContext, session: Session, pair: QAPair, other_id: int, number: int
) -> Overlap:
    """Return the pair's overlap with another one; raises ContradictionNotFoundError."""
    found = find_overlaps(
        session,
        visit.services.index_sync.engine,
        content_in_work(session, pair),
        day=visit.today,
        besides=pair.id,
        version=number,
    )
    for one in found:
        if one.pair_id == other_id and one.kind is not None:
            return one
    raise ContradictionNotFoundError("这两条问答已没有重复或不一致，不必再说明")


def _page(
    visit: PageContext,
    session: Session,
    *,
    refusal: QAServiceError | None = None,
    refused_id: int = 0,
) -> Response:
    sides = open_contradictions(session, now=visit.now)
    context = {
        "sides": [
            (one, named_differences(session, one.contradiction.differences)) for one in sides
        ],
        "may_resolve": visit.user.may(Permission.SETTLE_CONTRADICTIONS),
        "refusal": refusal.message if refusal else None,
        "refused_id": refused_id,
        "typed": visit.form.text("outcome"),
        "problems": problems_by_field(refusal),
    }
    return visit.show("bank/pairs/contradictions.html", context, status=status_of(refusal))
