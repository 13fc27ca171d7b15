"""Single sign-on by OpenID Connect: authorisation code flow with PKCE (RFC 7636)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from qa_service.integration.provider_documents import (
    KEPT_SECONDS,
    NEWEST_SECONDS,
    Document,
    ProviderAwayError,
    ProviderDocuments,
    ProviderRefusedError,
)

LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Accepted signature algorithms: asymmetric ones only, whose public key cannot sign."""
VERIFIED_BY = {"email": "email_verified", "phone_number": "phone_number_verified"}
"""Claims that a person may enter at the provider unproven, with the claim that it was proven."""
LONGEST_SUBJECT = 255
"""Characters of a subject (OpenID Connect Core 2)."""

NOT_PROVEN = "统一身份认证未通过，请重新登录"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A sign-in in progress; its secrets are checked when the browser returns."""

    address: str
    state: str
    nonce: str
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """A person at the identity provider; ``login`` is the value of the claim asked for.

    ``login`` is empty if the provider does not state the claim or has not verified it.
    """

    issuer: str
    subject: str
    login: str


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect identity provider and this service's registration with it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    documents: ProviderDocuments
    claim: str

    def begin_authorization(self) -> AuthorizationRequest:
        """Begin a sign-in; return the address for the browser and the secrets to be stored.

        Raises ProviderAwayError.
        """
        state, nonce, verifier = generate_token(32), generate_token(32), generate_token(64)
        address = prepare_grant_uri(
            _text(self._discovery_document(), "authorization_endpoint"),
            self.client_id,
            "code",
            redirect_uri=self.redirect_uri,
            scope=self._scope(),
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return AuthorizationRequest(address, state, nonce, verifier)

    def identify(self, code: str, request: AuthorizationRequest) -> Identity:
        """Exchange ``code`` for the person who signed in.

        Raises:
            ProviderRefusedError: code or token is not valid for this service and this request.
            ProviderAwayError: the provider cannot be reached.

        """
        document = self._discovery_document()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": request.verifier,
        }
        answer = self.documents.exchange(
            _text(document, "token_endpoint"),
            form,
            client_id=self.client_id,
            client_secret=self.client_secret,
        )
        claims = self._claims(document, answer.get("id_token"), request)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT:
            raise ProviderRefusedError(NOT_PROVEN)
        return Identity(self.issuer, subject, _login(claims, self.claim))

    def _claims(
        self, document: Document, token: object, request: AuthorizationRequest
    ) -> Mapping[str, Any]:
        """Return the verified claims of the ID token; raises ProviderRefusedError."""
        if not isinstance(token, str):
            raise ProviderRefusedError(NOT_PROVEN)
        try:
            claims = self._decoded(document, token)
            rules = jwt.JWTClaimsRegistry(
                leeway=LEEWAY_SECONDS,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client_id},
                exp={"essential": True},
                nonce={"essential": True},
            )
            rules.validate(dict(claims))
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderRefusedError(NOT_PROVEN) from error
        nonce = str(claims.get("nonce"))
        is_answer = secrets.compare_digest(nonce.encode(), request.nonce.encode())
        if not is_answer or not self._is_for_this_service(claims):
            raise ProviderRefusedError(NOT_PROVEN)
        return claims

    def _decoded(self, document: Document, token: str) -> Mapping[str, Any]:
        address = _text(document, "jwks_uri")
        try:
            return _decode(token, self.documents.get(address))
        except (JoseError, KeyError, TypeError, ValueError):
            # The provider may have begun to sign with another key.
            return _decode(token, self.documents.get(address, at_most=NEWEST_SECONDS))

    def _is_for_this_service(self, claims: Mapping[str, Any]) -> bool:
        """Return whether the token was issued to this service (OpenID Connect Core 3.1.3.7)."""
        audience = claims.get("aud")
        is_shared = isinstance(audience, list) and len(audience) > 1
        issued_to = claims.get("azp", None if is_shared else self.client_id)
        return bool(issued_to == self.client_id)

    def _scope(self) -> str:
        further = {"email": " email", "phone_number": " phone"}
        return "openid profile" + further.get(self.claim, "")

    def _discovery_document(self) -> Document:
        """Return the provider's discovery document; raises ProviderAwayError."""
        address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = self.documents.get(address, at_most=KEPT_SECONDS)
        if document.get("issuer") != self.issuer:
            raise ProviderAwayError("统一身份认证的地址与其自述不符，请联系管理员")
        return document


def _decode(token: str, keys: Document) -> Mapping[str, Any]:
    key_set = KeySet.import_key_set({"keys": keys["keys"]})
    return jwt.decode(token, key_set, algorithms=ALGORITHMS).claims


def _login(claims: Mapping[str, Any], claim: str) -> str:
    """Return the claim's value; empty if it is no text, or one that must be verified and is not."""
    value, proof = claims.get(claim), VERIFIED_BY.get(claim)
    if not isinstance(value, str) or (proof is not None and claims.get(proof) is not True):
        return ""
    return value


def _text(document: Document, name: str) -> str:
    """Return a text of the discovery document; raises ProviderAwayError if it has none."""
    value = document.get(name)
    if not isinstance(value, str):
        raise ProviderAwayError("统一身份认证的自述不完整，请联系管理员")
    return value
