"""The face of an error on pages: a whole page, or a notice inside the one shown."""

from fastapi import Request
from starlette.responses import Response

from qa_service.web.kit.rendering import is_htmx, render


def render_error(request: Request, *, status: int, title: str, message: str) -> Response:
    """The error in plain words, with its HTTP status."""
    template = "errors/notice.html" if is_htmx(request) else "errors/page.html"
    return render(request, template, {"title": title, "message": message}, status=status)
