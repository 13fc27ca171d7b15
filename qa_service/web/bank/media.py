"""Pages to add, approve and remove images and videos of pairs, and pairs that need one."""

from fastapi import APIRouter, Depends
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import list_units
from qa_service.consultation.popularity import most_told_without_media
from qa_service.errors import ForbiddenError, QAServiceError
from qa_service.knowledge.gates import MEDIA_GATES, GatesUnansweredError, statements_of
from qa_service.knowledge.media.files import UnusableMediaError
from qa_service.knowledge.media.service import (
    InvalidMediaTitleError,
    MediaApprovedError,
    MediaKnownError,
    MediaNotFoundError,
    OwnMediaError,
    TooManyUploadsError,
    add_media,
    all_media,
    approve_media,
    delete_unused,
    find_media,
    remove_media,
)
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.permissions import (
    KEEPERS,
    find_open,
    find_owned,
    is_keeper,
    may_open,
)
from qa_service.knowledge.pairs.queries import pair_content
from qa_service.knowledge.pairs.service import find_pair
from qa_service.knowledge.review.text_checks import text_problems
from qa_service.request_scope import ReadSession
from qa_service.vocabulary import MediaKind, Role
from qa_service.web.bank.review.review_views import affirmed
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import member_or_none
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(dependencies=[Depends(guard_page)], include_in_schema=False)

REFUSALS = (
    InvalidMediaTitleError,
    MediaKnownError,
    OwnMediaError,
    TooManyUploadsError,
    UnusableMediaError,
)
UNAPPROVED = (GatesUnansweredError, InvalidMediaTitleError, MediaApprovedError, OwnMediaError)


class MediaOwnerOnlyError(ForbiddenError):
    """The user neither writes nor reviews the pair, so may not handle its media."""

    code = "media_keepers_only"
    title = "不由您办理"


@router.get("/pairs/{pair_id}/media", dependencies=[permits(Permission.READ_BANK)])
def media_page(visit: Page, session: ReadSession, pair_id: RowId) -> Response:
    """Show the pair's images and videos, and the form to add one."""
    return _page(visit, session, find_open(session, pair_id, visit.user.bank_units))


@router.get("/media", dependencies=[permits(Permission.READ_BANK)])
def wanted_page(visit: Page, session: ReadSession) -> Response:
    """List frequently told pairs without an image or video (图解 duty)."""
    found = most_told_without_media(session, now=visit.now)
    units = {unit.key: unit.id or 0 for unit in list_units(session)}
    by = visit.user.authority
    context = {
        "found": found,
        "kept": {
            one.pair.pair_id for one in found if by.holds(KEEPERS, {units[one.pair.content.unit]})
        },
    }
    return visit.show("bank/pairs/media_wanted.html", context)


@router.post("/media", dependencies=[permits(Permission.ADD_MEDIA)])
def upload(visit: Page) -> Response:
    """Add a file to a pair; a second user has to approve it."""
    pair_id = visit.form.number("pair_id")
    try:
        with visit.write() as session:
            pair = find_owned(session, pair_id, visit.user.authority, visit.user.bank_units)
            _add(visit, session, pair)
    except REFUSALS as error:
        return _refused(visit, pair_id, error)
    return visit.lead(f"/pairs/{pair_id}/media", Done.UPLOADED)


@router.post("/media/{media_id}", dependencies=[permits(Permission.SETTLE_MEDIA)])
def decide(visit: Page, media_id: RowId) -> Response:
    """Approve a file, or remove it from its pair."""
    with visit.read() as session:
        pair = _pair_of(visit, session, media_id)
    try:
        decided = _remove if visit.form.text("then") == "remove" else _approve
        done = decided(visit, pair, media_id)
    except UNAPPROVED as error:
        return _refused(visit, stored_id(pair), error)
    return visit.lead(f"/pairs/{stored_id(pair)}/media", done)


def _approve(visit: PageContext, pair: QAPair, media_id: int) -> Done:
    _require_reviewer(visit, pair)
    with visit.write() as session:
        approve_media(
            session,
            media_id,
            by=visit.actor,
            now=visit.now,
            statements=affirmed(visit.form),
            title_check=text_problems,
            folder=visit.services.settings.effective_media_dir,
        )
    return Done.APPROVED


def _remove(visit: PageContext, pair: QAPair, media_id: int) -> Done:
    """Remove media from its pair, then its file, once the first is certain."""
    _require_keeper(visit, pair)
    with visit.write() as session:
        checksum = remove_media(session, media_id, by=visit.actor, now=visit.now)
    with visit.write() as session:
        delete_unused(session, checksum, visit.services.settings.effective_media_dir)
    return Done.REMOVED


def _add(visit: PageContext, session: Session, pair: QAPair) -> None:
    file, settings = visit.form.file("file"), visit.services.settings
    if file is None:
        raise UnusableMediaError("请选择要上传的文件")
    add_media(
        session,
        pair,
        file.file,
        kind=member_or_none(MediaKind, visit.form.text("kind")) or MediaKind.INFOGRAPHIC,
        title=visit.form.text("title"),
        title_check=text_problems,
        folder=settings.effective_media_dir,
        limit=settings.media_bytes,
        quota=settings.media_total_bytes,
        by=visit.actor,
        now=visit.now,
    )


def _refused(visit: PageContext, pair_id: int, refusal: QAServiceError) -> Response:
    with visit.read() as session:
        return _page(visit, session, find_pair(session, pair_id), refusal=refusal)


def _page(
    visit: PageContext, session: Session, pair: QAPair, *, refusal: QAServiceError | None = None
) -> Response:
    context = {
        "pair": pair,
        "question": pair_content(session, pair).question,
        "media": all_media(session, stored_id(pair)),
        "kinds": list(MediaKind),
        "kind": visit.form.text("kind"),
        "limit": visit.services.settings.media_bytes // 1_000_000,
        "may_approve": visit.user.authority.holds({Role.REVIEWER}, {pair.unit_id}),
        "may_remove": may_open(pair, visit.user.units_for(Permission.SETTLE_MEDIA)),
        "may_add": is_keeper(visit.user.authority, pair),
        "statements": statements_of(MEDIA_GATES),
        "typed_statements": affirmed(visit.form),
        "refusal": refusal.message if refusal else None,
        "title": visit.form.text("title"),
    }
    return visit.show("bank/pairs/media.html", context, status=422 if refusal else 200)


def _pair_of(visit: PageContext, session: Session, media_id: int) -> QAPair:
    """Return the pair of a file; raises MediaNotFoundError also for work of other units."""
    pair = find_pair(session, find_media(session, media_id).pair_id)
    if not may_open(pair, visit.user.bank_units):
        raise MediaNotFoundError(f"没有编号为 {media_id} 的图解或视频")
    return pair


def _require_keeper(visit: PageContext, pair: QAPair) -> None:
    if not may_open(pair, visit.user.units_for(Permission.SETTLE_MEDIA)):
        raise MediaOwnerOnlyError("图解和视频由本单位、编辑或审核人员撤下")


def _require_reviewer(visit: PageContext, pair: QAPair) -> None:
    if not visit.user.authority.holds({Role.REVIEWER}, {pair.unit_id}):
        raise MediaOwnerOnlyError("图解和视频由承办单位、编辑上传，由审核人员审核")
