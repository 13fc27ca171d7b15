"""Pages of review (三审三校): pairs to sign, the review of one pair, its versions."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.api_keys import key_names
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.errors import QAServiceError
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.content import PairContent
from qa_service.knowledge.pairs.permissions import find_open, require_owner
from qa_service.knowledge.pairs.queries import (
    find_version,
    list_versions,
    pair_content,
    version_content,
)
from qa_service.knowledge.pairs.service import (
    DuplicateQuestionError,
    NotPublishableError,
    VersionNotFoundError,
    content_in_work,
    roll_back,
)
from qa_service.knowledge.review.prechecks import check_submission
from qa_service.knowledge.review.service import (
    InvalidSignatureError,
    NotInReviewError,
    NotYourSignatureError,
    ReviewState,
    Signature,
    list_reviews,
    pairs_in_review,
    review_state,
    send_back,
    why_not,
)
from qa_service.ledger.bank_changes import sign_pair
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import PairStatus, Stage
from qa_service.web.bank.pair_views import ReviewRow, compare
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import member_or_none
from qa_service.web.kit.parameters import After, Number, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_PAIRS = 30

REFUSALS = (
    InvalidSignatureError,
    NotInReviewError,
    NotYourSignatureError,
    NotPublishableError,
    DuplicateQuestionError,
)


@router.get("/reviews", dependencies=[permits(Permission.READ_BANK)])
def reviews_page(visit: Page, session: ReadSession, after: After = 0) -> Response:
    """List pairs in review; those the user can sign are marked."""
    pairs = pairs_in_review(
        session,
        within=visit.user.bank_units,
        after=after,
        limit=PAGE_PAIRS + 1,
    )
    rows = [_row(visit, session, pair) for pair in pairs[:PAGE_PAIRS]]
    next_after = stored_id(pairs[PAGE_PAIRS - 1]) if len(pairs) > PAGE_PAIRS else None
    return visit.show("bank/pairs/reviews.html", {"rows": rows, "next_after": next_after})


@router.get("/pairs/{pair_id}/review", dependencies=[permits(Permission.READ_BANK)])
def review_page(visit: Page, session: ReadSession, pair_id: RowId) -> Response:
    """Show the version in review, its difference to the published one, and the signatures."""
    return _page(visit, session, _opened(visit, session, pair_id))


@router.post("/pairs/{pair_id}/review", dependencies=[permits(Permission.SIGN_PAIRS)])
def review(visit: Page, pair_id: RowId) -> Response:
    """Sign, or return to the author; invalid input is shown as typed."""
    try:
        with visit.write() as session:
            is_published = _give(visit, session, _opened(visit, session, pair_id))
    except REFUSALS as error:
        with visit.read() as session:
            return _page(visit, session, _opened(visit, session, pair_id), refusal=error)
    path = f"/pairs/{pair_id}/edit" if is_published else "/reviews"
    return RedirectResponse(path, status_code=303)


@router.get("/pairs/{pair_id}/versions", dependencies=[permits(Permission.READ_BANK)])
def versions_page(
    visit: Page, session: ReadSession, pair_id: RowId, old: Number = 0, new: Number = 0
) -> Response:
    """List all versions of the pair, and show the difference between two of them."""
    pair = _opened(visit, session, pair_id)
    versions, signed = list_versions(session, pair), list_reviews(session, pair)
    keys = {one.author_key_id for one in versions} | {one.signer_key_id for one in signed}
    new = new or versions[0].number
    old = old or max(new - 1, 1)
    context = {
        "pair": pair,
        "versions": versions,
        "told_id": pair.current_version_id if pair.status is PairStatus.PUBLISHED else None,
        "reviews": signed,
        "key_names": key_names(session, {key for key in keys if key is not None}),
        "old": old,
        "new": new,
        "fields": compare(
            _content(session, pair, old), _content(session, pair, new), _unit_names(session)
        ),
    }
    return visit.show("bank/pairs/versions.html", context)


@router.post("/pairs/{pair_id}/versions", dependencies=[permits(Permission.DRAFT_PAIRS)])
def restore(visit: Page, pair_id: RowId) -> Response:
    """Copy an earlier version to a new one, which is reviewed as usual."""
    number = visit.form.number("number")
    with visit.write() as session:
        pair = _opened(visit, session, pair_id)
        require_owner(visit.user.authority, pair)
        roll_back(session, pair, number, by=visit.actor, now=visit.now)
    return RedirectResponse(f"/pairs/{pair_id}/edit", status_code=303)


def _opened(visit: PageContext, session: Session, pair_id: int) -> QAPair:
    return find_open(session, pair_id, visit.user.bank_units)


def _give(visit: PageContext, session: Session, pair: QAPair) -> bool:
    stages, by = visit.services.settings.review_stages, visit.actor
    stage = member_or_none(Stage, visit.form.text("stage")) or Stage.FIRST
    reason = visit.form.text("reason")
    if visit.form.text("then") == "return":
        send_back(session, pair, stage, reason, by=by, stages=stages, now=visit.now)
        return False
    signature = Signature(
        stage=stage,
        seen_hash=visit.form.text("seen_hash"),
        examined=visit.form.text("examined") == "yes",
        proofread=visit.form.text("proofread") == "yes",
        reason=reason if stage is Stage.FINAL else "",
    )
    return sign_pair(session, pair, signature, by=by, stages=stages, now=visit.now)


def _page(
    visit: PageContext, session: Session, pair: QAPair, *, refusal: QAServiceError | None = None
) -> Response:
    state = _state(visit, session, pair)
    told = pair_content(session, pair) if pair.status is PairStatus.PUBLISHED else None
    context = {
        "pair": pair,
        "state": state,
        "mine": _own_stage(visit, session, pair, state),
        "refusals": {
            stage: why_not(session, pair, state, stage, visit.actor) for stage in state.next_stages
        },
        "fields": compare(told, content_in_work(session, pair), _unit_names(session)),
        "is_rewriting": told is not None and pair.draft_version_id is not None,
        "findings": check_submission(session, pair, now=visit.now) if pair.submitted_at else (),
        "refusal": refusal.message if refusal else None,
        "reason": visit.form.text("reason"),
    }
    return visit.show("bank/pairs/review.html", context, status=422 if refusal else 200)


def _row(visit: PageContext, session: Session, pair: QAPair) -> ReviewRow:
    state = _state(visit, session, pair)
    return ReviewRow(
        pair_id=stored_id(pair),
        question=state.version.question,
        area=state.version.area,
        submitted_by=pair.submitted_by or "",
        submitted_at=pair.submitted_at or visit.now,
        waits_for="、".join(stage.label for stage in state.next_stages),
        is_mine=_own_stage(visit, session, pair, state) is not None,
    )


def _own_stage(
    visit: PageContext, session: Session, pair: QAPair, state: ReviewState
) -> Stage | None:
    by = visit.actor
    mine = (one for one in state.next_stages if why_not(session, pair, state, one, by) is None)
    return next(mine, None)


def _state(visit: PageContext, session: Session, pair: QAPair) -> ReviewState:
    return review_state(session, pair, stages=visit.services.settings.review_stages)


def _content(session: Session, pair: QAPair, number: int) -> PairContent:
    version = find_version(session, pair, number)
    if version is None:
        raise VersionNotFoundError(f"这条问答没有第 {number} 版")
    return version_content(session, version)


def _unit_names(session: Session) -> dict[str, str]:
    return {unit.key: unit.name for unit in list_units(session)}
