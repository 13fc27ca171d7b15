"""Sign-in by another system, before a real provider that runs in this process."""

import base64
import dataclasses
import hashlib
import time
from collections.abc import Iterator
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from httpx import Response
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from sqlmodel import Session

from qa_service.accounts.users import create_user
from qa_service.clock import FixedClock
from qa_service.server.app import create_app
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

CLIENT = "qa-service"
SECRET = "client secret of the test"


class Provider:
    """An OpenID Connect provider: discovery, token endpoint with PKCE, signing keys."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}, private=True)
        self.claims: dict[str, object] = {"preferred_username": "zuoxi"}
        self.signing_key: RSAKey | OctKey = self.key
        self.algorithm = "RS256"
        self.asked: dict[str, str] = {}
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.describe)
        self.app.get("/keys")(self.keys)
        self.app.post("/token")(self.token)

    def describe(self) -> dict[str, str]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def keys(self) -> dict[str, object]:
        return dict(KeySet([self.key]).as_dict(private=False))

    def sign_in(self, address: str) -> dict[str, str]:
        """What the user's browser brings back after the provider's own page."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked = query
        return {"code": "one-time-code", "state": query["state"]}

    async def token(self, request: Request) -> dict[str, str]:
        form = await request.form()
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        assert request.headers["authorization"] == f"Basic {basic}"
        assert (challenge, form["code"]) == (self.asked["code_challenge"], "one-time-code")
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "sub": "4711",
            "nonce": self.asked["nonce"],
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": "1"}
        token = jwt.encode(header, claims, self.signing_key, algorithms=[self.algorithm])
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = uvicorn.Server(uvicorn.Config(FastAPI(), port=0, log_level="critical"))
    socket = server.config.bind_socket()
    provider = Provider(socket.getsockname()[1])
    server.config.app = provider.app
    thread = Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    yield provider
    server.should_exit = True
    thread.join()


@pytest.fixture
def browser(services: Services, provider: Provider) -> TestClient:
    settings = services.settings.model_copy(
        update={
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "public_url": "http://testserver",
        }
    )
    with session_scope(services.database) as session:
        add(session, services, "zuoxi")
    app = create_app(dataclasses.replace(services, settings=settings))
    return TestClient(app, follow_redirects=False)


def add(session: Session, services: Services, login: str) -> None:
    create_user(
        session,
        login,
        "correct horse battery",
        display_name=login,
        roles=(Role.OPERATOR,),
        now=services.clock.now(),
        must_change_password=False,
    )


def go_and_come_back(browser: TestClient, provider: Provider, **changed: str) -> Response:
    away = browser.get("/oidc", params={"next": "/ledger"})
    assert away.status_code == 303
    back = provider.sign_in(away.headers["location"]) | changed
    return browser.get("/oidc/back", params=back)


class TestSignIn:
    def test_leads_to_the_page_asked_for(self, browser: TestClient, provider: Provider) -> None:
        assert "统一身份认证" in browser.get("/login").text
        answer = go_and_come_back(browser, provider)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ledger")
        assert browser.get("/ledger").status_code == 200
        assert provider.asked["redirect_uri"] == "http://testserver/oidc/back"

    def test_is_not_repeated_with_the_same_address(
        self, browser: TestClient, provider: Provider
    ) -> None:
        go_and_come_back(browser, provider)
        again = browser.get("/oidc/back", params={"code": "x", "state": provider.asked["state"]})
        assert again.status_code == 401

    def test_takes_no_longer_than_ten_minutes(
        self, browser: TestClient, provider: Provider, clock: FixedClock
    ) -> None:
        away = browser.get("/oidc")
        back = provider.sign_in(away.headers["location"])
        clock.instant = clock.instant.replace(minute=11)
        assert browser.get("/oidc/back", params=back).status_code == 401

    @pytest.mark.parametrize(
        "claims",
        [
            {"preferred_username": "nobody"},
            {"preferred_username": None},
            {"iss": "http://evil.example"},
            {"aud": "another-service"},
            {"nonce": "another"},
            {"exp": 1},
        ],
    )
    def test_is_refused_for_another_identity(
        self, browser: TestClient, provider: Provider, claims: dict[str, object]
    ) -> None:
        provider.claims |= claims
        assert go_and_come_back(browser, provider).status_code == 401
        assert browser.get("/ledger").status_code == 303

    def test_is_refused_with_another_state(self, browser: TestClient, provider: Provider) -> None:
        assert go_and_come_back(browser, provider, state="guessed").status_code == 401

    def test_is_refused_when_the_token_is_signed_by_another(
        self, browser: TestClient, provider: Provider
    ) -> None:
        provider.signing_key = RSAKey.generate_key(2048, {"kid": "1"}, private=True)
        assert go_and_come_back(browser, provider).status_code == 401

    def test_is_refused_when_the_public_key_was_used_as_a_secret(
        self, browser: TestClient, provider: Provider
    ) -> None:
        provider.signing_key = OctKey.import_key(provider.key.as_pem(private=False).hex())
        provider.algorithm = "HS256"
        assert go_and_come_back(browser, provider).status_code == 401


class TestWithoutProvider:
    def test_there_is_no_such_page(self, client: TestClient) -> None:
        assert client.get("/oidc").status_code == 404

    def test_that_cannot_be_reached_is_told_on_the_sign_in_page(self, services: Services) -> None:
        settings = services.settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:1"})
        browser = TestClient(
            create_app(dataclasses.replace(services, settings=settings)), follow_redirects=False
        )
        answer = browser.get("/oidc")
        assert "无法连接统一身份认证" in answer.text
