"""The public desk for machines: the feed of an area, the sitemap, and the search description."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from qa_service.accounts.areas import find_area
from qa_service.clock import beijing_day
from qa_service.consultation.desk.answers import newest_answers, published_at, walk_answers
from qa_service.consultation.desk.library import public_ids
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import AREA_CHARACTERS
from qa_service.web.desk.answering import limit_rate, revalidated
from qa_service.web.desk.structured_data import atom_feed, search_description, sitemap
from qa_service.web.kit.forms import plain_text
from qa_service.web.kit.public_links import absolute, desk_link

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_rate)])

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
    query = {"area": key}
    written = atom_feed(
        views,
        published_at(session, views),
        title=f"{NAME}·{chosen.name}" if chosen else NAME,
        own=absolute(request, desk_link(request, "/desk/feed.atom", **query)),
        page=absolute(request, desk_link(request, "/desk/answers", **query)),
        addresses={view.pair_id: absolute(request, f"/desk/answers/{view.key}") for view in views},
    )
    return revalidated(request, Response(written, media_type="application/atom+xml"))


@router.get("/desk/sitemap.xml")
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


@router.get("/desk/opensearch.xml")
def open_search(request: Request) -> Response:
    """Return how a browser asks the desk from its address bar."""
    template = absolute(request, "/desk/search?q={searchTerms}")
    written = search_description(NAME, template)
    media_type = "application/opensearchdescription+xml"
    return revalidated(request, Response(written, media_type=media_type))
