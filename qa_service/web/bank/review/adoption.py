"""Pages of adoption (起步库启用): progress by unit, reading one pair, signing a batch."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.actor import Actor
from qa_service.accounts.permissions import Permission
from qa_service.accounts.users import display_names
from qa_service.errors import NotFoundError, QAServiceError
from qa_service.knowledge.gates import GatesUnansweredError, Proofreading, StageRule
from qa_service.knowledge.media.service import shown_media
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.permissions import find_open, require_open
from qa_service.knowledge.pairs.queries import view_pairs
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.review.adoption import (
    BatchSignature,
    NotReadError,
    note_reading,
    sign_batch,
)
from qa_service.knowledge.review.plan import StageTable
from qa_service.knowledge.review.prechecks import check_published
from qa_service.knowledge.review.progress import open_parts
from qa_service.knowledge.review.signing import (
    InvalidSignatureError,
    NotInReviewError,
    NotYourSignatureError,
)
from qa_service.knowledge.review.unsigned import (
    BATCH_PAIRS,
    NotAdoptableError,
    UnitProgress,
    UnsignedPair,
    find_unsigned,
    is_unsigned,
    next_unread,
    unit_progress,
    unsigned_pairs,
)
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import Stage
from qa_service.web.bank.pairs.views import compare, shown_names
from qa_service.web.bank.review.review_views import (
    SignatureOffer,
    affirmed,
    people_of,
    stage_offers,
)
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import member_or_none, problems_by_field, status_of
from qa_service.web.kit.parameters import LARGEST_ID, After, Number, RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(prefix="/adoption", dependencies=[Depends(guard_page)], include_in_schema=False)

REFUSALS = (
    NotReadError,
    NotAdoptableError,
    GatesUnansweredError,
    InvalidSignatureError,
    NotInReviewError,
    NotYourSignatureError,
)


class UnitWithoutUnsignedError(NotFoundError):
    """The unit has no imported pairs, or may not be seen by the user."""

    code = "nothing_to_adopt"
    title = "没有待启用的问答"


@router.get("", dependencies=[permits(Permission.READ_BANK)])
def progress_page(visit: Page, session: ReadSession) -> Response:
    """Show for each unit how many of its imported pairs the district has signed."""
    rows = unit_progress(session, within=visit.user.bank_units)
    context = {
        "rows": rows,
        "total": sum(row.total for row in rows),
        "signed": sum(row.signed for row in rows),
        "tells_unsigned": visit.services.settings.tell_unsigned,
    }
    return visit.show("bank/adoption/progress.html", context)


@router.get("/units/{unit_id}", dependencies=[permits(Permission.READ_BANK)])
def unit_page(
    visit: Page,
    session: ReadSession,
    unit_id: RowId,
    after: After = 0,
    signed: Number = 0,
    completed: Number = 0,
) -> Response:
    """List the unsigned pairs of a unit, with the forms to sign those that were read."""
    done = f"已签署 {signed} 条，其中 {completed} 条各审次签齐，标记已去除" if signed else None
    return _unit_page(visit, session, unit_id, after=after, done=done)


@router.post("/units/{unit_id}", dependencies=[permits(Permission.SIGN_PAIRS)])
def sign_unit(visit: Page, unit_id: RowId) -> Response:
    """Sign a stage of the ticked pairs, all or none."""
    form = visit.form
    signature = BatchSignature(
        stage=member_or_none(Stage, form.text("stage")) or Stage.FIRST,
        examined=form.text("examined") == "yes",
        proofread=form.text("proofread") == "yes",
        statements=affirmed(form),
    )
    try:
        with visit.write() as session:
            result = sign_batch(
                session,
                _ticked(visit),
                signature,
                by=visit.actor,
                table=visit.services.review_table(session),
                now=visit.now,
                media_dir=visit.services.settings.effective_media_dir,
            )
    except REFUSALS as error:
        with visit.read() as session:
            return _unit_page(visit, session, unit_id, refusal=error)
    path = f"/adoption/units/{unit_id}?signed={result.signed}&completed={result.completed}"
    return RedirectResponse(path, status_code=303)


@router.get("/pairs/{pair_id}", dependencies=[permits(Permission.READ_BANK)])
def pair_page(visit: Page, session: ReadSession, pair_id: RowId) -> Response:
    """Show one unsigned pair in full, to be read before it is signed; else its versions."""
    pair = find_pair(session, pair_id)
    require_open(pair, visit.user.bank_units)
    if not is_unsigned(pair):
        return RedirectResponse(f"/pairs/{pair_id}/versions", status_code=303)
    return unsigned_page(visit, session, pair)


@router.post("/pairs/{pair_id}", dependencies=[permits(Permission.SIGN_PAIRS)])
def read_pair(visit: Page, pair_id: RowId) -> Response:
    """Record that the user has read the pair as shown; go on with the next one."""
    try:
        with visit.write() as session:
            table = visit.services.review_table(session)
            unit_id = find_open(session, pair_id, visit.user.bank_units).unit_id
            seen, by = visit.form.text("seen_hash"), visit.actor
            pair = note_reading(session, pair_id, seen, by=by, table=table, now=visit.now)
            following = next_unread(session, pair, by=by, table=table)
    except NotAdoptableError as error:
        with visit.read() as session:
            return _unit_page(visit, session, unit_id, refusal=error, status=409)
    if visit.form.text("then") == "next" and following is not None:
        return visit.lead(f"/adoption/pairs/{following}", Done.READ)
    return visit.lead(f"/adoption/units/{unit_id}", Done.READ)


def unsigned_page(
    visit: PageContext, session: Session, pair: QAPair, *, refusal: QAServiceError | None = None
) -> Response:
    """Show an unsigned pair in full; ``refusal`` says what is wrong with a complaint about it."""
    pair_id = stored_id(pair)
    table = visit.services.review_table(session)
    found = find_unsigned(session, pair_id, by=visit.actor, table=table)
    (view,) = view_pairs(session, [pair_id], day=visit.today)
    context = {
        "found": found,
        "view": view,
        "unit_id": pair.unit_id,
        "fields": compare(None, view.content, shown_names(session, view.content)),
        "media": shown_media(session, [pair_id]).get(pair_id, ()),
        "findings": check_published(
            session,
            pair,
            now=visit.now,
            engine=visit.services.index_sync.engine,
            media_dir=visit.services.settings.effective_media_dir,
        ),
        "names": display_names(session, people_of(found.state.signed)),
        "may_sign": visit.user.may(Permission.SIGN_PAIRS),
        "complaint": visit.form.text("complaint"),
        "problems": problems_by_field(refusal),
    }
    return visit.show("bank/adoption/pair.html", context, status=status_of(refusal))


def _ticked(visit: PageContext) -> list[int]:
    """Return the ids of the pairs ticked on the form."""
    numbers = (int(text) for text in visit.form.texts("pair") if text.isascii() and text.isdigit())
    return [number for number in numbers if number <= LARGEST_ID]


def _unit_page(
    visit: PageContext,
    session: Session,
    unit_id: int,
    *,
    after: int = 0,
    done: str | None = None,
    refusal: QAServiceError | None = None,
    status: int = 422,
) -> Response:
    progress = _progress_of(visit, session, unit_id)
    table = visit.services.review_table(session)
    rows = unsigned_pairs(
        session, unit_id, by=visit.actor, table=table, after=after, limit=BATCH_PAIRS + 1
    )
    shown = rows[:BATCH_PAIRS]
    context = {
        "progress": progress,
        "rows": shown,
        "next_after": shown[-1].pair_id if len(rows) > BATCH_PAIRS else None,
        "forms": _forms(visit, table, shown),
        "typed": {
            "statements": affirmed(visit.form),
            "examined": visit.form.text("examined"),
            "proofread": visit.form.text("proofread"),
            "pairs": _ticked(visit),
        },
        "done": done,
        "refusal": refusal.message if refusal else None,
    }
    return visit.show("bank/adoption/unit.html", context, status=status if refusal else 200)


def _forms(
    visit: PageContext, table: StageTable, rows: Sequence[UnsignedPair]
) -> list[tuple[SignatureOffer, list[UnsignedPair]]]:
    """Return each signature the user can give, with the read pairs that wait for it."""
    found = []
    for rule in table.rules:
        for offer in stage_offers(rule):
            ready = [row for row in rows if row.is_read and _is_open(row, rule, offer, visit.actor)]
            if ready:
                found.append((offer, ready))
    return found


def _is_open(row: UnsignedPair, rule: StageRule, offer: SignatureOffer, by: Actor) -> bool:
    """Return whether ``by`` may sign just the parts of ``offer`` on the pair."""
    parts = open_parts(row.state, rule, by) if rule.stage in row.signable else ()
    if rule.proofreading is Proofreading.SEPARATE:
        return set(offer.parts) <= set(parts)
    return bool(parts)


def _progress_of(visit: PageContext, session: Session, unit_id: int) -> UnitProgress:
    """Return the progress of one unit; raises UnitWithoutUnsignedError."""
    within = visit.user.bank_units
    is_seen = within is None or unit_id in within
    rows = unit_progress(session, within=frozenset({unit_id})) if is_seen else []
    if not rows:
        raise UnitWithoutUnsignedError("这个单位没有由起步库或导入发布的问答")
    return rows[0]
