"""The user's own account page: second factor, API keys of their own, signing out everywhere."""

import segno
from fastapi import APIRouter, Depends
from starlette.responses import Response

from qa_service.accounts.api_keys import (
    LONGEST_DAYS,
    InvalidKeyError,
    KeyNameTakenError,
    create_key,
    list_keys,
    revoke_own_key,
)
from qa_service.accounts.authentication.second_factor import (
    WrongCodeError,
    drop_second_factor,
    enrol,
    enrolment_address,
    new_secret,
    open_offer,
    seal_offer,
)
from qa_service.accounts.authentication.sign_in import Attempt, confirm
from qa_service.accounts.authentication.throttle import TooManyAttemptsError
from qa_service.accounts.models import User
from qa_service.accounts.permissions import Permission
from qa_service.accounts.users import SignInRefusedError
from qa_service.vocabulary import Scope
from qa_service.web.accounts.confirming import confirm_password, refuse_attempt
from qa_service.web.accounts.key_form import key_standing, submitted_key
from qa_service.web.kit.access import guard_code, guard_page, permits, refuse_forgery
from qa_service.web.kit.done import Done
from qa_service.web.kit.forms import problems_by_field
from qa_service.web.kit.visit import Page, PageContext

router = APIRouter(
    prefix="/account",
    dependencies=[Depends(refuse_forgery), Depends(guard_code), permits(Permission.OWN_ACCOUNT)],
    include_in_schema=False,
)


STALE = "页面已过期，请重新扫描下面的二维码"
WRONG = "密码不正确，请重新输入"


@router.get("")
def account_page(visit: Page) -> Response:
    """Show the user's own account."""
    return _page(visit)


@router.post("/second-factor")
def set_up(visit: Page) -> Response:
    """Turn on the second factor after the password and a first code are verified."""
    sealed = visit.form.text("sealed")
    secret = open_offer(sealed, visit.user.user_id, visit.services.cipher)
    if secret is None:
        return _page(visit, refusal=STALE)
    try:
        attempt = confirm_password(visit, visit.form.secret("password"), WRONG)
        _enrol(visit, secret, attempt)
    except (SignInRefusedError, TooManyAttemptsError, WrongCodeError) as error:
        return _page(visit, refusal=error.message, secret=secret)
    return visit.lead("/account", Done.SAVED)


@router.post("/second-factor/drop")
def drop(visit: Page) -> Response:
    """Turn off the second factor after the password is verified."""
    try:
        attempt = confirm_password(visit, visit.form.secret("password"), WRONG)
    except (SignInRefusedError, TooManyAttemptsError) as error:
        return _page(visit, refusal=error.message)
    with visit.write() as session:
        user = session.get_one(User, visit.user.user_id)
        drop_second_factor(session, user, actor=visit.actor, now=visit.now)
        confirm(session, attempt)
    return visit.lead("/account", Done.SAVED)


@router.post("/keys", dependencies=[Depends(guard_page)])
def add_key(visit: Page) -> Response:
    """Create a key of the user's own after the password is verified; it is shown once."""
    try:
        attempt = confirm_password(visit, visit.form.secret("password"), WRONG)
        with visit.write() as session:
            confirm(session, attempt)
        key = _created(visit)
    except (SignInRefusedError, TooManyAttemptsError, InvalidKeyError, KeyNameTakenError) as error:
        problems = problems_by_field(error)
        if isinstance(error, KeyNameTakenError):
            problems = {"name": [error.message]}
        return _page(visit, refusal=error.message, problems=problems)
    return _page(visit, new_key=key)


@router.post("/keys/revoke", dependencies=[Depends(guard_page)])
def revoke_key(visit: Page) -> Response:
    """Revoke a key of the user's own, at once."""
    with visit.write() as session:
        revoke_own_key(session, visit.form.text("name"), actor=visit.actor, now=visit.now)
    return visit.lead("/account", Done.REVOKED)


def _enrol(visit: PageContext, secret: str, attempt: Attempt) -> None:
    cipher, code = visit.services.cipher, visit.form.text("code")
    try:
        with visit.write() as session:
            user = session.get_one(User, visit.user.user_id)
            enrol(session, user, secret, code, cipher=cipher, now=visit.now)
            confirm(session, attempt)
    except WrongCodeError:
        refuse_attempt(visit, attempt, "动态口令")
        raise


def _created(visit: PageContext) -> str:
    """Return the new key that the form asks for."""
    asked = submitted_key(visit.form)
    with visit.write() as session:
        return create_key(
            session,
            asked.name,
            asked.scopes,
            user=visit.user.login,
            days=asked.days,
            actor=visit.actor,
            now=visit.now,
        )


def _page(
    visit: PageContext,
    *,
    refusal: str | None = None,
    problems: dict[str, list[str]] | None = None,
    secret: str | None = None,
    new_key: str = "",
) -> Response:
    """Show the account; ``secret`` is the offered one, confirmed again after a refusal."""
    with visit.read() as session:
        keys = list_keys(session, user_id=visit.user.user_id)
    context: dict[str, object] = {
        "refusal": refusal,
        "problems": problems or {},
        "typed": visit.form if refusal else None,
        "secret": None,
        "new_key": new_key,
        "keys": [(key, key_standing(key, visit.now)) for key in keys],
        "scopes": list(Scope),
        "longest_days": LONGEST_DAYS,
    }
    if not visit.user.has_second_factor:
        context |= _enrolment(visit, secret or new_secret())
    return visit.show("accounts/account.html", context, status=422 if refusal else 200)


def _enrolment(visit: PageContext, secret: str) -> dict[str, object]:
    """Return what the page needs to set up the second factor."""
    code = segno.make(enrolment_address(secret, visit.user.login), error="m")
    return {
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        # The secret travels encrypted in the form: it is stored only once confirmed.
        "sealed": seal_offer(secret, visit.user.user_id, visit.services.cipher),
        "picture": code.svg_data_uri(scale=4),
    }
