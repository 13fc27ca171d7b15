"""The bank's pairs and the policies they rest on."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from qa_service.accounts.models import Scope
from qa_service.api.dependencies import PartsDep, ReadSessionDep, caller_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.pairs import (
    PairIn,
    PairListOut,
    PairOut,
    PairPatch,
    PairQuery,
    PolicyListOut,
    PolicyOut,
    WithdrawalIn,
)
from qa_service.api.text_types import RowId
from qa_service.api.writes import Answer, KnowledgeWrite, Write
from qa_service.clock import beijing_day
from qa_service.knowledge import pairs
from qa_service.knowledge.models import QAPair
from qa_service.knowledge.policies import find_policies
from qa_service.knowledge.queries import list_pairs, pair_content, stored_id, view_pairs
from qa_service.ledger.closing import close_settled

router = APIRouter(tags=["问答库"], dependencies=[Depends(caller_with(Scope.KNOWLEDGE))])


@router.get("/qa-pairs", summary="问答列表", responses=problem_responses())
def list_all(
    query: Annotated[PairQuery, Query()], parts: PartsDep, session: ReadSessionDep
) -> PairListOut:
    """Pairs by id, a page at a time."""
    page = list_pairs(
        session,
        day=beijing_day(parts.clock.now()),
        field=query.field,
        status=query.status,
        after=query.cursor,
        limit=query.limit,
    )
    return PairListOut.of(page)


@router.post(
    "/qa-pairs",
    summary="新增问答（草稿）",
    status_code=201,
    response_model=PairOut,
    responses=problem_responses(409, 413),
)
def create(body: PairIn, write: KnowledgeWrite) -> Response:
    """A new draft, not yet searchable."""

    def answer() -> Answer:
        pair = pairs.draft_pair(
            write.session, body.content(), author=write.caller.actor, now=write.now
        )
        return 201, _shown(write, pair)

    return write.once(body, answer)


@router.get("/qa-pairs/{qa_id}", summary="查看问答", responses=problem_responses(404))
def read(qa_id: RowId, parts: PartsDep, session: ReadSessionDep) -> PairOut:
    """The pair in its current version."""
    pair = pairs.find_pair(session, qa_id)
    day = beijing_day(parts.clock.now())
    return PairOut.of(view_pairs(session, [stored_id(pair)], day=day)[0])


@router.patch(
    "/qa-pairs/{qa_id}",
    summary="修改问答",
    response_model=PairOut,
    responses=problem_responses(404, 409, 413),
)
def edit(qa_id: RowId, body: PairPatch, write: KnowledgeWrite) -> Response:
    """Change what is given; a published pair is searchable in its new form at once."""

    def change(pair: QAPair) -> None:
        content = body.applied_to(pair_content(write.session, pair))
        pairs.edit_pair(write.session, pair, content, author=write.caller.actor, now=write.now)

    return write.once(body, lambda: _changed(write, qa_id, change))


@router.post(
    "/qa-pairs/{qa_id}/publish",
    summary="发布：立即可检索",
    response_model=PairOut,
    responses=problem_responses(404, 409),
)
def publish(qa_id: RowId, write: KnowledgeWrite) -> Response:
    """Make the pair searchable."""

    def change(pair: QAPair) -> None:
        pairs.publish_pair(write.session, pair, now=write.now)

    return write.once(None, lambda: _changed(write, qa_id, change))


@router.post(
    "/qa-pairs/{qa_id}/withdraw",
    summary="撤回：立即不再检索到",
    response_model=PairOut,
    responses=problem_responses(404, 409, 413),
)
def withdraw(qa_id: RowId, body: WithdrawalIn, write: KnowledgeWrite) -> Response:
    """Take the pair out of the search."""

    def change(pair: QAPair) -> None:
        pairs.withdraw_pair(write.session, pair, body.reason, now=write.now)

    return write.once(body, lambda: _changed(write, qa_id, change))


@router.get("/policies", summary="政策文件库", responses=problem_responses())
def list_policies(session: ReadSessionDep) -> PolicyListOut:
    """Every policy document answers may cite."""
    return PolicyListOut(
        items=[PolicyOut.model_validate(policy) for policy in find_policies(session)]
    )


def _changed(write: Write, qa_id: int, change: Callable[[QAPair], None]) -> Answer:
    pair = pairs.find_pair(write.session, qa_id)
    change(pair)
    close_settled(write.session, now=write.now)
    return 200, _shown(write, pair)


def _shown(write: Write, pair: QAPair) -> PairOut:
    day = beijing_day(write.now)
    return PairOut.of(view_pairs(write.session, [stored_id(pair)], day=day)[0])
