"""The public desk: booklets of an area or for an audience, to be printed or as PDF."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from qa_service.clock import beijing_day
from qa_service.consultation.desk.booklet import offers
from qa_service.knowledge.pairs.record.content import AUDIENCE_CHARACTERS
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.text.traditional import traditional
from qa_service.vocabulary import AREA_CHARACTERS
from qa_service.web.desk.answering import limit_costly, limit_rate, revalidated, show
from qa_service.web.kit.forms import plain_text
from qa_service.web.kit.parameters import Part
from qa_service.web.kit.public_links import desk_link, is_large, is_traditional
from qa_service.web.publishing.booklet_page import (
    Heading,
    ScreenLinks,
    booklet_context,
    booklet_file,
    chosen_booklet,
)
from qa_service.web.publishing.pdf import find_browser
from qa_service.web.publishing.pdf_shelf import pdf_of

router = APIRouter(
    prefix="/desk/booklets", include_in_schema=False, dependencies=[Depends(limit_rate)]
)


@router.get("")
def booklets_page(request: Request, services: ServicesDep, session: ReadSession) -> Response:
    """List the booklets there are: one of each area, and one for each audience."""
    areas, audiences = offers(session, day=beijing_day(services.clock.now()))
    return show(request, "desk/booklets.html", {"areas": areas, "audiences": audiences})


@router.get("/print")
def print_page(
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    area: str = "",
    audience: str = "",
    part: Part = 1,
) -> Response:
    """Show a booklet as it is printed; AreaNotFoundError for an unknown area."""
    area, audience = _chosen(area, audience)
    day = beijing_day(services.clock.now())
    booklet, title = chosen_booklet(session, area, audience, part, day=day)
    query = {"area": area, "audience": audience}
    links = ScreenLinks(
        back=desk_link(request, "/desk/booklets"),
        pdf=desk_link(request, "/desk/booklets/booklet.pdf", **query, part=part)
        if find_browser()
        else "",
        parts=tuple(
            desk_link(request, "/desk/booklets/print", **query, part=number)
            for number in range(1, booklet.parts + 1)
        ),
    )
    heading = _heading(request, services, title)
    return show(request, "publishing/booklet.html", booklet_context(booklet, heading, links))


@router.get("/booklet.pdf", dependencies=[Depends(limit_costly)])
def pdf_file(
    request: Request, services: ServicesDep, area: str = "", audience: str = "", part: Part = 1
) -> Response:
    """Return a booklet as PDF; raises PdfUnavailableError."""
    area, audience = _chosen(area, audience)
    day = beijing_day(services.clock.now())
    with session_scope(services.database, read_only=True) as session:
        booklet, title = chosen_booklet(session, area, audience, part, day=day)
        page = booklet_file(booklet, _heading(request, services, title))
    if is_traditional(request):
        page = traditional(page)
    # The database is let go before the browser starts.
    file = Response(pdf_of(page, services.settings.data_dir), media_type="application/pdf")
    file.headers["Content-Disposition"] = f'inline; filename="booklet-{day:%Y%m%d}-{part}.pdf"'
    return revalidated(request, file)


def _chosen(area: str, audience: str) -> tuple[str, str]:
    return plain_text(area)[:AREA_CHARACTERS], plain_text(audience)[:AUDIENCE_CHARACTERS]


def _heading(request: Request, services: Services, title: str) -> Heading:
    """Return the heading; the host of the request, which anybody can make up, is not in it."""
    desk = services.settings.desk_url
    address = f"{desk}/desk" if desk else ""
    return Heading(title, address=address, is_large=is_large(request))
