"""The public desk in the pages of other sites: one script, and a frame that searches.

The frame runs no script, keeps no cookie and can be shown by the sites of ``QA_DESK_ORIGINS``
alone (``frame-ancestors``).
"""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from qa_service.accounts.areas import present_area
from qa_service.consultation.desk.search import QUESTION_CHARACTERS
from qa_service.consultation.inquiry import UnusableQuestionError
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.vocabulary import AREA_CHARACTERS
from qa_service.web.desk.answering import limit_rate, revalidated, show
from qa_service.web.kit.forms import plain_text
from qa_service.web.kit.static_files import STATIC_FOLDER

router = APIRouter(
    prefix="/desk/embed", include_in_schema=False, dependencies=[Depends(limit_rate)]
)

_SCRIPT = STATIC_FOLDER / "desk" / "widget.js"


@router.get("")
def frame(request: Request, session: ReadSession, area: str = "") -> Response:
    """Show the search alone."""
    context = {
        "question": "",
        "area": present_area(session, plain_text(area)[:AREA_CHARACTERS]) or "",
        "longest": QUESTION_CHARACTERS,
        "problem": "",
        "result": None,
    }
    return show(request, "desk/embed.html", context)


@router.get("/search")
def found(
    request: Request, services: ServicesDep, session: ReadSession, q: str = "", area: str = ""
) -> Response:
    """Show what a search finds, with links that open the desk itself."""
    typed = plain_text(q)
    chosen = present_area(session, plain_text(area)[:AREA_CHARACTERS])
    context = {"question": typed, "area": chosen or "", "longest": QUESTION_CHARACTERS}
    try:
        now = services.clock.now()
        result = services.desk_search.find(session, typed, area=chosen, now=now)
    except UnusableQuestionError as error:
        refused = {"result": None, "problem": error.message}
        return show(request, "desk/embed.html", context | refused, status=422)
    told = {"result": result, "problem": ""}
    return show(request, "desk/embed.html", context | told, is_private=True)


@router.get("/widget.js")
def script(request: Request) -> Response:
    """Return the script by which another site shows the frame."""
    written = Response(_SCRIPT.read_bytes(), media_type="text/javascript")
    return revalidated(request, written)
