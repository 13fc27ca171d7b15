"""Rendering of templates, with the values that every page shows."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response
from starlette.templating import Jinja2Templates

from qa_service import __version__
from qa_service.accounts.permissions import Permission
from qa_service.text.document_pages import article_anchor
from qa_service.text.traditional import traditional
from qa_service.web.kit import public_links
from qa_service.web.kit.csrf_mask import masked
from qa_service.web.kit.done import forget, line_of
from qa_service.web.kit.forms import SubmittedForm
from qa_service.web.kit.left_over import left_over
from qa_service.web.kit.markdown import render_markdown
from qa_service.web.kit.names import labels
from qa_service.web.kit.names.area_names import AreaNames
from qa_service.web.kit.names.person_names import PersonNames
from qa_service.web.kit.pending import Menu
from qa_service.web.kit.static_files import static


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("qa_service.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        badge=labels.badge,
        day=labels.day,
        markdown=render_markdown,
        weekday=labels.weekday,
        standing=labels.standing,
        moment=labels.moment,
        clock=labels.clock,
        day_of=labels.day_of,
        article_anchor=article_anchor,
    )
    environment.globals.update(
        version=__version__, Permission=Permission, static=static, masked=masked
    )
    environment.globals.update(
        desk_link=public_links.desk_link,
        other_size=public_links.other_size,
        other_script=public_links.other_script,
        is_large=public_links.is_large,
        is_traditional=public_links.is_traditional,
        reading_of=public_links.reading_of,
        is_desk_alone=public_links.is_desk_alone,
        absolute=public_links.absolute,
        takes_questions=public_links.takes_questions,
        notified_contacts=public_links.notified_contacts,
    )
    return environment


TEMPLATES = Jinja2Templates(env=_environment())


def render(
    request: Request,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
) -> Response:
    """Return ``template`` rendered with ``context`` and what every page shows.

    That is the signed-in user, the search's health, the names of people, and the menu with what
    waits for the user, for which only whole pages ask. A page that refuses a form shows what was
    typed into it and has no field there any more (``unsaved``). Raises ValueError for a name
    in ``context`` that every page has.
    """
    of_every_page = {
        "did": None,
        "menu": Menu(request),
        "person_name": PersonNames(request.app.state.services.database),
        "user": getattr(request.state, "user", None),
        "degraded_reason": request.app.state.services.degradation,
        "engine_problem": request.app.state.services.index_sync.problem,
        "is_fragment": is_htmx(request),
        "is_refused": status >= HTTPStatus.BAD_REQUEST,
        "unsaved": (),
        "area_name": AreaNames(request.app.state.services.database),
    }
    taken = context.keys() & (TEMPLATES.env.globals.keys() | of_every_page.keys() | {"request"})
    if taken:
        raise ValueError(f"{template}: names of every page must not be replaced: {sorted(taken)}")
    settings = request.app.state.services.settings
    did = None if is_htmx(request) else line_of(request, settings)
    shown = {**of_every_page, "did": did, **context}
    response = TEMPLATES.TemplateResponse(request, template, shown, status_code=status)
    form: SubmittedForm | None = getattr(request.state, "form", None)
    if status >= HTTPStatus.BAD_REQUEST and form is not None:
        unsaved = left_over(form, bytes(response.body).decode())
        if unsaved:
            shown["unsaved"] = unsaved
            response = TEMPLATES.TemplateResponse(request, template, shown, status_code=status)
    if did is not None:
        forget(response, settings)
    # At one place, so that no page, form or refusal of the desk is read in other characters.
    if public_links.is_at_desk(request) and public_links.is_traditional(request):
        return HTMLResponse(traditional(bytes(response.body).decode()), status_code=status)
    return response


def render_error(request: Request, *, status: int, title: str, message: str) -> Response:
    """Return the response that states the error, with HTTP status ``status``."""
    template = "errors/notice.html" if is_htmx(request) else "errors/page.html"
    if public_links.is_at_desk(request):
        template = "desk/error.html"
    return render(request, template, {"title": title, "message": message}, status=status)


def is_htmx(request: Request) -> bool:
    """Return whether htmx asks for a fragment of the page it shows."""
    return "HX-Request" in request.headers
