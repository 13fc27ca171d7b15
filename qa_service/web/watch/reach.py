"""Page of the reach of an answer (触达): versions by channel, tellings, links sent."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.consultation.watch.reach import reach_of, tellings_of
from qa_service.errors import QAServiceError
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.pairs.permissions import find_readable, may_open
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.request_scope import ReadSession
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.parameters import Number, RowId
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.library.link_views import links_view

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE = 50


@router.get("/pairs/{pair_id}/reach", dependencies=[permits(Permission.READ_BANK)])
def reach_page(visit: Page, session: ReadSession, pair_id: RowId, page: Number = 0) -> Response:
    """Show who was told which version of an answer, by channel and time."""
    return show_reach(visit, session, pair_id, page=page)


def show_reach(
    visit: PageContext,
    session: Session,
    pair_id: int,
    *,
    page: int = 0,
    refusal: QAServiceError | None = None,
) -> Response:
    """Return the page of a pair's reach; ``refusal`` says what is wrong with a link typed."""
    pair = find_readable(session, pair_id, visit.user.bank_units)
    skip = min(page, 100_000) * PAGE
    opens_records = _opens_records(visit, pair)
    told = tellings_of(session, pair_id, skip=skip, limit=PAGE + 1) if opens_records else []
    views = view_pairs(session, [pair_id], day=visit.today, with_variants=False)
    may_link = visit.user.may(Permission.DRAFT_PAIRS) and _owns(visit, pair)
    context = {
        "pair": pair,
        "question": views[0].content.question if views else f"问答 {pair.key}",
        "opens_pair": may_open(pair, visit.user.bank_units),
        "reached": reach_of(session, pair_id),
        "told": told[:PAGE],
        "next_page": page + 1 if len(told) > PAGE else None,
        "opens_records": opens_records,
        "links": links_view(visit, session, pair, may_link=may_link, refusal=refusal),
    }
    return visit.show("watch/reach.html", context, status=422 if refusal else 200)


def _opens_records(visit: PageContext, pair: QAPair) -> bool:
    """Return whether the user may read single tellings: few of them point to one caller."""
    if not visit.user.may(Permission.READ_CONSULTATIONS):
        return False
    within = visit.user.units_for(Permission.READ_CONSULTATIONS)
    return within is None or pair.unit_id in within


def _owns(visit: PageContext, pair: QAPair) -> bool:
    within = visit.user.units_for(Permission.DRAFT_PAIRS)
    return within is None or pair.unit_id in within
