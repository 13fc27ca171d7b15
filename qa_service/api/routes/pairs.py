"""Routes of the bank's pairs (问答库): draft, review, publication and withdrawal."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from sqlmodel import Session

from qa_service.accounts.acts import Act
from qa_service.accounts.permissions import Permission
from qa_service.api.dependencies import Caller, caller_with, reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.pairs import (
    OwedOut,
    PairIn,
    PairListOut,
    PairOut,
    PairPatch,
    PairQuery,
    ReviewIn,
    ReviewListOut,
    ReviewOut,
    SubmissionIn,
    VariantIn,
    WithdrawalIn,
)
from qa_service.api.text_types import RowId
from qa_service.api.writes import Answer, Write, write_for
from qa_service.clock import beijing_day
from qa_service.errors import PreconditionError
from qa_service.knowledge.media.service import shown_media
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs import service as pairs
from qa_service.knowledge.pairs.listing import PairFilter, list_pairs
from qa_service.knowledge.pairs.permissions import require_open, require_owner
from qa_service.knowledge.pairs.queries import version_in_work, view_pairs
from qa_service.knowledge.pairs.variants.deciding import add_variant
from qa_service.knowledge.review import progress
from qa_service.knowledge.review import service as review
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.ledger.bank_changes import sign_pair, withdraw_pair
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import PairStatus, Scope


class VersionChangedError(PreconditionError):
    """The pair has changed since its ``ETag`` was read."""

    code = "version_changed"
    title = "内容已变"


IfMatch = Annotated[
    str | None, Header(alias="If-Match", description="读取时的 ETag；内容已变则 412")
]
Reader = Annotated[Caller, Depends(reader_with(Permission.READ_BANK, Scope.KNOWLEDGE))]
DraftWrite = Annotated[Write, Depends(write_for(Act.DRAFT_PAIR))]
EditWrite = Annotated[Write, Depends(write_for(Act.EDIT_PAIR))]
SubmitWrite = Annotated[Write, Depends(write_for(Act.SUBMIT_PAIR))]
VariantWrite = Annotated[Write, Depends(write_for(Act.ADD_VARIANT))]
SignWrite = Annotated[Write, Depends(write_for(Act.SIGN_PAIR))]
WithdrawWrite = Annotated[Write, Depends(write_for(Act.WITHDRAW_PAIR))]

router = APIRouter(tags=["问答库"], dependencies=[Depends(caller_with(Scope.KNOWLEDGE))])


@router.get("/qa-pairs", summary="问答列表", responses=problem_responses())
def list_all(
    query: Annotated[PairQuery, Query()],
    services: ServicesDep,
    session: ReadSession,
    caller: Reader,
) -> PairListOut:
    """Return one page of pairs, by id."""
    page = list_pairs(
        session,
        PairFilter(
            query.field,
            query.status,
            query.unit,
            query.text,
            within=caller.units(Permission.READ_BANK),
        ),
        day=beijing_day(services.clock.now()),
        after=query.cursor,
        limit=query.limit,
    )
    media = shown_media(session, [view.pair_id for view in page.items])
    return PairListOut.of(page, media)


@router.post(
    "/qa-pairs",
    summary="新增问答（草稿）",
    status_code=201,
    response_model=PairOut,
    responses=problem_responses(409, 413),
)
def create(body: PairIn, write: DraftWrite) -> Response:
    """Create a draft, which is not searchable yet."""

    def answer() -> Answer:
        pair = pairs.draft_pair(
            write.session,
            body.content(),
            by=write.caller.actor,
            now=write.now,
            within=write.caller.units(Permission.DRAFT_PAIRS),
        )
        return 201, _shown(write, pair)

    return write.once(body, answer)


@router.get("/qa-pairs/{qa_id}", summary="查看问答", responses=problem_responses(404))
def read(
    qa_id: RowId,
    services: ServicesDep,
    session: ReadSession,
    caller: Reader,
    response: Response,
) -> PairOut:
    """Return the pair's current version; ``ETag`` names the version in work, for ``If-Match``."""
    pair = pairs.find_pair(session, qa_id)
    if pair.status is not PairStatus.PUBLISHED:
        require_open(pair, caller.units(Permission.READ_BANK))
    response.headers["ETag"] = _tag(session, pair)
    return _view(session, pair, beijing_day(services.clock.now()))


@router.patch(
    "/qa-pairs/{qa_id}",
    summary="修改问答",
    response_model=PairOut,
    responses=problem_responses(404, 409, 412, 413),
)
def edit(qa_id: RowId, body: PairPatch, write: EditWrite, if_match: IfMatch = None) -> Response:
    """Change the given fields; a published pair keeps its reviewed version until the new one is.

    Raises VersionChangedError if ``If-Match`` names another version.
    """

    def change(pair: QAPair) -> None:
        pairs.begin(write.session, pair)
        if if_match not in (None, "*", _tag(write.session, pair)):
            raise VersionChangedError("这条问答已被他人修改，请重新读取后再改")
        content = body.applied_to(pairs.content_in_work(write.session, pair))
        within = write.caller.units(Permission.DRAFT_PAIRS)
        pairs.edit_pair(
            write.session, pair, content, by=write.caller.actor, now=write.now, within=within
        )

    return write.once(body, lambda: _changed(write, qa_id, change))


@router.post(
    "/qa-pairs/{qa_id}/submit",
    summary="送审",
    response_model=PairOut,
    responses=problem_responses(403, 404, 409, 413),
)
def submit(qa_id: RowId, body: SubmissionIn, services: ServicesDep, write: SubmitWrite) -> Response:
    """Submit the version in work for review; findings of the pre-checks are in ``errors``."""
    services.index_sync.follow()
    engine = services.index_sync.engine

    def change(pair: QAPair) -> None:
        by = write.actor(body.stated)
        require_owner(by.authority, pair)
        review.submit(
            write.session,
            pair,
            by=by,
            now=write.now,
            despite_advice=body.despite_advice,
            engine=engine,
            media_dir=services.settings.effective_media_dir,
        )

    return write.once(body, lambda: _changed(write, qa_id, change))


@router.post(
    "/qa-pairs/{qa_id}/variants",
    summary="增加相似问：另一人复核后可检索",
    response_model=PairOut,
    responses=problem_responses(403, 404, 413),
)
def widen(qa_id: RowId, body: VariantIn, write: VariantWrite) -> Response:
    """Propose a variant (相似问) by the caller; a second person confirms it."""

    def change(pair: QAPair) -> None:
        by = write.actor(body.stated)
        require_owner(by.authority, pair)
        add_variant(write.session, pair, body.text, text_check=text_problems, by=by, now=write.now)

    return write.once(body, lambda: _changed(write, qa_id, change))


@router.get("/qa-pairs/{qa_id}/reviews", summary="审校记录", responses=problem_responses(404))
def list_reviews(
    qa_id: RowId, services: ServicesDep, session: ReadSession, caller: Reader
) -> ReviewListOut:
    """Return the review's signatures and returns, and the stages still to be signed."""
    pair = pairs.find_pair(session, qa_id)
    require_open(pair, caller.units(Permission.READ_BANK))
    state = progress.review_state(session, pair, table=services.review_table(session))
    return ReviewListOut(
        seen_hash=state.seen_hash,
        next_stages=list(state.next_stages),
        owed=OwedOut.listed(state),
        items=[ReviewOut.model_validate(one) for one in progress.list_reviews(session, pair)],
    )


@router.post(
    "/qa-pairs/{qa_id}/reviews",
    summary="签署或退回；最后一次签署即发布",
    response_model=PairOut,
    responses=problem_responses(403, 404, 409, 413),
)
def sign(qa_id: RowId, body: ReviewIn, services: ServicesDep, write: SignWrite) -> Response:
    """Sign one stage, or return the version to its author; the last signature publishes."""

    def change(pair: QAPair) -> None:
        by = write.actor(body.stated)
        table = services.review_table(write.session)
        if body.verdict == "return":
            review.send_back(
                write.session,
                pair,
                body.stage,
                body.reason,
                seen_hash=body.seen_hash,
                by=by,
                table=table,
                now=write.now,
            )
        else:
            sign_pair(write.session, pair, body.signature(), by=by, table=table, now=write.now)

    return write.once(body, lambda: _changed(write, qa_id, change))


@router.post(
    "/qa-pairs/{qa_id}/withdraw",
    summary="撤回：立即不再检索到",
    response_model=PairOut,
    responses=problem_responses(404, 409, 413),
)
def withdraw(qa_id: RowId, body: WithdrawalIn, write: WithdrawWrite) -> Response:
    """Withdraw (撤回) the pair; searches no longer find it."""

    def change(pair: QAPair) -> None:
        withdraw_pair(write.session, pair, body.reason, by=write.caller.actor, now=write.now)

    return write.once(body, lambda: _changed(write, qa_id, change))


def _tag(session: Session, pair: QAPair) -> str:
    return f'"{version_in_work(session, pair).number}"'


def _changed(write: Write, qa_id: int, change: Callable[[QAPair], None]) -> Answer:
    pair = pairs.find_pair(write.session, qa_id)
    require_open(pair, write.caller.units(Permission.READ_BANK))
    change(pair)
    return 200, _shown(write, pair)


def _shown(write: Write, pair: QAPair) -> PairOut:
    day = beijing_day(write.now)
    return _view(write.session, pair, day)


def _view(session: Session, pair: QAPair, day: date) -> PairOut:
    ids = [stored_id(pair)]
    return PairOut.of(view_pairs(session, ids, day=day)[0], shown_media(session, ids))
