"""The change feed (变更流), from which another system keeps a mirror of the bank."""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool

from qa_service.accounts.permissions import Permission
from qa_service.api.dependencies import reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.candidates import MediaByPair
from qa_service.api.schemas.changes import ChangeOut, ChangesOut, ChangesQuery
from qa_service.api.schemas.pairs import PairOut
from qa_service.clock import beijing_day
from qa_service.knowledge.change_feed import list_changes
from qa_service.knowledge.media.service import shown_media
from qa_service.knowledge.pairs.queries import PairView, view_pairs
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, Scope

router = APIRouter(
    tags=["问答库"],
    dependencies=[Depends(reader_with(Permission.READ_BANK, Scope.KNOWLEDGE))],
)

LOOK_SECONDS = 0.25
"""Polling interval of a waiting request; clients are promised changes within one second."""


@router.get("/changes", summary="变更流：发布与撤回", responses=problem_responses())
async def follow(query: Annotated[ChangesQuery, Query()], services: ServicesDep) -> ChangesOut:
    """Return the pairs published and withdrawn after ``query.since``, in commit order.

    Each change is returned once. The route is asynchronous so that a request that waits
    for changes does not occupy a thread of the pool.
    """
    until = time.monotonic() + query.wait
    while True:
        page = await run_in_threadpool(_read, services, query)
        if page.items or time.monotonic() >= until:
            return page
        await asyncio.sleep(LOOK_SECONDS)


def _read(services: Services, query: ChangesQuery) -> ChangesOut:
    """Return the changes after ``query.since``, each with the pair's present published content."""
    day = beijing_day(services.clock.now())
    with session_scope(services.database, read_only=True) as session:
        page = list_changes(session, after=query.since, limit=query.limit)
        ids = sorted({change.pair_id for change in page.items})
        media = shown_media(session, ids)
        views = {view.pair_id: view for view in view_pairs(session, ids, day=day)}
        items = [
            ChangeOut(
                change=change.id or 0,
                kind=change.kind,
                qa_id=change.pair_id,
                key=views[change.pair_id].key,
                version=change.version,
                changed_at=change.changed_at,
                pair=_told(views[change.pair_id], media),
            )
            for change in page.items
        ]
    return ChangesOut(items=items, next=page.next_after)


def _told(view: PairView, media: MediaByPair) -> PairOut | None:
    """Return the pair's published content; None if it is no longer published."""
    return PairOut.of(view, media) if view.status is PairStatus.PUBLISHED else None
