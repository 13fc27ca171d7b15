"""Addresses of the public desk: links that keep the way of reading, and absolute ones to share.

Large type (适老化) and Traditional characters stand in the address, because nothing is kept in
the browser of a visitor who only reads.
"""

import re
from urllib.parse import urlencode

from fastapi import Request

from qa_service.consultation.sending.links import notice_channels
from qa_service.request_scope import PREFIX_KEY
from qa_service.services import Services
from qa_service.vocabulary import SendChannel

DESK = "/desk"
SIZE = "type"
LARGE = "large"
SCRIPT = "script"
TRADITIONAL = "hant"
"""The subtag of BCP 47 for Traditional characters, in lower case."""

_CONTACTS = {SendChannel.SMS: "手机号", SendChannel.MAIL: "邮箱"}
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


def is_at_desk(request: Request) -> bool:
    """Return whether the request is one of the public desk, or was sent to its own process."""
    path = request.url.path
    return path == DESK or path.startswith(f"{DESK}/") or is_desk_alone(request)


def is_desk_alone(request: Request) -> bool:
    """Return whether this process serves the public desk and nothing else."""
    return getattr(request.app.state, "is_desk", False)


def takes_questions(request: Request) -> bool:
    """Return whether citizens can leave questions, report mistakes and rate answers here."""
    services: Services = request.app.state.services
    return services.settings.desk_writing


def notified_contacts(request: Request) -> str:
    """Return the contacts that are told of a reply by a message, in words; empty for none."""
    services: Services = request.app.state.services
    return "和".join(_CONTACTS[channel] for channel in notice_channels(services.settings))


def is_large(request: Request) -> bool:
    """Return whether the visitor reads in large type."""
    return request.query_params.get(SIZE) == LARGE


def is_traditional(request: Request) -> bool:
    """Return whether the visitor reads Traditional characters."""
    return request.query_params.get(SCRIPT) == TRADITIONAL


def desk_link(request: Request, path: str, **query: object) -> str:
    """Return the address of a page of the desk, read as the visitor reads; None is left out."""
    return _with_query(path, {**query, **reading_of(request)})


def reading_of(request: Request) -> dict[str, str]:
    """Return the parameters that keep the visitor's way of reading."""
    kept = {SIZE: LARGE} if is_large(request) else {}
    return kept | ({SCRIPT: TRADITIONAL} if is_traditional(request) else {})


def other_size(request: Request) -> str:
    """Return the address of the present page in the other type size."""
    return _otherwise(request, SIZE, None if is_large(request) else LARGE)


def other_script(request: Request) -> str:
    """Return the address of the present page in the other characters."""
    return _otherwise(request, SCRIPT, None if is_traditional(request) else TRADITIONAL)


def absolute(request: Request, path: str) -> str:
    """Return the whole address of a page, as QA_DESK_URL states it, else as it was asked for."""
    services: Services = request.app.state.services
    base = services.settings.desk_url
    if not base:
        host = request.headers.get("host", "")
        named = host if _HOST.fullmatch(host) else "localhost"
        base = f"{request.url.scheme}://{named}{request.scope.get(PREFIX_KEY, '')}"
    return base + path


def _otherwise(request: Request, name: str, value: str | None) -> str:
    """Return the address of the present page with another value of one parameter."""
    return _with_query(_path(request), {**request.query_params, name: value})


def _path(request: Request) -> str:
    """Return the path of the present page if it is one of the desk, else the desk's first page."""
    path = request.url.path
    return path if path.startswith(f"{DESK}/") else DESK


def _with_query(path: str, query: dict[str, object]) -> str:
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
