"""Sign in, sign out, and change the password."""

import secrets

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.models import User
from qa_service.accounts.sessions import close_user_session, open_user_session
from qa_service.accounts.users import (
    SignInRefusedError,
    WeakPasswordError,
    authenticate,
    change_password,
)
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.parts import Parts
from qa_service.web.access import (
    CSRF_FIELD,
    SESSION_COOKIE,
    PartsOf,
    Submitted,
    Writing,
    refuse_forgery,
)
from qa_service.web.local_path import local_path
from qa_service.web.rendering import render
from qa_service.web.visit import Visit, Visiting

SIGN_IN_COOKIE = "qa_sign_in"
"""Holds the token the sign-in form must repeat: nobody has a session yet (double submit)."""

STALE = "页面已过期，请重新输入后登录"

router = APIRouter(include_in_schema=False)
account_router = APIRouter(dependencies=[Depends(refuse_forgery)], include_in_schema=False)


@router.get("/login")
def sign_in_page(request: Request, parts: PartsOf, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """The sign-in form."""
    return _sign_in_form(request, parts, target=local_path(next))


@router.post("/login")
def sign_in(request: Request, parts: PartsOf, form: Submitted, session: Writing) -> Response:
    """A new session under a new token, and the way to where the browser wanted to go."""
    target, login = local_path(form.text("next")), form.text("login")
    if not _is_own_form(request, form.text(CSRF_FIELD)):
        return _sign_in_form(request, parts, target=target, login=login, refusal=STALE)
    try:
        user = authenticate(session, login, form.secret("password"))
    except SignInRefusedError as error:
        return _sign_in_form(request, parts, target=target, login=login, refusal=error.message)
    hours, now = parts.settings.session_hours, parts.clock.now()
    close_user_session(session, request.cookies.get(SESSION_COOKIE, ""))
    token = open_user_session(session, user, hours=hours, now=now)
    return _enter(parts, token, target)


@account_router.post("/logout")
def sign_out(visit: Visiting, session: Writing) -> Response:
    """The session is gone on both sides."""
    close_user_session(session, visit.request.cookies.get(SESSION_COOKIE, ""))
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(SESSION_COOKIE)
    return response


@account_router.get("/password")
def password_page(visit: Visiting, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """The form to change the password."""
    return _password_form(visit, target=local_path(next))


@account_router.post("/password")
def set_password(visit: Visiting, session: Writing) -> Response:
    """The password is changed and the session goes on under a new token."""
    target = local_path(visit.form.text("next"))
    user = session.get_one(User, visit.user.user_id)
    try:
        _require_repeated(visit)
        old, new = visit.form.secret("old_password"), visit.form.secret("new_password")
        change_password(session, user, old=old, new=new)
    except (SignInRefusedError, WeakPasswordError) as error:
        return _password_form(visit, target=target, refusal=error)
    close_user_session(session, visit.request.cookies[SESSION_COOKIE])
    hours = visit.parts.settings.session_hours
    token = open_user_session(session, user, hours=hours, now=visit.now)
    return _enter(visit.parts, token, target)


def _is_own_form(request: Request, given: str) -> bool:
    expected = request.cookies.get(SIGN_IN_COOKIE, "")
    return bool(expected) and secrets.compare_digest(given.encode(), expected.encode())


def _sign_in_form(
    request: Request, parts: Parts, *, target: str, login: str = "", refusal: str | None = None
) -> Response:
    # Two tabs share the cookie, so a token once given is given again.
    token = request.cookies.get(SIGN_IN_COOKIE) or secrets.token_urlsafe(32)
    context = {"target": target, "login": login, "refusal": refusal, "token": token}
    response = render(request, "account/login.html", context, status=401 if refusal else 200)
    _set_cookie(response, parts, SIGN_IN_COOKIE, token)
    return response


def _password_form(visit: Visit, *, target: str, refusal: QAServiceError | None = None) -> Response:
    problems = {problem.field: problem.message for problem in refusal.problems} if refusal else {}
    if refusal and not problems:
        problems = {"old_password": refusal.message}
    status = 422 if refusal else 200
    context: dict[str, object] = {"target": target, "problems": problems}
    return visit.show("account/password.html", context, status=status)


def _require_repeated(visit: Visit) -> None:
    if visit.form.secret("new_password") != visit.form.secret("repeated_password"):
        problem = FieldProblem("repeated_password", "两次输入的新密码不一致，请重新输入")
        raise WeakPasswordError(problem.message, problems=(problem,))


def _enter(parts: Parts, token: str, target: str) -> Response:
    response = RedirectResponse(target, status_code=303)
    _set_cookie(response, parts, SESSION_COOKIE, token)
    return response


def _set_cookie(response: Response, parts: Parts, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=parts.settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=parts.settings.secure_cookies,
    )
