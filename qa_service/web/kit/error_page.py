"""Errors on pages: a page of its own, or for htmx a notice inside the page shown."""

from fastapi import Request
from starlette.responses import Response

from qa_service.web.kit.rendering import is_htmx, render


def render_error(request: Request, *, status: int, title: str, message: str) -> Response:
    """Return the response that states the error, with HTTP status ``status``."""
    template = "errors/notice.html" if is_htmx(request) else "errors/page.html"
    return render(request, template, {"title": title, "message": message}, status=status)
