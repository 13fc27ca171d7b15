"""The public desk for machines: feeds, of an area or a document, sitemap, search description."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlmodel import Session
from starlette.responses import Response

from qa_service.accounts.areas import find_area
from qa_service.clock import BEIJING, beijing_day
from qa_service.consultation.desk.answers import (
    answers_resting_on,
    newest_answers,
    published_at,
    walk_answers,
)
from qa_service.consultation.desk.library import PublicDocument, open_document, public_ids
from qa_service.knowledge.models import PolicyDocument
from qa_service.knowledge.pairs.queries import PairView
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.text.traditional import traditional_text
from qa_service.vocabulary import AREA_CHARACTERS
from qa_service.web.desk.answering import limit_costly, limit_rate, revalidated
from qa_service.web.desk.structured_data import (
    NEVER,
    FeedEntry,
    atom_feed,
    search_description,
    sitemap,
)
from qa_service.web.kit.forms import plain_text
from qa_service.web.kit.names.labels import standing
from qa_service.web.kit.parameters import RowId
from qa_service.web.kit.public_links import absolute, desk_link, is_traditional, reading_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_rate)])
root_router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_rate)])

FEED_ENTRIES = 50
SITEMAP_ANSWERS = 5_000
"""Answers, and as many documents, in the sitemap; a sitemap holds 50,000 addresses at most."""

NAME = "政策咨询自助查询"


@router.get("/desk/feed.atom")
def feed(request: Request, services: ServicesDep, session: ReadSession, area: str = "") -> Response:
    """Return the feed of the answers changed last, of one area if given.

    Raises AreaNotFoundError.
    """
    key = plain_text(area)[:AREA_CHARACTERS]
    chosen = find_area(session, key) if key else None
    day = beijing_day(services.clock.now())
    views = newest_answers(
        session, day=day, area=chosen.key if chosen else None, limit=FEED_ENTRIES
    )
    title = f"{NAME}·{chosen.name}" if chosen else NAME
    own = desk_link(request, "/desk/feed.atom", area=key)
    page = desk_link(request, "/desk/answers", area=key)
    return _feed(request, _entries(request, session, views), title=title, own=own, page=page)


@router.get("/desk/policies/{policy_id}/feed.atom")
def document_feed(
    request: Request, services: ServicesDep, session: ReadSession, policy_id: RowId
) -> Response:
    """Return the feed of a document: its validity first, then the answers that rest on it.

    Raises PolicyNotFoundError.
    """
    day = beijing_day(services.clock.now())
    shown = open_document(session, policy_id)
    resting = answers_resting_on(session, policy_id, day=day)
    answers = _entries(request, session, resting)
    newest = sorted(answers, key=lambda one: one.updated, reverse=True)[: FEED_ENTRIES - 1]
    path = f"/desk/policies/{policy_id}"
    document = FeedEntry(
        absolute(request, desk_link(request, path)),
        shown.document.title,
        _changed_at(shown.document, day),
        shown.document.issuer,
        _told_of(shown, day),
    )
    return _feed(
        request,
        [document, *newest],
        title=f"{NAME}·{shown.document.title}",
        own=desk_link(request, f"{path}/feed.atom"),
        page=desk_link(request, path),
    )


@router.get("/desk/sitemap.xml", dependencies=[Depends(limit_costly)])
def site_map(request: Request, services: ServicesDep, session: ReadSession) -> Response:
    """Return the addresses of the desk's answers and documents, for search engines."""
    views = walk_answers(session, day=beijing_day(services.clock.now()), limit=SITEMAP_ANSWERS)
    paths = [
        "/desk",
        "/desk/answers",
        "/desk/policies",
        *(f"/desk/answers/{view.key}" for view in views),
        *(f"/desk/policies/{found}" for found in public_ids(session, limit=SITEMAP_ANSWERS)),
    ]
    written = sitemap(absolute(request, path) for path in paths)
    return revalidated(request, Response(written, media_type="application/xml"))


@root_router.get("/robots.txt")
def robots(request: Request) -> Response:
    """Return what programs shall leave alone (RFC 9309): what costs much or is for people.

    At the root of a host, so by the process of the desk alone.
    """
    closed = ("search", "ask", "question", "embed", "api/", "booklets/booklet.pdf")
    lines = [
        "User-agent: *",
        *(f"Disallow: /desk/{path}" for path in closed),
        f"Sitemap: {absolute(request, '/desk/sitemap.xml')}",
    ]
    written = Response("\n".join((*lines, "")), media_type="text/plain; charset=utf-8")
    return revalidated(request, written)


@router.get("/desk/opensearch.xml")
def open_search(request: Request) -> Response:
    """Return how a browser asks the desk from its address bar."""
    kept = urlencode(reading_of(request))
    template = absolute(request, "/desk/search?q={searchTerms}") + (f"&{kept}" if kept else "")
    written = search_description(_writing(request)(NAME), template)
    media_type = "application/opensearchdescription+xml"
    return revalidated(request, Response(written, media_type=media_type))


def _feed(
    request: Request, entries: Sequence[FeedEntry], *, title: str, own: str, page: str
) -> Response:
    written = atom_feed(
        entries,
        title=title,
        own=absolute(request, own),
        page=absolute(request, page),
        written=_writing(request),
    )
    return revalidated(request, Response(written, media_type="application/atom+xml"))


def _entries(request: Request, session: Session, views: Sequence[PairView]) -> list[FeedEntry]:
    changed = published_at(session, views)
    return [
        FeedEntry(
            absolute(request, desk_link(request, f"/desk/answers/{view.key}")),
            view.content.question,
            changed[view.pair_id],
            view.unit_name,
            view.content.phone_script,
        )
        for view in views
    ]


def _changed_at(document: PolicyDocument, day: date) -> datetime:
    """Return when the document was changed or came to its end, whichever is later."""
    end = document.invalid_since
    ended = datetime.combine(end, time(), BEIJING) if end and end <= day else NEVER
    return max(document.written_at or NEVER, ended)


def _told_of(shown: PublicDocument, day: date) -> str:
    """Return what the feed tells of a document: how it stands, and what replaces it."""
    parts = [f"{shown.document.document_number}，{standing(shown.document, day).label}"]
    if shown.document.invalid_since:
        parts.append(f"失效日期 {shown.document.invalid_since.isoformat()}")
    if shown.successor:
        parts.append(f"由{shown.successor.name}代替")
    return "；".join(parts) + "。"


def _writing(request: Request) -> Callable[[str], str]:
    """Return what writes a text in the characters that the visitor reads."""
    return traditional_text if is_traditional(request) else str
