"""Sign-in by another system, before a real provider that runs in this process."""

import base64
import dataclasses
import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from httpx import Response
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from sqlmodel import Session, select
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from qa_service.accounts.models import AuditEvent, User
from qa_service.accounts.users import create_user
from qa_service.clock import FixedClock
from qa_service.integration import provider_documents
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

CLIENT = "qa-service"
SECRET = "client secret of the test"


def drip() -> Iterator[bytes]:
    """An answer that never ends."""
    while True:
        yield b" "
        time.sleep(0.05)


def break_off() -> Iterator[bytes]:
    yield b"{"
    raise OSError("gone")


TROUBLES: dict[str, Callable[[], Any]] = {
    "error": lambda: JSONResponse({"error": "invalid_grant"}, 400),
    "error without a status": lambda: JSONResponse({"error": "invalid_grant"}),
    "refused client": lambda: JSONResponse({"error": "invalid_client"}, 401),
    "no token": lambda: JSONResponse({"access_token": "x"}),
    "no text for a token": lambda: JSONResponse({"id_token": ["x"]}),
    "damaged token": lambda: JSONResponse({"id_token": "a.b.c"}),
    "a list": lambda: JSONResponse(["x"]),
    "status 500": lambda: JSONResponse({}, 500),
    "status 503": lambda: PlainTextResponse("away", 503),
    "a page": lambda: PlainTextResponse("<html>"),
    "broken off": lambda: StreamingResponse(break_off()),
    "endless": lambda: StreamingResponse(drip()),
    "large": lambda: PlainTextResponse(" " * 2_000_000),
    "compressed": lambda: PlainTextResponse("{}", headers={"Content-Encoding": "gzip"}),
}
AWAY = {"status 500", "status 503", "a page", "broken off", "endless", "large", "compressed"}


KEY = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}, private=True)


class Provider:
    """An OpenID Connect provider: discovery, token endpoint with PKCE, signing keys."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = KEY
        self.claims: dict[str, object] = {"preferred_username": "zuoxi"}
        self.signing_key: RSAKey | OctKey = self.key
        self.algorithm = "RS256"
        self.asked: dict[str, str] = {}
        self.fetched: list[str] = []
        self.trouble = ""
        self.gate = Event()
        self.gate.set()
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.describe)
        self.app.get("/keys")(self.keys)
        self.app.post("/token")(self.token)

    def describe(self) -> dict[str, str]:
        self.fetched.append("discovery")
        self.gate.wait(20)
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def keys(self) -> dict[str, object]:
        self.fetched.append("keys")
        return dict(KeySet([self.key]).as_dict(private=False))

    def sign_in(self, address: str) -> dict[str, str]:
        """What the user's browser brings back after the provider's own page."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked = query
        return {"code": "one-time-code", "state": query["state"]}

    async def token(self, request: Request) -> Any:
        if self.trouble:
            return TROUBLES[self.trouble]()
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


class Place:
    """Where providers are reached, one after another; each test has its own."""

    port: int
    provider: Provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.provider.app(scope, receive, send)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    place = Place()
    config = uvicorn.Config(place, port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    # Requests wait in the socket until the server is up; unheard, they would be refused.
    socket.listen()
    place.port = socket.getsockname()[1]
    thread = Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    yield place
    server.should_exit = True
    thread.join()


@pytest.fixture
def provider(place: Place) -> Provider:
    place.provider = Provider(place.port)
    return place.provider


@pytest.fixture
def browser(app: FastAPI, services: Services, provider: Provider) -> TestClient:
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
    app.state.services = dataclasses.replace(services, settings=settings)
    return TestClient(app, follow_redirects=False)


def add(session: Session, services: Services, login: str, *, is_new: bool = False) -> None:
    create_user(
        session,
        login,
        "correct horse battery",
        display_name=login,
        roles=(Role.OPERATOR,),
        now=services.clock.now(),
        must_change_password=is_new,
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


class TestPerson:
    """The person is kept by issuer and subject after the first sign-in by the login."""

    def person(self, services: Services, login: str = "zuoxi") -> tuple[str | None, str | None]:
        with session_scope(services.database, read_only=True) as session:
            user = session.exec(select(User).where(User.login == login)).one()
            return user.oidc_issuer, user.oidc_subject

    def test_is_kept_and_written_down_at_the_first_sign_in(
        self, browser: TestClient, provider: Provider, services: Services
    ) -> None:
        assert self.person(services) == (None, None)
        for _ in range(2):
            assert go_and_come_back(browser, provider).status_code == 303
        assert self.person(services) == (provider.issuer, "4711")
        with session_scope(services.database, read_only=True) as session:
            changes = [one.details.get("change") for one in session.exec(select(AuditEvent)).all()]
        assert changes.count("关联统一身份认证") == 1

    def test_comes_in_under_a_new_name(
        self, browser: TestClient, provider: Provider, services: Services
    ) -> None:
        go_and_come_back(browser, provider)
        provider.claims["preferred_username"] = "renamed"
        assert go_and_come_back(browser, provider).status_code == 303

    def test_of_the_same_name_is_another_one(
        self, browser: TestClient, provider: Provider, services: Services
    ) -> None:
        go_and_come_back(browser, provider)
        browser.cookies.clear()
        provider.claims["sub"] = "another"
        answer = go_and_come_back(browser, provider)
        assert answer.status_code == 401
        assert "已关联另一个" in answer.text
        assert self.person(services) == (provider.issuer, "4711")

    def test_who_takes_another_ones_name_stays_who_he_is(
        self, browser: TestClient, provider: Provider, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            add(session, services, "lingdao")
        go_and_come_back(browser, provider)
        provider.claims["preferred_username"] = "lingdao"
        assert go_and_come_back(browser, provider).status_code == 303
        assert "（zuoxi）" in browser.get("/account").text
        assert self.person(services, "lingdao") == (None, None)

    def test_who_is_stopped_does_not_come_in(
        self, browser: TestClient, provider: Provider, services: Services
    ) -> None:
        go_and_come_back(browser, provider)
        with session_scope(services.database) as session:
            session.exec(select(User)).one().is_active = False
        assert go_and_come_back(browser, provider).status_code == 401

    @pytest.mark.parametrize("subject", [None, "", 4711, "x" * 256])
    def test_without_a_subject_is_nobody(
        self, browser: TestClient, provider: Provider, subject: object
    ) -> None:
        provider.claims["sub"] = subject
        assert go_and_come_back(browser, provider).status_code == 401

    def test_whom_an_administrator_just_made_needs_no_one_time_password(
        self, browser: TestClient, provider: Provider, services: Services
    ) -> None:
        with session_scope(services.database) as session:
            add(session, services, "xinren", is_new=True)
        provider.claims |= {"preferred_username": "xinren", "sub": "4712"}
        assert go_and_come_back(browser, provider).headers["location"] == "/ledger"
        assert browser.get("/ledger").status_code == 200

    @pytest.mark.parametrize(
        ("claims", "status"),
        [
            ({"aud": [CLIENT, "other"], "azp": "other"}, 401),
            ({"aud": [CLIENT, "other"]}, 401),
            ({"aud": CLIENT, "azp": "other"}, 401),
            ({"aud": [CLIENT, "other"], "azp": CLIENT}, 303),
            ({"aud": [CLIENT]}, 303),
        ],
    )
    def test_is_proven_to_this_service_alone(
        self, browser: TestClient, provider: Provider, claims: dict[str, object], status: int
    ) -> None:
        provider.claims |= claims
        assert go_and_come_back(browser, provider).status_code == status


class TestVerifiedClaim:
    @pytest.fixture(params=["email", "phone_number"])
    def claim(self, request: pytest.FixtureRequest, browser: TestClient) -> str:
        services = browser.app.state.services  # type: ignore[attr-defined]
        settings = services.settings.model_copy(update={"oidc_claim": request.param})
        browser.app.state.services = dataclasses.replace(services, settings=settings)  # type: ignore[attr-defined]
        return str(request.param)

    @pytest.mark.parametrize(
        ("proof", "status"), [(True, 303), (False, 401), (None, 401), ("false", 401), (1, 401)]
    )
    def test_alone_finds_an_account(
        self, browser: TestClient, provider: Provider, claim: str, proof: object, status: int
    ) -> None:
        provider.claims = {claim: "zuoxi", f"{claim}_verified": proof}
        assert go_and_come_back(browser, provider).status_code == status
        assert claim.split("_")[0] in provider.asked["scope"].split()


class TestTrouble:
    """Whatever the token endpoint answers is told on the sign-in page."""

    @pytest.mark.parametrize("trouble", TROUBLES)
    def test_of_the_provider_is_told(
        self,
        browser: TestClient,
        provider: Provider,
        monkeypatch: pytest.MonkeyPatch,
        trouble: str,
    ) -> None:
        if trouble in AWAY:
            monkeypatch.setattr(provider_documents, "WHOLE_SECONDS", 0.5)
        provider.trouble = trouble
        answer = go_and_come_back(browser, provider)
        assert answer.status_code == (503 if trouble in AWAY else 401)
        assert 'name="password"' in answer.text
        assert browser.get("/ledger").status_code == 303

    def test_of_strangers_is_slowed_down(self, browser: TestClient, provider: Provider) -> None:
        provider.trouble = "error"
        first, *_, last = [go_and_come_back(browser, provider) for _ in range(33)]
        assert (first.status_code, last.status_code) == (401, 429)
        assert int(last.headers["retry-after"]) > 0

    def test_slow_descriptions_hold_one_thread_alone(
        self, browser: TestClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(provider_documents, "WHOLE_SECONDS", 1.5)
        provider.gate.clear()
        with ThreadPoolExecutor(20) as pool:
            asked = [pool.submit(browser.get, "/oidc") for _ in range(20)]
            answers = [one.result() for one in asked]
        assert {one.status_code for one in answers} == {503}
        assert provider.fetched == ["discovery"]
        assert browser.get("/oidc").status_code == 503, "the late one keeps its place"
        assert provider.fetched == ["discovery"]
        provider.gate.set()


class TestDocuments:
    def test_are_fetched_once_for_many_sign_ins(
        self, browser: TestClient, provider: Provider
    ) -> None:
        for _ in range(3):
            assert go_and_come_back(browser, provider).status_code == 303
        assert sorted(provider.fetched) == ["discovery", "keys"]

    def test_are_fetched_again_for_a_new_signing_key(
        self, browser: TestClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        go_and_come_back(browser, provider)
        monkeypatch.setattr("qa_service.integration.oidc.NEWEST_SECONDS", 0.0)
        provider.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}, private=True)
        provider.signing_key = provider.key
        assert go_and_come_back(browser, provider).status_code == 303


class TestWithoutProvider:
    def test_there_is_no_such_page(self, client: TestClient) -> None:
        assert client.get("/oidc").status_code == 404

    def test_that_cannot_be_reached_is_told_on_the_sign_in_page(
        self, app: FastAPI, services: Services
    ) -> None:
        settings = services.settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:1"})
        app.state.services = dataclasses.replace(services, settings=settings)
        answer = TestClient(app, follow_redirects=False).get("/oidc")
        assert "无法连接统一身份认证" in answer.text
