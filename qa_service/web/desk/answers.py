"""Public routes: one published answer, shared as a link, and its media files."""

from datetime import date
from io import BytesIO

import segno
from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import FileResponse, Response

from qa_service.accounts.authentication.sessions import SignedIn
from qa_service.clock import beijing_day
from qa_service.consultation.sending.links import public_link
from qa_service.knowledge.media.files import file_of
from qa_service.knowledge.media.service import MediaNotFoundError, shown_media
from qa_service.knowledge.models import stored_id
from qa_service.knowledge.pairs.media_files import served_file
from qa_service.knowledge.pairs.queries import PairView, find_by_keys, view_pairs
from qa_service.knowledge.pairs.service import PairNotFoundError
from qa_service.knowledge.policies.library.links import links_of_pairs
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.web.desk.answering import tagged
from qa_service.web.desk.reading import QR_SCALE
from qa_service.web.kit.access import SignInNeededError, find_user
from qa_service.web.kit.rendering import render

router = APIRouter(include_in_schema=False)

NOT_PUBLIC = "这条答复不存在，或已撤回、更新，请拨打 12345 咨询"


@router.get("/answers/{key}")
def answer_page(
    request: Request, services: ServicesDep, session: ReadSession, key: str
) -> Response:
    """Show a published answer with its basis.

    Raises PairNotFoundError for an answer that may not be told today, or not to everybody, for
    one whose local blanks are not filled in, and for an unsigned one if these are not told.
    """
    day = beijing_day(services.clock.now())
    view = _told_to_everybody(services, session, key, day)
    context = {
        "view": view,
        "today": day,
        "media": shown_media(session, [view.pair_id]).get(view.pair_id, ()),
        "links": links_of_pairs(session, [view.pair_id], only_confirmed=True).get(view.pair_id, ()),
    }
    return render(request, "desk/answer.html", context)


@router.get("/answers/{key}/qr.svg")
def answer_code(services: ServicesDep, session: ReadSession, key: str) -> Response:
    """Return the QR code of the answer's public address; PairNotFoundError where it has none."""
    view = _told_to_everybody(services, session, key, beijing_day(services.clock.now()))
    link = public_link(view, services.settings)
    if link is None:
        raise PairNotFoundError(NOT_PUBLIC)
    drawn = BytesIO()
    segno.make(link, error="m").save(drawn, kind="svg", scale=QR_SCALE, xmldecl=False)
    headers = {"Cache-Control": "no-cache"}
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers=headers)


def _told_to_everybody(services: ServicesDep, session: Session, key: str, day: date) -> PairView:
    """Return the answer that may be read by everybody; raises PairNotFoundError."""
    pair = find_by_keys(session, [key]).get(key)
    views = view_pairs(session, [stored_id(pair)], day=day) if pair else []
    tells_unsigned = services.settings.tell_unsigned
    told = [one.content for one in views if one.showable and (tells_unsigned or not one.unsigned)]
    if not told or told[0].is_limited or told[0].blanks:
        raise PairNotFoundError(NOT_PUBLIC)
    return views[0]


@router.get("/media/{checksum}")
def media_file(
    request: Request, services: ServicesDep, session: ReadSession, checksum: str
) -> Response:
    """Return an image or video file; range requests are supported.

    Caches between ask each time for a public one, and keep no other.
    """
    user = _staff(request, services)
    file = served_file(
        session,
        checksum,
        day=beijing_day(services.clock.now()),
        is_staff=user is not None,
        within=user.bank_units if user else frozenset(),
    )
    path = file_of(services.settings.effective_media_dir, file.checksum)
    if not path.is_file():
        raise MediaNotFoundError("这个图解或视频的文件不在，请管理员从备份恢复 media 目录")
    alone = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    found = FileResponse(path, media_type=file.content_type, headers=alone)
    if file.is_public:
        return tagged(request, found, f'"{file.checksum}"')
    found.headers["Cache-Control"] = "private, no-store"
    return found


def _staff(request: Request, services: ServicesDep) -> SignedIn | None:
    """Return the user who signed in completely, or None."""
    try:
        user = find_user(request, services)
    except SignInNeededError:
        return None
    return None if user.awaits_code or user.must_change_password else user
