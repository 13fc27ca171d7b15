"""Templates, and what every page shows: who is signed in and whether search is degraded."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from qa_service import __version__
from qa_service.accounts.permissions import Permission
from qa_service.web.kit import labels
from qa_service.web.kit.markdown import render_markdown

STATIC_FOLDER = Path(str(files("qa_service.web"))) / "static"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("qa_service.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        day=labels.day,
        markdown=render_markdown,
        weekday=labels.weekday,
        moment=labels.moment,
        clock=labels.clock,
    )
    environment.globals.update(version=__version__, Permission=Permission)
    return environment


_TEMPLATES = Jinja2Templates(env=_environment())


def render(
    request: Request,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
) -> Response:
    """The page or fragment; with what every page shows."""
    shown = {
        "user": getattr(request.state, "user", None),
        "degraded_reason": request.app.state.services.degradation,
        "is_fragment": is_htmx(request),
        **context,
    }
    return _TEMPLATES.TemplateResponse(request, template, shown, status_code=status)


def is_htmx(request: Request) -> bool:
    """Whether a part of a page is asked for, to be put into the one shown."""
    return "HX-Request" in request.headers
