"""Pages to sign in, enter the second factor, change the password and sign out."""

import secrets

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.audit import record
from qa_service.accounts.authentication.passwords import WeakPasswordError
from qa_service.accounts.authentication.second_factor import WrongCodeError, check_code
from qa_service.accounts.authentication.sessions import close_user_session
from qa_service.accounts.authentication.sign_in import Attempt, admit, begin_attempt, enter, refuse
from qa_service.accounts.authentication.throttle import TooManyAttemptsError, count_attempt
from qa_service.accounts.models import User
from qa_service.accounts.permissions import Permission
from qa_service.accounts.users import SignInRefusedError, change_password, end_sessions
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction
from qa_service.web.kit.access import CSRF_FIELD, SESSION_COOKIE, Submitted, permits, refuse_forgery
from qa_service.web.kit.forms import SubmittedForm
from qa_service.web.kit.local_path import local_path
from qa_service.web.kit.rendering import render
from qa_service.web.kit.visit import Page, PageContext, address_of

SIGN_IN_COOKIE = "qa_sign_in"
"""CSRF token of the sign-in form (double-submit cookie), as no session exists yet."""

STALE = "页面已过期，请重新输入后登录"
WRONG = "登录名或密码不正确，请重新输入"

router = APIRouter(include_in_schema=False)
account_router = APIRouter(dependencies=[Depends(refuse_forgery)], include_in_schema=False)

OWN = [permits(Permission.OWN_ACCOUNT)]


@router.get("/login")
def sign_in_page(request: Request, services: ServicesDep, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the sign-in form."""
    return sign_in_form(request, services, target=local_path(next))


@router.post("/login")
def sign_in(request: Request, services: ServicesDep, form: Submitted) -> Response:
    """Start a session under a new token and redirect to the page first asked for."""
    target, login = local_path(form.text("next")), form.text("login")[:64]
    if not _is_own_form(request, form.text(CSRF_FIELD)):
        return sign_in_form(request, services, target=target, login=login, refusal=STALE)
    try:
        token = _try(request, services, form, login)
    except TooManyAttemptsError as error:
        shown = error.message
        return sign_in_form(
            request, services, target=target, login=login, refusal=shown, status=429
        )
    except SignInRefusedError as error:
        return sign_in_form(request, services, target=target, login=login, refusal=error.message)
    return enter_browser(services, token, target)


@account_router.get("/code", dependencies=OWN)
def code_page(visit: Page, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the form for the code of the authenticator app."""
    return visit.show("accounts/code.html", {"target": local_path(next), "refusal": None})


@account_router.post("/code", dependencies=OWN)
def show_code(visit: Page) -> Response:
    """Verify the code and replace the session by a full one under a new token."""
    target, database = local_path(visit.form.text("next")), visit.services.database
    address = address_of(visit.request)
    try:
        with session_scope(database) as session:
            count_attempt(session, visit.user.login, address, now=visit.now)
        with session_scope(database) as session:
            user, cipher = session.get_one(User, visit.user.user_id), visit.services.cipher
            if visit.user.awaits_code:
                check_code(session, user, visit.form.text("code"), cipher=cipher, now=visit.now)
            token = enter(
                session,
                user,
                address=address,
                hours=visit.services.settings.session_hours,
                now=visit.now,
                earlier_token=visit.request.cookies.get(SESSION_COOKIE, ""),
            )
    except (TooManyAttemptsError, WrongCodeError) as error:
        status = 429 if isinstance(error, TooManyAttemptsError) else 422
        context: dict[str, object] = {"target": target, "refusal": error.message}
        return visit.show("accounts/code.html", context, status=status)
    return enter_browser(visit.services, token, target)


@account_router.post("/logout", dependencies=OWN)
def sign_out(visit: Page) -> Response:
    """End the session and delete its cookie; ``everywhere`` ends the user's other sessions too."""
    with visit.write() as session:
        if visit.form.text("everywhere") == "yes":
            end_sessions(session, session.get_one(User, visit.user.user_id))
        close_user_session(session, visit.request.cookies.get(SESSION_COOKIE, ""))
        record(session, AuditAction.SIGN_OUT, actor=visit.actor, now=visit.now)
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(SESSION_COOKIE)
    return response


@account_router.get("/password", dependencies=OWN)
def password_page(visit: Page, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the form to change the password."""
    return _password_form(visit, target=local_path(next))


@account_router.post("/password", dependencies=OWN)
def set_password(visit: Page) -> Response:
    """Change the password; all sessions end, and this browser gets a new one."""
    target = local_path(visit.form.text("next"))
    old, new = visit.form.secret("old_password"), visit.form.secret("new_password")
    try:
        _require_repeated(visit)
        with visit.write() as session:
            user = session.get_one(User, visit.user.user_id)
            change_password(session, user, old=old, new=new, now=visit.now)
            token = enter(
                session,
                user,
                address=address_of(visit.request),
                hours=visit.services.settings.session_hours,
                now=visit.now,
                awaits_code=visit.user.awaits_code,
            )
    except (SignInRefusedError, WeakPasswordError) as error:
        return _password_form(visit, target=target, refusal=error)
    return enter_browser(visit.services, token, target)


def enter_browser(services: Services, token: str, target: str) -> Response:
    """Return a redirect to ``target`` that sets the session cookie."""
    response = RedirectResponse(target, status_code=303)
    _set_cookie(response, services, SESSION_COOKIE, token)
    return response


def sign_in_form(
    request: Request,
    services: Services,
    *,
    target: str,
    login: str = "",
    refusal: str | None = None,
    status: int = 401,
) -> Response:
    """Return the sign-in form with the error message and the login as typed.

    The status is 200 without ``refusal``, else ``status``.
    """
    # Reuse the token: browser tabs share the cookie, so a new one would invalidate other tabs.
    token = request.cookies.get(SIGN_IN_COOKIE) or secrets.token_urlsafe(32)
    context = {
        "target": target,
        "login": login,
        "refusal": refusal,
        "token": token,
        "offers_oidc": bool(services.settings.oidc_issuer),
    }
    response = render(request, "accounts/login.html", context, status=status if refusal else 200)
    _set_cookie(response, services, SIGN_IN_COOKIE, token)
    return response


def _try(request: Request, services: Services, form: SubmittedForm, login: str) -> str:
    """Return the token of the new session; no transaction is open while argon2 runs.

    Raises SignInRefusedError, and TooManyAttemptsError above the rate limit.
    """
    with session_scope(services.database) as session:
        attempt = begin_attempt(session, login, address_of(request), now=services.clock.now())
    password = form.secret("password")
    if not attempt.is_right(password):
        _write_down(services, attempt)
        raise SignInRefusedError(WRONG)
    with session_scope(services.database) as session:
        return admit(
            session,
            attempt,
            password,
            hours=services.settings.session_hours,
            earlier_token=request.cookies.get(SESSION_COOKIE, ""),
        )


def _write_down(services: Services, attempt: Attempt) -> None:
    with session_scope(services.database) as session:
        refuse(session, attempt)


def _is_own_form(request: Request, given: str) -> bool:
    expected = request.cookies.get(SIGN_IN_COOKIE, "")
    return bool(expected) and secrets.compare_digest(given.encode(), expected.encode())


def _password_form(
    visit: PageContext, *, target: str, refusal: QAServiceError | None = None
) -> Response:
    problems = {problem.field: problem.message for problem in refusal.problems} if refusal else {}
    if refusal and not problems:
        problems = {"old_password": refusal.message}
    status = 422 if refusal else 200
    context: dict[str, object] = {"target": target, "problems": problems}
    return visit.show("accounts/password.html", context, status=status)


def _require_repeated(visit: PageContext) -> None:
    if visit.form.secret("new_password") != visit.form.secret("repeated_password"):
        problem = FieldProblem("repeated_password", "两次输入的新密码不一致，请重新输入")
        raise WeakPasswordError(problem.message, problems=(problem,))


def _set_cookie(response: Response, services: Services, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=services.settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=services.settings.secure_cookies,
    )
