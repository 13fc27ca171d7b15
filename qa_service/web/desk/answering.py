"""Parts shared by the routes of the public desk: a limit for each address, revalidated answers.

No answer is taken from a cache without asking: each carries the hash of its content (ETag), and
caches must ask whether it still holds (``no-cache``), so that what was withdrawn is gone from
them with the next request.
"""

import hashlib
import ipaddress
from collections.abc import Hashable, Mapping

from fastapi import Request
from starlette.responses import Response

from qa_service.accounts.rate_limit import RateExceededError
from qa_service.errors import ThrottledError
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.web.kit.rendering import render
from qa_service.web.kit.visit import address_of

IPV6_NETWORK = 64
"""Bits of an IPv6 address that one visitor cannot change at will (RFC 6177)."""

COSTLY_PER_MINUTE = 10
"""Sitemaps and PDFs that one address may ask for in a minute."""

TAG_DIGITS = 32


def limit_rate(request: Request, services: ServicesDep) -> None:
    """Raise ThrottledError for an address that asks more often than the settings allow."""
    network = network_of(address_of(request))
    _take(services, network, services.settings.desk_per_minute)


def limit_costly(request: Request, services: ServicesDep) -> None:
    """Raise ThrottledError for an address that asks often for what takes long to make."""
    network = network_of(address_of(request))
    _take(services, ("desk-costly", network), COSTLY_PER_MINUTE)


def _take(services: Services, caller: Hashable, most: int) -> None:
    try:
        services.rate_limiter.take(caller, most)
    except RateExceededError as error:
        seconds = error.retry_seconds
        message = f"您所在的网络每分钟最多访问 {most} 次，请在 {seconds} 秒后重试"
        raise ThrottledError(message, retry_seconds=seconds) from error


def network_of(address: str) -> str:
    """Return the part of an IP address that is counted as one visitor."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False))


def show(
    request: Request,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
    is_private: bool = False,
) -> Response:
    """Return the page; a cache for many may keep it, to be asked again, unless ``is_private``.

    A page that shows a question as it was typed is private.
    """
    page = render(request, template, context, status=status)
    return page if status >= 400 else revalidated(request, page, is_private=is_private)


def show_once(
    request: Request, template: str, context: Mapping[str, object], *, status: int = 200
) -> Response:
    """Return a page that nobody may keep, with a form or with what concerns one citizen.

    It names itself to this site alone, so that a browser states where its form comes from.
    """
    page = render(request, template, context, status=status)
    page.headers.update(
        {
            "Cache-Control": "private, no-store",
            "Referrer-Policy": "same-origin",
            "X-Robots-Tag": "noindex",
        }
    )
    return page


def revalidated(request: Request, response: Response, *, is_private: bool = False) -> Response:
    """Return the response with its ETag, or 304 if the visitor's copy still holds."""
    # Weak, because the same content is sent compressed and not.
    tag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()[:TAG_DIGITS]}"'
    return tagged(request, response, tag, is_private=is_private)


def tagged(request: Request, response: Response, tag: str, *, is_private: bool = False) -> Response:
    """Return the response under the tag ``tag``, or 304 if the visitor's copy has it."""
    kept = {"ETag": tag, "Cache-Control": f"{'private' if is_private else 'public'}, no-cache"}
    held = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if "*" in held or tag.removeprefix("W/") in [one.removeprefix("W/") for one in held]:
        return Response(status_code=304, headers=kept)
    response.headers.update(kept)
    return response
