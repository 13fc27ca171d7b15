"""Single sign-on by OpenID Connect: authorisation code flow with PKCE (RFC 7636)."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2 import OAuth2Error
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from qa_service.errors import UnauthenticatedError, UnavailableError

TIMEOUT_SECONDS = 10.0
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Accepted signature algorithms: asymmetric ones only, whose public key cannot sign."""


class ProviderAwayError(UnavailableError):
    """The identity provider cannot be reached or does not speak OpenID Connect."""

    code = "provider_away"
    title = "统一身份认证不可用"


class ProviderRefusedError(UnauthenticatedError):
    """The provider's answer does not prove an identity."""

    code = "provider_refused"
    title = "统一身份认证未通过"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A sign-in in progress; its secrets are checked when the browser returns."""

    address: str
    state: str
    nonce: str
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect identity provider and this service's registration with it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str

    def begin_authorization(self) -> AuthorizationRequest:
        """Begin a sign-in; return the address for the browser and the secrets to be stored.

        Raises ProviderAwayError.
        """
        nonce, verifier = generate_token(32), generate_token(64)
        with self._client() as client:
            address, state = client.create_authorization_url(
                self._discovery_document()["authorization_endpoint"],
                nonce=nonce,
                code_verifier=verifier,
            )
        return AuthorizationRequest(address, state, nonce, verifier)

    def identify(self, code: str, request: AuthorizationRequest, *, claim: str) -> str:
        """Exchange ``code`` for the value of ``claim`` about the person who signed in.

        The value is empty if the provider does not state the claim.

        Raises:
            ProviderRefusedError: code or token is not valid for this service and this request.
            ProviderAwayError: the provider cannot be reached.

        """
        document = self._discovery_document()
        try:
            with self._client() as client:
                answer = client.fetch_token(
                    document["token_endpoint"], code=code, code_verifier=request.verifier
                )
            keys = KeySet.import_key_set({"keys": _get_json(document["jwks_uri"])["keys"]})
            token = jwt.decode(answer["id_token"], keys, algorithms=ALGORITHMS)
            rules = jwt.JWTClaimsRegistry(
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                nonce={"essential": True, "value": request.nonce},
            )
            rules.validate(token.claims)
        except httpx.HTTPError as error:
            raise ProviderAwayError("无法连接统一身份认证，请稍后再试") from error
        except (OAuth2Error, JoseError, KeyError, ValueError) as error:
            raise ProviderRefusedError("统一身份认证未通过，请重新登录") from error
        return str(token.claims.get(claim, ""))

    def _client(self) -> Any:  # noqa: ANN401 - authlib's client has no types
        """Return an OAuth 2 client with this service's registration."""
        return OAuth2Client(
            self.client_id,
            self.client_secret,
            redirect_uri=self.redirect_uri,
            scope="openid profile",
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
        )

    def _discovery_document(self) -> dict[str, Any]:
        """Return the provider's discovery document; raises ProviderAwayError."""
        document = _get_json(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if document.get("issuer") != self.issuer:
            raise ProviderAwayError("统一身份认证的地址与其自述不符，请联系管理员")
        return document


def _get_json(address: str) -> dict[str, Any]:
    """Return the JSON object at ``address``; raises ProviderAwayError."""
    try:
        answer = httpx.get(address, timeout=TIMEOUT_SECONDS).raise_for_status()
        found: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderAwayError("无法连接统一身份认证，请稍后再试") from error
    return found
