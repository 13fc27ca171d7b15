"""The address of every page, read from the routers, so that a new page is walked too."""

import re
from collections.abc import Iterator, Mapping

from fastapi.routing import APIRoute

from qa_service.web.pages import ROUTERS

FILE_ENDINGS = (".xlsx", ".pdf", ".svg", ".atom", ".xml", ".js", "{suffix}")
"""Endings of routes that return a file."""

DATA = ("/drafts", "/desk/api/")
"""Beginnings of routes that return data to scripts and other programs."""

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


def page_routes() -> Iterator[str]:
    """The path of every route that answers a GET with a page, not with a file or data."""
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        is_file = route.path.endswith(FILE_ENDINGS) or "{checksum}" in route.path
        is_file |= route.path.startswith(DATA)
        if "GET" in route.methods and not is_file:
            yield route.path


def filled(path: str, known: Mapping[str, str]) -> str:
    """The path with its parameters filled in, 1 for one that is not known."""
    return _PARAMETER.sub(lambda name: known.get(name[1], "1"), path)
