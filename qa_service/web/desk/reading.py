"""The public desk: one answer with its basis, its QR code and pictures, and the policy library."""

from io import BytesIO

import segno
from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse, Response

from qa_service.clock import beijing_day
from qa_service.consultation.desk.answers import (
    find_answer,
    find_picture,
    list_answers,
    published_at,
)
from qa_service.consultation.desk.library import list_documents, open_document, read_text
from qa_service.consultation.desk.ratings import OFFERED
from qa_service.knowledge.media.files import file_of
from qa_service.knowledge.media.service import MediaNotFoundError, shown_media
from qa_service.knowledge.policies.citing import document_places
from qa_service.knowledge.policies.library.links import links_of_pairs
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import Validity
from qa_service.web.desk.answering import limit_rate, revalidated, show, tagged
from qa_service.web.desk.structured_data import faq_script
from qa_service.web.kit.forms import member_or_none, search_words
from qa_service.web.kit.parameters import After, Number, Part, RowId
from qa_service.web.kit.public_links import absolute

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_rate)])

QR_SCALE = 5
"""Pixels of one module of the code; a phone reads it from the screen and from paper."""


@router.get("/desk/answers/{key}")
def answer_page(
    request: Request, services: ServicesDep, session: ReadSession, key: str
) -> Response:
    """Show an answer with its basis, days, unit and pictures; PairNotFoundError: see there."""
    day = beijing_day(services.clock.now())
    view = find_answer(session, key, day=day)
    address = absolute(request, f"/desk/answers/{view.key}")
    context = {
        "view": view,
        "today": day,
        "address": address,
        "changed_at": published_at(session, [view])[view.pair_id],
        "media": shown_media(session, [view.pair_id]).get(view.pair_id, ()),
        "links": links_of_pairs(session, [view.pair_id], only_confirmed=True).get(view.pair_id, ()),
        "places": document_places(session, [cited.key for cited in view.citations]),
        "ratings": OFFERED,
        "structured": faq_script(view, address),
    }
    return show(request, "desk/answer_page.html", context)


@router.get("/desk/answers/{key}/qr.svg")
def answer_code(
    request: Request, services: ServicesDep, session: ReadSession, key: str
) -> Response:
    """Return the QR code of an answer's address as a drawing."""
    view = find_answer(session, key, day=beijing_day(services.clock.now()))
    drawn = BytesIO()
    code = segno.make(absolute(request, f"/desk/answers/{view.key}"), error="m")
    code.save(drawn, kind="svg", scale=QR_SCALE, xmldecl=False)
    return revalidated(request, Response(drawn.getvalue(), media_type="image/svg+xml"))


@router.get("/desk/media/{checksum}")
def picture(
    request: Request, services: ServicesDep, session: ReadSession, checksum: str
) -> Response:
    """Return a picture or film of an answer at the desk; range requests are supported."""
    content_type = find_picture(session, checksum, day=beijing_day(services.clock.now()))
    path = file_of(services.settings.effective_media_dir, checksum)
    if not path.is_file():
        raise MediaNotFoundError("这个图解或视频暂时打不开，请拨打 12345 咨询")
    # A drawing is a document: opened by itself it runs nothing and loads nothing.
    alone = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    file = FileResponse(path, media_type=content_type, headers=alone)
    return tagged(request, file, f'"{checksum}"')


@router.get("/desk/policies")
def policies_page(
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    q: str = "",
    validity: str = "",
    after: After = 0,
) -> Response:
    """List the public documents whose name, 文号 or text has the words."""
    day = beijing_day(services.clock.now())
    wanted, mark = search_words(q), member_or_none(Validity, validity)
    context = {
        "page": list_documents(session, wanted, day=day, validity=mark, after=after),
        "wanted": wanted,
        "validity": mark,
        "validities": list(Validity),
        "today": day,
    }
    return show(request, "desk/policies.html", context, is_private=bool(wanted))


@router.get("/desk/policies/{policy_id}")
def policy_page(
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    policy_id: RowId,
    page: Part = 1,
    article: Number = 0,
    after: After = 0,
) -> Response:
    """Show a public document: its validity, successor, and the answers that rest on it.

    Of its text the page with the number ``page`` is shown, or that with an ``article`` named;
    beyond the end it is the last.
    """
    day = beijing_day(services.clock.now())
    shown = open_document(session, policy_id)
    text = read_text(session, shown.document)
    named = text.page_with(f"article-{article}") if article else None
    context = {
        "shown": shown,
        "today": day,
        "text": text,
        "number": min(named or page, len(text.pages)),
        "after": after,
        "answers": list_answers(session, day=day, resting_on=policy_id, after=after),
    }
    return show(request, "desk/policy.html", context)
