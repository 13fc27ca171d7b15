"""Sign-in through the district's identity provider (统一身份认证) by OpenID Connect."""

import json
import secrets
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.authentication.identity import (
    IdentityTakenError,
    find_by_identity,
    keep_identity,
)
from qa_service.accounts.authentication.sign_in import enter
from qa_service.accounts.authentication.throttle import TooManyAttemptsError, count_address
from qa_service.accounts.models import User
from qa_service.accounts.users import UserNotFoundError, find_active
from qa_service.errors import ConfigurationError, NotFoundError, QAServiceError
from qa_service.integration.oidc import AuthorizationRequest, Identity, Provider
from qa_service.integration.provider_documents import ProviderAwayError, ProviderRefusedError
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.web.accounts.sign_in import enter_browser, sign_in_form
from qa_service.web.kit.access import SESSION_COOKIE
from qa_service.web.kit.cookies import drop_cookie, read_cookie, set_cookie
from qa_service.web.kit.forms import with_wait
from qa_service.web.kit.local_path import local_path
from qa_service.web.kit.visit import address_of

router = APIRouter(prefix="/oidc", include_in_schema=False)

AUTHORIZATION_COOKIE = "qa_oidc"
PURPOSE = "sign-in under way at the identity provider"
WITHIN = timedelta(minutes=10)
STALE = "登录已过期，请重新登录"

STATUS: dict[type[QAServiceError], int] = {
    ProviderAwayError: 503,
    ProviderRefusedError: 401,
    IdentityTakenError: 401,
    UserNotFoundError: 401,
    TooManyAttemptsError: 429,
}
"""Refusals that are shown on the sign-in page, with their status."""


class NoProviderError(NotFoundError):
    """No identity provider is configured."""

    code = "no_provider"
    title = "没有启用统一身份认证"


@router.get("")
def leave(request: Request, services: ServicesDep, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Redirect to the identity provider, with the request's state in an encrypted cookie."""
    target = local_path(next)
    try:
        departure = _provider(services).begin_authorization()
    except ProviderAwayError as error:
        return _refused(request, services, target, error)
    response = RedirectResponse(departure.address, status_code=303)
    set_cookie(
        response,
        services.settings,
        AUTHORIZATION_COOKIE,
        _sealed(services, departure, target),
        seconds=int(WITHIN.total_seconds()),
    )
    return response


@router.get("/back")
def come_back(request: Request, services: ServicesDep, code: str = "", state: str = "") -> Response:
    """Start a session for the user whom the identity provider confirms."""
    target = "/"
    try:
        sealed = read_cookie(request, services.settings, AUTHORIZATION_COOKIE)
        departure, target = _opened(services, sealed)
        if not secrets.compare_digest(state.encode(), departure.state.encode()):
            raise ProviderRefusedError(STALE)
        with session_scope(services.database) as session:
            count_address(session, address_of(request), now=services.clock.now())
        identity = _provider(services).identify(code, departure)
        token = _admitted(request, services, identity)
    except tuple(STATUS) as error:
        return _refused(request, services, target, error)
    response = enter_browser(services, token, target)
    drop_cookie(response, services.settings, AUTHORIZATION_COOKIE)
    return response


def _admitted(request: Request, services: Services, identity: Identity) -> str:
    settings, now = services.settings, services.clock.now()
    with session_scope(services.database) as session:
        # No second factor here: the identity provider has its own authentication policy.
        return enter(
            session,
            _user_of(session, identity, now),
            address=address_of(request),
            hours=settings.session_hours,
            now=now,
            earlier_token=read_cookie(request, settings, SESSION_COOKIE),
            by_provider=True,
        )


def _user_of(session: Session, identity: Identity, now: datetime) -> User:
    """Return the user kept as this person, else the one with the login, kept from now on."""
    known = find_by_identity(session, identity.issuer, identity.subject)
    if known is not None:
        return find_active(session, known.login)
    if not identity.login:
        raise ProviderRefusedError("统一身份认证没有给出已核实的登录名，请联系管理员")
    user = find_active(session, identity.login)
    keep_identity(session, user, identity.issuer, identity.subject, now=now)
    return user


def _provider(services: Services) -> Provider:
    settings = services.settings
    if not settings.oidc_issuer:
        raise NoProviderError("没有启用统一身份认证，请用登录名和密码登录")
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        f"{settings.public_url}/oidc/back",
        services.provider_documents,
        settings.oidc_claim,
    )


def _sealed(services: Services, departure: AuthorizationRequest, target: str) -> str:
    until = (services.clock.now() + WITHIN).isoformat()
    kept = [departure.state, departure.nonce, departure.verifier, target, until]
    return services.cipher.encrypt(json.dumps(kept), context=PURPOSE)


def _opened(services: Services, sealed: str) -> tuple[AuthorizationRequest, str]:
    try:
        plain = services.cipher.decrypt(sealed, context=PURPOSE)
        state, nonce, verifier, target, until = json.loads(plain)
    except (ConfigurationError, ValueError) as error:
        raise ProviderRefusedError(STALE) from error
    if datetime.fromisoformat(until) < services.clock.now():
        raise ProviderRefusedError(STALE)
    return AuthorizationRequest("", state, nonce, verifier), target


def _refused(request: Request, services: Services, target: str, error: QAServiceError) -> Response:
    status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
    page = sign_in_form(request, services, target=target, refusal=error.message, status=status)
    return with_wait(page, error)
