"""Who is at the browser, and what a page route may ask for.

Every router of pages but the sign-in takes ``guard_page``: nobody gets in without
a session, a one-time password is changed first, and a POST without the session's
CSRF token is refused, so that no route can forget any of it.
"""

import secrets
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.sessions import SignedIn, find_signed_in
from qa_service.errors import ForbiddenError, UnauthenticatedError
from qa_service.parts import Parts
from qa_service.storage.engine import session_scope
from qa_service.web.forms import SubmittedForm
from qa_service.web.local_path import local_path

SESSION_COOKIE = "qa_session"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"


class SignInNeededError(UnauthenticatedError):
    """Nobody is signed in; the browser goes to the sign-in page."""

    code = "sign_in_needed"


class PasswordChangeNeededError(ForbiddenError):
    """The one-time password must be changed first; the browser goes to that page."""

    code = "password_change_needed"
    title = "请先修改密码"


class ForgedRequestError(ForbiddenError):
    """A form came without this session's token."""

    code = "forged_request"
    title = "页面已过期"


class AdministratorOnlyError(ForbiddenError):
    """Only an administrator may do this."""

    code = "administrator_only"


def get_parts(request: Request) -> Parts:
    """The parts of the running service."""
    parts: Parts = request.app.state.parts
    return parts


def get_session(parts: Annotated[Parts, Depends(get_parts)]) -> Iterator[Session]:
    """One write transaction around the route, committed before the answer is sent."""
    with session_scope(parts.database) as session:
        yield session


def get_reading(parts: Annotated[Parts, Depends(get_parts)]) -> Iterator[Session]:
    """One read-only transaction around the route."""
    with session_scope(parts.database, read_only=True) as session:
        yield session


def find_user(request: Request, parts: Annotated[Parts, Depends(get_parts)]) -> SignedIn:
    """Who is signed in, kept for the page's head too; raises SignInNeededError."""
    token = request.cookies.get(SESSION_COOKIE, "")
    with session_scope(parts.database, read_only=True) as session:
        user = find_signed_in(session, token, now=parts.clock.now()) if token else None
    if user is None:
        raise SignInNeededError("请先登录，再继续操作")
    request.state.user = user
    return user


async def read_form(request: Request) -> SubmittedForm:
    """What the browser sent; empty for a GET."""
    return SubmittedForm(await request.form())


def refuse_forgery(
    request: Request,
    user: Annotated[SignedIn, Depends(find_user)],
    form: Annotated[SubmittedForm, Depends(read_form)],
) -> None:
    """Raise ForgedRequestError for a change that did not come from one of our pages."""
    if request.method in {"GET", "HEAD"}:
        return
    given = form.text(CSRF_FIELD) or request.headers.get(CSRF_HEADER, "")
    if not secrets.compare_digest(given.encode(), user.csrf_token.encode()):
        raise ForgedRequestError("页面已过期，请刷新页面后重新提交")


def guard_page(
    user: Annotated[SignedIn, Depends(find_user)],
    _genuine: Annotated[None, Depends(refuse_forgery)],
) -> None:
    """Raise PasswordChangeNeededError while the user still has a one-time password."""
    if user.must_change_password:
        raise PasswordChangeNeededError("首次登录请先修改密码")


def require_admin(user: SignedIn) -> None:
    """Raise AdministratorOnlyError unless the user may withdraw."""
    if not user.is_admin:
        raise AdministratorOnlyError("只有管理员可以撤回问答，请联系管理员")


def to_sign_in(request: Request, _error: Exception) -> Response:
    """The way to the sign-in page, and from there back to where the browser is."""
    return redirect(request, f"/login?next={quote(_present_path(request), safe='/')}")


def to_password(request: Request, _error: Exception) -> Response:
    """The way to the page where the password is changed."""
    return redirect(request, f"/password?next={quote(_present_path(request), safe='/')}")


def redirect(request: Request, path: str) -> Response:
    """A redirect the browser follows as a whole page, whether htmx asked or not."""
    if "HX-Request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)


def _present_path(request: Request) -> str:
    if "HX-Request" in request.headers:
        return local_path(urlsplit(request.headers.get("HX-Current-URL", "")).path)
    if request.method != "GET":
        return local_path("/")
    query = f"?{request.url.query}" if request.url.query else ""
    return local_path(request.url.path + query)


PartsOf = Annotated[Parts, Depends(get_parts)]
CurrentUser = Annotated[SignedIn, Depends(find_user)]
Submitted = Annotated[SubmittedForm, Depends(read_form)]
Writing = Annotated[Session, Depends(get_session, scope="function")]
Reading = Annotated[Session, Depends(get_reading, scope="function")]
