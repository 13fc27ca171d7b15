"""Staff pages of what is given out: booklets (宣传读物) with a title, and the fallback pack."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.responses import FileResponse, Response

from qa_service.accounts.areas import list_areas
from qa_service.accounts.permissions import Permission
from qa_service.consultation.desk.answers import list_audiences
from qa_service.errors import NotFoundError
from qa_service.knowledge.pairs.record.content import AUDIENCE_CHARACTERS
from qa_service.request_scope import ReadSession
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AREA_CHARACTERS
from qa_service.web.kit.access import guard_page, permits
from qa_service.web.kit.forms import plain_text
from qa_service.web.kit.parameters import Part
from qa_service.web.kit.visit import Page, PageContext
from qa_service.web.publishing.booklet_page import (
    HEADING_CHARACTERS,
    Heading,
    ScreenLinks,
    booklet_context,
    booklet_file,
    chosen_booklet,
)
from qa_service.web.publishing.pack import newest_pack, why_unusable
from qa_service.web.publishing.pdf import find_browser
from qa_service.web.publishing.pdf_shelf import pdf_of

router = APIRouter(
    prefix="/booklets",
    dependencies=[Depends(guard_page), permits(Permission.READ_BANK)],
    include_in_schema=False,
)


class PackMissingError(NotFoundError):
    """No fallback pack has been built, it is out of date, or it has no such file."""

    code = "pack_missing"
    title = "没有可用的应急包"


@dataclass(frozen=True, slots=True)
class BookletQuery:
    """The choice and the heading in the address of a booklet."""

    area: str = ""
    audience: str = ""
    part: Part = 1
    title: str = ""
    issuer: str = ""

    def clean(self) -> "BookletQuery":
        """Return the query with texts that are short and on one line."""
        return BookletQuery(
            plain_text(self.area)[:AREA_CHARACTERS],
            plain_text(self.audience)[:AUDIENCE_CHARACTERS],
            self.part,
            plain_text(self.title)[:HEADING_CHARACTERS],
            plain_text(self.issuer)[:HEADING_CHARACTERS],
        )

    def address(self, page: str, part: int) -> str:
        """Return the address of ``page`` with this choice and another ``part``."""
        values = {
            "area": self.area,
            "audience": self.audience,
            "title": self.title,
            "issuer": self.issuer,
            "part": part,
        }
        given = {name: value for name, value in values.items() if value}
        return f"/booklets/{page}?{urlencode(given)}"


Chosen = Annotated[BookletQuery, Depends()]


@router.get("")
def booklets_page(visit: Page, session: ReadSession) -> Response:
    """Offer a booklet of an area or for an audience, and show the newest fallback pack."""
    folder = visit.services.settings.pack_dir
    pack = newest_pack(Path(folder)) if folder else None
    context = {
        "areas": list_areas(session, active_only=True),
        "audiences": list_audiences(session, day=visit.today),
        "longest": HEADING_CHARACTERS,
        "has_folder": bool(folder),
        "pack": pack,
        "pack_refusal": why_unusable(session, pack, day=visit.today) if pack else "",
    }
    return visit.show("publishing/booklets.html", context)


@router.get("/print")
def print_page(visit: Page, session: ReadSession, query: Chosen) -> Response:
    """Show a booklet as it is printed; AreaNotFoundError for an unknown area."""
    chosen = query.clean()
    booklet, usual = chosen_booklet(
        session, chosen.area, chosen.audience, chosen.part, day=visit.today
    )
    links = ScreenLinks(
        back="/booklets",
        pdf=chosen.address("export.pdf", chosen.part) if find_browser() else "",
        parts=tuple(chosen.address("print", one) for one in range(1, booklet.parts + 1)),
    )
    context = booklet_context(booklet, _heading(visit, chosen, usual), links)
    return visit.show("publishing/booklet.html", context)


@router.get("/export.pdf")
def pdf_file(visit: Page, query: Chosen) -> Response:
    """Return a booklet as PDF; raises PdfUnavailableError."""
    chosen = query.clean()
    with session_scope(visit.services.database, read_only=True) as session:
        booklet, usual = chosen_booklet(
            session, chosen.area, chosen.audience, chosen.part, day=visit.today
        )
        page = booklet_file(booklet, _heading(visit, chosen, usual))
    printed = pdf_of(page, visit.services.settings.data_dir)
    return _download(printed, visit.today, chosen.part)


@router.get("/pack/export{suffix}")
def pack_file(visit: Page, suffix: str) -> Response:
    """Return a file of the newest fallback pack; raises PackMissingError."""
    folder = visit.services.settings.pack_dir
    pack = newest_pack(Path(folder)) if folder else None
    path = pack.file(suffix) if pack else None
    if pack is None or path is None:
        raise PackMissingError("还没有应急包，或其中没有这个文件")
    with session_scope(visit.services.database, read_only=True) as session:
        refusal = why_unusable(session, pack, day=visit.today)
    if refusal:
        raise PackMissingError(refusal)
    return FileResponse(path, filename=path.name, media_type="application/octet-stream")


def _heading(visit: PageContext, chosen: BookletQuery, usual: str) -> Heading:
    desk = visit.services.settings.desk_url
    return Heading(chosen.title or usual, chosen.issuer, f"{desk}/desk" if desk else "")


def _download(printed: bytes, day: date, part: int) -> Response:
    file = Response(printed, media_type="application/pdf")
    file.headers["Content-Disposition"] = f'attachment; filename="booklet-{day:%Y%m%d}-{part}.pdf"'
    return file
