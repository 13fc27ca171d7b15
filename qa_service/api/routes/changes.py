"""The feed of changes, for a second system that keeps a mirror of the bank."""

import asyncio
import time
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from qa_service.api.dependencies import caller_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.changes import ChangeOut, ChangesOut, ChangesQuery
from qa_service.api.schemas.pairs import PairOut
from qa_service.clock import beijing_day
from qa_service.knowledge.change_feed import list_changes
from qa_service.knowledge.media.service import shown_media
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import PairStatus, Scope

router = APIRouter(tags=["问答库"], dependencies=[Depends(caller_with(Scope.KNOWLEDGE))])

LOOK_SECONDS = 0.25
"""How often a waiting request looks again: well under the second other systems are promised."""


@router.get("/changes", summary="变更流：发布与撤回", responses=problem_responses())
async def follow(query: Annotated[ChangesQuery, Query()], services: ServicesDep) -> ChangesOut:
    """What was published and withdrawn since, once each, in the order of the commits.

    Asynchronous, for a request that waits must not hold one of the few threads.
    """
    until = time.monotonic() + query.wait
    while True:
        page = await run_in_threadpool(_read, services, query)
        if page.items or time.monotonic() >= until:
            return page
        await asyncio.sleep(LOOK_SECONDS)


def _read(services: Services, query: ChangesQuery) -> ChangesOut:
    day = beijing_day(services.clock.now())
    with session_scope(services.database, read_only=True) as session:
        page = list_changes(session, after=query.since, limit=query.limit)
        shown = _pairs(session, [change.pair_id for change in page.items], day)
        items = [
            ChangeOut(
                change=change.id or 0,
                kind=change.kind,
                qa_id=change.pair_id,
                key=shown[change.pair_id].key,
                version=change.version,
                changed_at=change.changed_at,
                pair=_told(shown[change.pair_id]),
            )
            for change in page.items
        ]
    return ChangesOut(items=items, next=page.next_after)


def _pairs(session: Session, pair_ids: list[int], day: date) -> dict[int, PairOut]:
    ids = sorted(set(pair_ids))
    media = shown_media(session, ids)
    return {view.pair_id: PairOut.of(view, media) for view in view_pairs(session, ids, day=day)}


def _told(pair: PairOut) -> PairOut | None:
    return pair if pair.status is PairStatus.PUBLISHED else None
