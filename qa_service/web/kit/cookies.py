"""Cookies of the pages: out of reach of scripts, other sites, and hosts beside this one."""

from fastapi import Request
from starlette.responses import Response

from qa_service.settings import Settings

HOST_PREFIX = "__Host-"
"""A browser takes a cookie with this prefix from this very host over HTTPS alone (RFC 6265bis)."""


def read_cookie(request: Request, settings: Settings, name: str) -> str:
    """Return the value of the cookie, or ""."""
    return request.cookies.get(cookie_name(settings, name), "")


def set_cookie(
    response: Response, settings: Settings, name: str, value: str, *, seconds: int
) -> None:
    """Set the cookie for so many seconds."""
    response.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )


def drop_cookie(response: Response, settings: Settings, name: str) -> None:
    """Remove the cookie from the browser."""
    response.delete_cookie(
        cookie_name(settings, name),
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )


def cookie_name(settings: Settings, name: str) -> str:
    """Return the name under which the cookie is set: with the host prefix behind HTTPS."""
    return f"{HOST_PREFIX}{name}" if settings.secure_cookies else name
