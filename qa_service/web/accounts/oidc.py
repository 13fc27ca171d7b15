"""Sign-in through the district's identity provider (统一身份认证) by OpenID Connect."""

import json
import secrets
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from qa_service.accounts.authentication.sign_in import enter
from qa_service.accounts.users import UserNotFoundError, find_active
from qa_service.errors import ConfigurationError, NotFoundError, QAServiceError
from qa_service.integration.oidc import (
    AuthorizationRequest,
    Provider,
    ProviderAwayError,
    ProviderRefusedError,
)
from qa_service.request_scope import ServicesDep
from qa_service.services import Services
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.web.accounts.sign_in import enter_browser, sign_in_form
from qa_service.web.kit.access import SESSION_COOKIE
from qa_service.web.kit.local_path import local_path
from qa_service.web.kit.visit import address_of

router = APIRouter(prefix="/oidc", include_in_schema=False)

AUTHORIZATION_COOKIE = "qa_oidc"
WITHIN = timedelta(minutes=10)

REFUSALS = (ProviderAwayError, ProviderRefusedError, UserNotFoundError)


class NoProviderError(NotFoundError):
    """No identity provider is configured."""

    code = "no_provider"
    title = "没有启用统一身份认证"


@router.get("")
def leave(request: Request, services: ServicesDep, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Redirect to the identity provider, with the request's state in an encrypted cookie."""
    target = local_path(next)
    try:
        departure = _provider(services.settings).begin_authorization()
    except ProviderAwayError as error:
        return _refused(request, services, target, error)
    response = RedirectResponse(departure.address, status_code=303)
    response.set_cookie(
        AUTHORIZATION_COOKIE,
        _sealed(services, departure, target),
        max_age=int(WITHIN.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=services.settings.secure_cookies,
    )
    return response


@router.get("/back")
def come_back(request: Request, services: ServicesDep, code: str = "", state: str = "") -> Response:
    """Start a session for the user whose login the identity provider confirms."""
    target = "/"
    try:
        departure, target = _opened(services, request.cookies.get(AUTHORIZATION_COOKIE, ""))
        if not secrets.compare_digest(state.encode(), departure.state.encode()):
            raise ProviderRefusedError("登录已过期，请重新登录")
        login = _provider(services.settings).identify(
            code, departure, claim=services.settings.oidc_claim
        )
        token = _admitted(request, services, login)
    except REFUSALS as error:
        return _refused(request, services, target, error)
    response = enter_browser(services, token, target)
    response.delete_cookie(AUTHORIZATION_COOKIE)
    return response


def _admitted(request: Request, services: Services, login: str) -> str:
    with session_scope(services.database) as session:
        user = find_active(session, login)
        # No second factor here: the identity provider has its own authentication policy.
        return enter(
            session,
            user,
            address=address_of(request),
            hours=services.settings.session_hours,
            now=services.clock.now(),
            earlier_token=request.cookies.get(SESSION_COOKIE, ""),
        )


def _provider(settings: Settings) -> Provider:
    if not settings.oidc_issuer:
        raise NoProviderError("没有启用统一身份认证，请用登录名和密码登录")
    back = f"{settings.public_url}/oidc/back"
    return Provider(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, back
    )


def _sealed(services: Services, departure: AuthorizationRequest, target: str) -> str:
    until = (services.clock.now() + WITHIN).isoformat()
    kept = [departure.state, departure.nonce, departure.verifier, target, until]
    return services.cipher.encrypt(json.dumps(kept))


def _opened(services: Services, sealed: str) -> tuple[AuthorizationRequest, str]:
    try:
        state, nonce, verifier, target, until = json.loads(services.cipher.decrypt(sealed))
    except (ConfigurationError, ValueError) as error:
        raise ProviderRefusedError("登录已过期，请重新登录") from error
    if datetime.fromisoformat(until) < services.clock.now():
        raise ProviderRefusedError("登录已过期，请重新登录")
    return AuthorizationRequest("", state, nonce, verifier), target


def _refused(request: Request, services: Services, target: str, error: QAServiceError) -> Response:
    return sign_in_form(request, services, target=target, refusal=error.message)
