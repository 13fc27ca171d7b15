"""Pages to sign in, enter the second factor, change the password and sign out."""

import secrets

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.audit import record
from qa_service.accounts.authentication.passwords import (
    WeakPasswordError,
    check_new_password,
    hash_password,
)
from qa_service.accounts.authentication.second_factor import WrongCodeError, check_code
from qa_service.accounts.authentication.sessions import close_user_session
from qa_service.accounts.authentication.sign_in import Attempt, admit, begin_attempt, enter, refuse
from qa_service.accounts.authentication.throttle import TooManyAttemptsError
from qa_service.accounts.models import User
from qa_service.accounts.permissions import Permission
from qa_service.accounts.users import SignInRefusedError, change_password, end_sessions
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction
from qa_service.web.accounts.confirming import (
    confirm_password,
    count_own_attempt,
    refuse_attempt,
)
from qa_service.web.kit.access import (
    CSRF_FIELD,
    SESSION_COOKIE,
    Submitted,
    guard_code,
    permits,
    refuse_forgery,
)
from qa_service.web.kit.cookies import drop_cookie, read_cookie, set_cookie
from qa_service.web.kit.done import Done, note
from qa_service.web.kit.forms import SubmittedForm, with_wait
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
CODED = [Depends(guard_code), *OWN]


@router.get("/login")
def sign_in_page(request: Request, services: ServicesDep, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the sign-in form."""
    return sign_in_form(request, services, target=local_path(next))


@router.post("/login")
def sign_in(request: Request, services: ServicesDep, form: Submitted) -> Response:
    """Start a session under a new token and redirect to the page first asked for."""
    target, login = local_path(form.text("next")), form.text("login")
    if not _is_own_form(request, services.settings, form.text(CSRF_FIELD)):
        return sign_in_form(request, services, target=target, login=login, refusal=STALE)
    try:
        token = _try(request, services, form, login)
    except TooManyAttemptsError as error:
        shown = error.message
        page = sign_in_form(
            request, services, target=target, login=login, refusal=shown, status=429
        )
        return with_wait(page, error)
    except SignInRefusedError as error:
        return sign_in_form(request, services, target=target, login=login, refusal=error.message)
    return enter_browser(services, token, target)


@account_router.get("/code", dependencies=OWN)
def code_page(visit: Page, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the form for the code of the authenticator app."""
    if not visit.user.awaits_code:
        return RedirectResponse(local_path(next), status_code=303)
    return visit.show("accounts/code.html", {"target": local_path(next), "refusal": None})


@account_router.post("/code", dependencies=OWN)
def show_code(visit: Page) -> Response:
    """Verify the code and replace the session by a full one under a new token.

    A session that awaits no code goes on as it is: nothing was proven that would renew it.
    """
    target = local_path(visit.form.text("next"))
    if not visit.user.awaits_code:
        return RedirectResponse(target, status_code=303)
    try:
        token = _try_code(visit)
    except (TooManyAttemptsError, WrongCodeError) as error:
        status = 429 if isinstance(error, TooManyAttemptsError) else 422
        context: dict[str, object] = {"target": target, "refusal": error.message}
        return with_wait(visit.show("accounts/code.html", context, status=status), error)
    return enter_browser(visit.services, token, target)


@account_router.post("/logout", dependencies=OWN)
def sign_out(visit: Page) -> Response:
    """End the session and delete its cookie; ``everywhere`` ends the user's other sessions too."""
    settings, is_everywhere = visit.services.settings, visit.form.text("everywhere") == "yes"
    if is_everywhere:
        guard_code(visit.user)
    with visit.write() as session:
        if is_everywhere:
            end_sessions(session, session.get_one(User, visit.user.user_id))
        close_user_session(session, read_cookie(visit.request, settings, SESSION_COOKIE))
        record(session, AuditAction.SIGN_OUT, actor=visit.actor, now=visit.now)
    response = RedirectResponse("/login", status_code=303)
    if is_everywhere:
        note(response, settings, Done.SIGNED_OUT)
    drop_cookie(response, settings, SESSION_COOKIE)
    return response


@account_router.get("/password", dependencies=CODED)
def password_page(visit: Page, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Show the form to change the password."""
    return _password_form(visit, target=local_path(next))


@account_router.post("/password", dependencies=CODED)
def set_password(visit: Page) -> Response:
    """Change the password; all sessions end, and this browser gets a new one."""
    target = local_path(visit.form.text("next"))
    try:
        token = _change_password(visit)
    except (SignInRefusedError, TooManyAttemptsError, WeakPasswordError) as error:
        return _password_form(visit, target=target, refusal=error)
    response = enter_browser(visit.services, token, target)
    note(response, visit.services.settings, Done.PASSWORD)
    return response


def enter_browser(services: Services, token: str, target: str) -> Response:
    """Return a redirect to ``target`` that sets the session cookie."""
    response = RedirectResponse(target, status_code=303)
    _set_cookie(response, services.settings, SESSION_COOKIE, token)
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
    settings = services.settings
    token = read_cookie(request, settings, SIGN_IN_COOKIE) or secrets.token_urlsafe(32)
    context = {
        "target": target,
        "login": login,
        "refusal": refusal,
        "token": token,
        "offers_oidc": bool(settings.oidc_issuer),
    }
    response = render(request, "accounts/login.html", context, status=status if refusal else 200)
    _set_cookie(response, settings, SIGN_IN_COOKIE, token)
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
    renewed_hash = attempt.renewed_hash(password)
    with session_scope(services.database) as session:
        return admit(
            session,
            attempt,
            hours=services.settings.session_hours,
            renewed_hash=renewed_hash,
            earlier_token=read_cookie(request, services.settings, SESSION_COOKIE),
        )


def _try_code(visit: PageContext) -> str:
    """Return the token of the full session; raises WrongCodeError or TooManyAttemptsError."""
    attempt, settings = count_own_attempt(visit), visit.services.settings
    code, cipher = visit.form.text("code"), visit.services.cipher
    try:
        with visit.write() as session:
            user = session.get_one(User, visit.user.user_id)
            check_code(session, user, code, cipher=cipher, now=visit.now)
            return enter(
                session,
                user,
                address=address_of(visit.request),
                hours=settings.session_hours,
                now=visit.now,
                earlier_token=read_cookie(visit.request, settings, SESSION_COOKIE),
            )
    except WrongCodeError:
        refuse_attempt(visit, attempt, "动态口令")
        raise


def _change_password(visit: PageContext) -> str:
    """Return the token of the session under the new password; argon2 runs in no transaction."""
    old, new = visit.form.secret("old_password"), visit.form.secret("new_password")
    _check_new(visit, old, new)
    attempt = confirm_password(visit, old, "原密码不正确，请重新输入")
    new_hash = hash_password(new)
    with visit.write() as session:
        user = session.get_one(User, visit.user.user_id)
        change_password(session, user, new_hash, seen_hash=attempt.password_hash, now=visit.now)
        return enter(
            session,
            user,
            address=address_of(visit.request),
            hours=visit.services.settings.session_hours,
            now=visit.now,
        )


def _write_down(services: Services, attempt: Attempt) -> None:
    with session_scope(services.database) as session:
        refuse(session, attempt)


def _is_own_form(request: Request, settings: Settings, given: str) -> bool:
    # A host beside this one may set a cookie for both, but not this header of the browser.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    expected = read_cookie(request, settings, SIGN_IN_COOKIE)
    return bool(expected) and secrets.compare_digest(given.encode(), expected.encode())


def _password_form(
    visit: PageContext, *, target: str, refusal: QAServiceError | None = None
) -> Response:
    problems = {problem.field: problem.message for problem in refusal.problems} if refusal else {}
    if refusal and not problems:
        problems = {"old_password": refusal.message}
    status = 429 if isinstance(refusal, TooManyAttemptsError) else 422 if refusal else 200
    context: dict[str, object] = {"target": target, "problems": problems}
    return with_wait(visit.show("accounts/password.html", context, status=status), refusal)


def _check_new(visit: PageContext, old: str, new: str) -> None:
    """Raise WeakPasswordError naming every fault of the new password and of its repetition."""
    problems: tuple[FieldProblem, ...] = ()
    try:
        check_new_password(old, new, about=(visit.user.login, visit.user.display_name))
    except WeakPasswordError as error:
        problems = error.problems
    if new != visit.form.secret("repeated_password"):
        problems += (FieldProblem("repeated_password", "两次输入的新密码不一致，请重新输入"),)
    if problems:
        raise WeakPasswordError(problems[0].message, problems=problems)


def _set_cookie(response: Response, settings: Settings, name: str, value: str) -> None:
    set_cookie(response, settings, name, value, seconds=settings.session_hours * 3600)
