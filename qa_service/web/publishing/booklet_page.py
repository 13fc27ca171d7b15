"""The page of a booklet: its heading and contents, for browsers and as a file of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import segno
from markupsafe import Markup
from sqlmodel import Session

from qa_service.accounts.areas import find_area
from qa_service.consultation.desk.booklet import Booklet, BookletChoice, last_day, make_booklet
from qa_service.errors import NotFoundError
from qa_service.vocabulary import AreaKey
from qa_service.web.kit.rendering import TEMPLATES
from qa_service.web.kit.static_files import STATIC_FOLDER

STYLE = "desk/booklet.css"
TITLE = "政策咨询问答"
HEADING_CHARACTERS = 60
QR_SCALE = 3


class BookletEmptyError(NotFoundError):
    """No answer that everybody may read belongs into the booklet."""

    code = "booklet_empty"
    title = "没有这一册"


@dataclass(frozen=True, slots=True)
class Heading:
    """The cover: title, the office that prints it, and the desk's address.

    ``is_large`` prints in large type (适老化).
    """

    title: str
    issuer: str = ""
    address: str = ""
    valid_until: date | None = None
    is_large: bool = False


@dataclass(frozen=True, slots=True)
class ScreenLinks:
    """The links of the page on a screen; addresses of own pages, empty for none."""

    back: str = ""
    pdf: str = ""
    parts: tuple[str, ...] = ()


def chosen_booklet(
    session: Session, area: AreaKey, audience: str, part: int, *, day: date
) -> tuple[Booklet, str]:
    """Return the booklet chosen and its usual title; raises AreaNotFoundError."""
    chosen = find_area(session, area) if area else None
    choice = BookletChoice(chosen.key if chosen else None, audience, part)
    names = [name for name in (chosen.name if chosen else "", audience) if name]
    title = "·".join([TITLE, *names])
    return make_booklet(session, choice, day=day), title


def booklet_context(
    booklet: Booklet, heading: Heading, links: ScreenLinks = ScreenLinks()
) -> Mapping[str, object]:
    """Return what the page shows."""
    return {
        "booklet": booklet,
        "heading": heading,
        "links": links,
        "last_day": last_day,
        "css": "",
        "code": _code(heading.address) if heading.address else "",
    }


def booklet_file(booklet: Booklet, heading: Heading) -> str:
    """Return the booklet as an HTML file that needs no other file, to be printed.

    Raises BookletEmptyError.
    """
    if not booklet.count:
        raise BookletEmptyError("这一册没有可以收入的答复，请另选领域或适用对象")
    css = (STATIC_FOLDER / STYLE).read_text(encoding="utf-8")
    template = TEMPLATES.env.get_template("publishing/booklet.html")
    return template.render(booklet_context(booklet, heading), css=Markup(css))  # noqa: S704 - ours


def _code(address: str) -> Markup:
    """Return the QR code of the desk's address as a drawing that stands in the page."""
    drawn = BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", scale=QR_SCALE, xmldecl=False, svgns=True, title="公众查询的二维码"
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn by segno, the text is escaped
