"""Pages of review (三审三校): what waits to be signed, and the review of one pair."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.authority import Within
from qa_service.accounts.permissions import Permission
from qa_service.accounts.users import display_names
from qa_service.errors import QAServiceError
from qa_service.knowledge.gates import GatesUnansweredError
from qa_service.knowledge.media.service import unapproved_media
from qa_service.knowledge.models import QAPair, SuggestedVariant, stored_id
from qa_service.knowledge.pairs.overlap.overlaps import WordingInUseError
from qa_service.knowledge.pairs.permissions import find_open
from qa_service.knowledge.pairs.queries import pair_content, version_in_work
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.knowledge.pairs.service import (
    DuplicateQuestionError,
    NotPublishableError,
    content_in_work,
)
from qa_service.knowledge.pairs.variants.deciding import (
    OwnVariantError,
    SuggestionResolvedError,
    accept_suggestion,
    decline_suggestion,
    why_not_confirm,
)
from qa_service.knowledge.pairs.variants.suggested import taken_suggestions
from qa_service.knowledge.review.grounds import (
    InvalidGroundError,
    NotYourGroundError,
    lacks_ground,
    may_state,
    newest_ground,
    state_ground,
)
from qa_service.knowledge.review.plan import describe
from qa_service.knowledge.review.prechecks import check_submission
from qa_service.knowledge.review.progress import (
    ReviewState,
    pairs_in_review,
    review_state,
    why_not,
)
from qa_service.knowledge.review.service import send_back
from qa_service.knowledge.review.signing import (
    InvalidSignatureError,
    NotInReviewError,
    NotYourSignatureError,
    Signature,
)
from qa_service.knowledge.review.text_checks import Finding, text_problems
from qa_service.knowledge.review_models import GroundStatement
from qa_service.ledger.bank_changes import sign_pair
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import PairStatus, Role, Stage
from qa_service.web.bank.pairs.views import compare, shown_names
from qa_service.web.bank.review.review_views import (
    DONE,
    ReviewRow,
    SignatureOffer,
    WaitingVariant,
    affirmed,
    done_line,
    offers,
    people_of,
)
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import member_or_none, status_of
from qa_service.web.kit.parameters import After, Number, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

PAGE_PAIRS = 30

CONFIRMERS = frozenset({Role.REVIEWER, Role.CONFIDENTIALITY})
"""The roles that confirm a wording of their units."""

VARIANT_REFUSALS = (InvalidPairError, OwnVariantError, SuggestionResolvedError, WordingInUseError)

REFUSALS = (
    InvalidSignatureError,
    GatesUnansweredError,
    NotInReviewError,
    NotYourSignatureError,
    NotPublishableError,
    DuplicateQuestionError,
    InvalidGroundError,
    NotYourGroundError,
    WordingInUseError,
)


@router.get("/reviews", dependencies=[permits(Permission.READ_BANK)])
def reviews_page(
    visit: Page, session: ReadSession, after: After = 0, done: str = "", pair: Number = 0
) -> Response:
    """List what waits to be signed: pairs, wordings, media; those the user can sign are marked."""
    done_told = done_line(session, session.get(QAPair, pair), done, visit.user.bank_units)
    return _list(visit, session, after=after, done=done_told)


def _list(
    visit: PageContext,
    session: Session,
    *,
    after: int = 0,
    done: str | None = None,
    refusal: QAServiceError | None = None,
) -> Response:
    within = visit.user.bank_units
    pairs = pairs_in_review(session, within=within, after=after, limit=PAGE_PAIRS + 1)
    names = _submitters(session, pairs)
    rows = [_row(visit, session, one, names) for one in pairs[:PAGE_PAIRS]]
    next_after = stored_id(pairs[PAGE_PAIRS - 1]) if len(pairs) > PAGE_PAIRS else None
    table = visit.services.review_table(session)
    context = {
        "rows": rows,
        "next_after": next_after,
        "done": done,
        "refusal": refusal.message if refusal else None,
        "stages": [describe(rule) for rule in table.rules],
        "variants": _waiting_variants(visit, session, within),
        "media": unapproved_media(session, within=within),
        "may_sign": visit.user.may(Permission.SIGN_PAIRS),
    }
    return visit.show("bank/pairs/reviews.html", context, status=status_of(refusal))


@router.get("/pairs/{pair_id}/review", dependencies=[permits(Permission.READ_BANK)])
def review_page(visit: Page, session: ReadSession, pair_id: RowId, done: str = "") -> Response:
    """Show the version in review, its difference to the published one, and the signatures."""
    return _page(visit, session, _opened(visit, session, pair_id), done=DONE.get(done))


@router.post("/pairs/{pair_id}/review", dependencies=[permits(Permission.SIGN_PAIRS)])
def review(visit: Page, pair_id: RowId) -> Response:
    """Sign, or return to the author; invalid input is shown as typed."""
    try:
        with visit.write() as session:
            done = _give(visit, session, _opened(visit, session, pair_id))
    except REFUSALS as error:
        with visit.read() as session:
            return _page(visit, session, _opened(visit, session, pair_id), refusal=error)
    return RedirectResponse(f"/reviews?done={done}&pair={pair_id}", status_code=303)


@router.post("/pairs/{pair_id}/ground", dependencies=[permits(Permission.STATE_GROUNDS)])
def ground(visit: Page, pair_id: RowId) -> Response:
    """Store a second person's reason for publishing without a public basis."""
    try:
        with visit.write() as session:
            state_ground(
                session,
                _opened(visit, session, pair_id),
                visit.form.text("ground"),
                seen_hash=visit.form.text("seen_hash"),
                last_stage=visit.services.review_table(session).last_main,
                by=visit.actor,
                now=visit.now,
            )
    except REFUSALS as error:
        with visit.read() as session:
            return _page(visit, session, _opened(visit, session, pair_id), refusal=error)
    return RedirectResponse(f"/pairs/{pair_id}/review?done=ground", status_code=303)


@router.post("/reviews/variants/{suggestion_id}", dependencies=[permits(Permission.SIGN_PAIRS)])
def confirm_variant(visit: Page, suggestion_id: RowId) -> Response:
    """Confirm a wording that another person took, or decline it permanently."""
    decide: Callable[..., int] = decline_suggestion
    if visit.form.text("then") == "accept":
        decide = partial(accept_suggestion, text_check=text_problems)
    within = visit.user.authority.units(CONFIRMERS)
    try:
        with visit.write() as session:
            decide(session, suggestion_id, by=visit.actor, now=visit.now, within=within)
    except VARIANT_REFUSALS as error:
        with visit.read() as session:
            return _list(visit, session, refusal=error)
    return visit.lead("/reviews", Done.DECIDED)


def _opened(visit: PageContext, session: Session, pair_id: int) -> QAPair:
    return find_open(session, pair_id, visit.user.bank_units)


def _give(visit: PageContext, session: Session, pair: QAPair) -> str:
    """Give the signature of the form, or return the pair; return the word for what was done."""
    by, form = visit.actor, visit.form
    table = visit.services.review_table(session)
    stage = member_or_none(Stage, form.text("stage")) or Stage.FIRST
    seen_hash = form.text("seen_hash")
    if form.text("then") == "return":
        reason, now = form.text("reason"), visit.now
        send_back(session, pair, stage, reason, seen_hash=seen_hash, by=by, table=table, now=now)
        return "returned"
    signature = Signature(
        stage=stage,
        seen_hash=seen_hash,
        examined=form.text("examined") == "yes",
        proofread=form.text("proofread") == "yes",
        statements=affirmed(visit.form),
        reason=form.text("reason"),
    )
    is_published = sign_pair(session, pair, signature, by=by, table=table, now=visit.now)
    return "published" if is_published else "signed"


def _page(
    visit: PageContext,
    session: Session,
    pair: QAPair,
    *,
    refusal: QAServiceError | None = None,
    done: str | None = None,
) -> Response:
    state = _state(visit, session, pair)
    told = pair_content(session, pair) if pair.status is PairStatus.PUBLISHED else None
    ground = newest_ground(session, pair, state.seen_hash)
    people = people_of(state.signed) | {state.version.author_person_id, *_writer(ground)}
    content = content_in_work(session, pair)
    context = {
        "pair": pair,
        "state": state,
        "content": content,
        "names": display_names(session, {one for one in people if one is not None}),
        "offers": _own_offers(visit, session, pair, state),
        "refusals": {
            stage: why_not(session, pair, state, stage, visit.actor) for stage in state.next_stages
        },
        "fields": compare(told, content, shown_names(session, told, content)),
        "is_rewriting": told is not None and pair.draft_version_id is not None,
        "lacking": lacks_ground(session, pair, now=visit.now) if pair.submitted_at else (),
        "ground": ground,
        "may_state": may_state(visit.actor, pair),
        "findings": _findings(visit, session, pair) if pair.submitted_at else (),
        "refusal": refusal.message if refusal else None,
        "done": done,
        "typed": {
            "reason": visit.form.text("reason"),
            "ground": visit.form.text("ground"),
            **_ticked(visit, refusal),
        },
    }
    return visit.show("bank/pairs/review.html", context, status=status_of(refusal))


def _ticked(visit: PageContext, refusal: QAServiceError | None) -> dict[str, object]:
    """Return the ticks of the form; none where they were given for what was shown before."""
    if isinstance(refusal, NotInReviewError):
        return {"statements": (), "examined": "", "proofread": ""}
    return {
        "statements": affirmed(visit.form),
        "examined": visit.form.text("examined"),
        "proofread": visit.form.text("proofread"),
    }


def _submitters(session: Session, pairs: Sequence[QAPair]) -> dict[int, str]:
    """Return the names of the people who submitted the pairs, by id."""
    return display_names(session, {one.submitted_by_person_id or 0 for one in pairs})


def _findings(visit: PageContext, session: Session, pair: QAPair) -> Sequence[Finding]:
    visit.services.index_sync.follow()
    engine = visit.services.index_sync.engine
    media_dir = visit.services.settings.effective_media_dir
    return check_submission(session, pair, now=visit.now, engine=engine, media_dir=media_dir)


def _row(visit: PageContext, session: Session, pair: QAPair, names: Mapping[int, str]) -> ReviewRow:
    state = _state(visit, session, pair)
    return ReviewRow(
        pair_id=stored_id(pair),
        key=pair.key,
        question=state.version.question,
        area=state.version.area,
        submitted_by=names.get(pair.submitted_by_person_id or 0, pair.submitted_by or ""),
        submitted_at=pair.submitted_at or visit.now,
        waits_for="、".join(stage.label for stage in state.next_stages),
        is_mine=bool(_own_offers(visit, session, pair, state)),
    )


def _own_offers(
    visit: PageContext, session: Session, pair: QAPair, state: ReviewState
) -> tuple[SignatureOffer, ...]:
    """Return what the user can sign now, of the first stage open to them."""
    by = visit.actor
    mine = (one for one in state.next_stages if why_not(session, pair, state, one, by) is None)
    stage = next(mine, None)
    return offers(state, stage, by) if stage else ()


def _writer(ground: GroundStatement | None) -> Sequence[int | None]:
    return () if ground is None else (ground.author_person_id,)


def _state(visit: PageContext, session: Session, pair: QAPair) -> ReviewState:
    return review_state(session, pair, table=visit.services.review_table(session))


def _waiting_variants(visit: PageContext, session: Session, within: Within) -> list[WaitingVariant]:
    """Return the wordings that wait for a second person's yes."""
    return [
        _waiting_variant(visit, session, suggestion, pair)
        for suggestion, pair in taken_suggestions(session, within=within)
    ]


def _why_not(
    visit: PageContext, session: Session, pair: QAPair, suggestion: SuggestedVariant
) -> str | None:
    if not visit.user.authority.holds(CONFIRMERS, {pair.unit_id}):
        return "由承办单位的审核人或保密审查人复核"
    return why_not_confirm(session, pair, suggestion, visit.actor)


def _waiting_variant(
    visit: PageContext, session: Session, suggestion: SuggestedVariant, pair: QAPair
) -> WaitingVariant:
    return WaitingVariant(
        suggestion_id=suggestion.id or 0,
        pair_id=stored_id(pair),
        question=version_in_work(session, pair).question,
        text=suggestion.text,
        taken_by=suggestion.taken_by or "",
        refusal=_why_not(visit, session, pair, suggestion),
    )
