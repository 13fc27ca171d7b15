"""Dependencies of page routes: the signed-in user, the form, transactions and access rules.

Every router of pages except the sign-in declares ``guard_page``, which requires a session,
a changed one-time password and, for a POST, the session's CSRF token; a route on such a
router cannot omit one of these checks.
"""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote, unquote_plus, urlsplit

from fastapi import Depends, Request, params
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from qa_service.accounts.authentication.sessions import SignedIn, find_signed_in, hash_token
from qa_service.accounts.permissions import Permission, require
from qa_service.errors import ForbiddenError, UnauthenticatedError
from qa_service.request_scope import ServicesDep
from qa_service.storage.engine import session_scope
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import Role
from qa_service.web.kit.cookies import read_cookie
from qa_service.web.kit.csrf_mask import is_token
from qa_service.web.kit.forms import SubmittedForm
from qa_service.web.kit.local_path import HOME, local_path

SESSION_COOKIE = "qa_session"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
BACKGROUND_HEADER = "X-Background"
"""Sent with requests that a page makes by itself, which do not keep an idle session alive."""

_CALLER_FIELDS = frozenset({"phone", "name"})


class SignInNeededError(UnauthenticatedError):
    """The request has no session; the browser is redirected to the sign-in page."""

    code = "sign_in_needed"


class PasswordChangeNeededError(ForbiddenError):
    """The one-time password is unchanged; the browser is redirected to change it."""

    code = "password_change_needed"
    title = "请先修改密码"


class CodeNeededError(ForbiddenError):
    """The second factor is missing; the browser is redirected to the page that asks for it."""

    code = "code_needed"
    title = "请输入动态口令"


class SecondFactorNeededError(ForbiddenError):
    """An administrator has no second factor yet; the browser is redirected to set one up."""

    code = "second_factor_needed"
    title = "请先启用动态口令"


class ForgedRequestError(ForbiddenError):
    """A form lacks the CSRF token of its session."""

    code = "forged_request"
    title = "页面已过期"


def find_user(request: Request, services: ServicesDep) -> SignedIn:
    """Return the signed-in user, also stored for the page header; raises SignInNeededError."""
    token, now = read_cookie(request, services.settings, SESSION_COOKIE), services.clock.now()
    idle = timedelta(minutes=services.settings.session_idle_minutes)
    with session_scope(services.database, read_only=True) as session:
        user = find_signed_in(session, token, now=now, idle=idle) if token else None
    if user is None:
        raise SignInNeededError("请先登录，再继续操作")
    if BACKGROUND_HEADER not in request.headers:
        services.usage.note_session(hash_token(token), now)
    request.state.user, request.state.actor = user, user.actor
    return user


async def read_form(request: Request) -> SubmittedForm:
    """Return the submitted form; an empty one for a GET."""
    return SubmittedForm(await request.form())


def keep_form(request: Request, form: SubmittedForm) -> None:
    """Let a page that refuses the request show what was typed and would be lost."""
    request.state.form = form


def refuse_forgery(
    request: Request,
    user: Annotated[SignedIn, Depends(find_user)],
    form: Annotated[SubmittedForm, Depends(read_form)],
) -> None:
    """Raise ForgedRequestError for a POST that was not sent by a page of this service.

    The form of one that was is kept for the page that may refuse it.
    """
    if request.method in {"GET", "HEAD"}:
        return
    given = form.text(CSRF_FIELD) or request.headers.get(CSRF_HEADER, "")
    if not is_token(given, user.csrf_token):
        raise ForgedRequestError("页面已过期，这次没有保存；请返回上一页，刷新后再提交")
    keep_form(request, form)


def guard_code(user: Annotated[SignedIn, Depends(find_user)]) -> None:
    """Raise CodeNeededError while the session awaits its second factor."""
    if user.awaits_code:
        raise CodeNeededError("请输入动态口令")


def guard_page(
    user: Annotated[SignedIn, Depends(find_user)],
    services: ServicesDep,
    _genuine: Annotated[None, Depends(refuse_forgery)],
    _coded: Annotated[None, Depends(guard_code)],
) -> None:
    """Check the requirements that every page has of its user.

    Raises PasswordChangeNeededError for a one-time password, and SecondFactorNeededError for
    an administrator without a second factor where the settings require one. A person whom
    the identity provider confirmed has neither to do.
    """
    if user.must_change_password:
        raise PasswordChangeNeededError("首次登录请先修改密码")
    is_bare = Role.ADMIN in user.authority.roles and not user.has_second_factor
    if services.settings.admin_totp and is_bare and not user.by_provider:
        raise SecondFactorNeededError("管理员须先启用动态口令")


class Permits:
    """A route's dependency that requires one permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, user: Annotated[SignedIn, Depends(find_user)]) -> None:
        """Raise NotPermittedError unless ``user`` has the permission."""
        require(user.authority, self.permission)


def permits(permission: Permission) -> params.Depends:
    """Return the dependency that requires ``permission``; every page route declares one."""
    return params.Depends(Permits(permission))


def to_sign_in(request: Request, _error: Exception) -> Response:
    """Redirect to the sign-in page, which leads back to the present page."""
    return redirect(request, f"/login?next={quote(_present_path(request), safe='/')}")


def to_password(request: Request, _error: Exception) -> Response:
    """Redirect to the page where the password is changed."""
    return redirect(request, f"/password?next={quote(_present_path(request), safe='/')}")


def to_code(request: Request, _error: Exception) -> Response:
    """Redirect to the page that asks for the second factor."""
    return redirect(request, f"/code?next={quote(_present_path(request), safe='/')}")


def to_account(request: Request, _error: Exception) -> Response:
    """Redirect to the page where the second factor is set up."""
    return redirect(request, "/account")


def redirect(request: Request, path: str) -> Response:
    """Return a redirect of the whole page, also for a request made by htmx."""
    if "HX-Request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, status_code=303)


def _present_path(request: Request) -> str:
    if "HX-Request" in request.headers:
        return _path_of(request.headers.get("HX-Current-URL", ""))
    if request.method not in {"GET", "HEAD"}:
        # The page of the form, where what was typed is put back after the sign-in.
        return _page_above(request, _path_of(request.headers.get("Referer", "")))
    query = f"?{request.url.query}" if request.url.query else ""
    return _without_callers(local_path(request.url.path + query))


def _without_callers(target: str) -> str:
    """Return the address without what it tells of a caller, as that of a screen pop does.

    The page it leads to takes that out of the address and the history; the sign-in page does not.
    """
    path, _, query = target.partition("?")
    kept = "&".join(part for part in query.split("&") if not _is_of_caller(part))
    return f"{path}?{kept}" if kept else path


def _is_of_caller(part: str) -> bool:
    name, _, value = (unquote_plus(word) for word in part.partition("="))
    return name in _CALLER_FIELDS or masked(value) != value


def _page_above(request: Request, path: str) -> str:
    """Return ``path`` if it can be opened, else the nearest path above it that can.

    A refused form is shown under the address it was sent to, which is often no page.
    """
    while path != HOME:
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes):
            return path
        path = path.rpartition("/")[0] or HOME
    return path


def _path_of(address: str) -> str:
    """Return the path of a page's address; that of the home page for a damaged address."""
    try:
        return local_path(urlsplit(address).path)
    except ValueError:
        return HOME


CurrentUser = Annotated[SignedIn, Depends(find_user)]
Submitted = Annotated[SubmittedForm, Depends(read_form)]
