"""What a session proves: every proof is asked for where it counts, counted, and written down."""

import dataclasses
import html
import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx import Response
from sqlmodel import Session, col, select
from test_account_pages import code_of, set_up
from visitor import PASSWORD, Browse, Browser, add_user

from qa_service.accounts.authentication import passwords
from qa_service.accounts.models import AuditEvent, User, UserSession
from qa_service.clock import FixedClock
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, Role

NEW_PASSWORD = "a new long password"


@pytest.fixture
def reading(services: Services) -> Iterator[Session]:
    with session_scope(services.database, read_only=True) as session:
        yield session


def written(services: Services, action: AuditAction) -> list[str]:
    """Who did it and what was to be proven, oldest first."""
    with session_scope(services.database, read_only=True) as session:
        wanted = select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.id))
        return [f"{one.actor} {one.details.get('change', '')}" for one in session.exec(wanted)]


def sessions(services: Services) -> list[tuple[str, object]]:
    with session_scope(services.database, read_only=True) as session:
        rows = session.exec(select(UserSession)).all()
        return [(one.token_hash, one.expires_at) for one in rows]


@pytest.fixture
def half_in(app: FastAPI, operator: Browser, clock: FixedClock) -> Browser:
    """The password was shown, the code was not."""
    set_up(operator, clock)
    operator.post("/logout")
    clock.instant += timedelta(minutes=5)
    browser = Browser(app)
    browser.sign_in("zuoxi")
    return browser


class TestSession:
    @pytest.mark.parametrize("code", ["", "000000"])
    def test_is_not_renewed_by_a_code_it_does_not_await(
        self, services: Services, operator: Browser, clock: FixedClock, code: str
    ) -> None:
        before, entered = sessions(services), written(services, AuditAction.SIGN_IN)
        clock.instant += timedelta(minutes=5)
        answer = operator.post("/code", code=code, next="/ledger")
        assert answer.headers["location"] == "/ledger"
        assert "set-cookie" not in answer.headers
        assert (sessions(services), written(services, AuditAction.SIGN_IN)) == (before, entered)

    def test_that_awaits_a_code_changes_no_password_and_ends_no_other(
        self, services: Services, half_in: Browser, app: FastAPI, reading: Session
    ) -> None:
        stored = reading.exec(select(User.password_hash)).one()
        other = Browser(app)
        other.sign_in("zuoxi")
        fields = dict.fromkeys(("new_password", "repeated_password"), NEW_PASSWORD)
        changed = half_in.post("/password", on="/code", old_password=PASSWORD, **fields)
        assert changed.headers["location"].startswith("/code")
        assert half_in.get("/password").headers["location"] == "/code?next=/password"
        ended = half_in.post("/logout", on="/code", everywhere="yes")
        assert ended.headers["location"].startswith("/code")
        assert len(sessions(services)) == 2
        with session_scope(services.database, read_only=True) as session:
            assert session.exec(select(User.password_hash)).one() == stored

    def test_that_awaits_a_code_may_be_given_up(self, services: Services, half_in: Browser) -> None:
        assert half_in.post("/logout", on="/code").headers["location"] == "/login"
        assert sessions(services) == []


class TestProofsWithinASession:
    def change(self, browser: Browser, old: str) -> Response:
        fields = dict.fromkeys(("new_password", "repeated_password"), NEW_PASSWORD)
        return browser.post("/password", old_password=old, **fields)

    def test_wrong_codes_are_written_down(self, services: Services, half_in: Browser) -> None:
        for _ in range(3):
            assert half_in.post("/code", on="/code", code="000000").status_code == 422
        assert written(services, AuditAction.SIGN_IN_REFUSED) == ["zuoxi 动态口令"] * 3

    @pytest.mark.parametrize("path", ["/password", "/account/second-factor", "/account/keys"])
    def test_guessed_passwords_are_slowed_down_and_written_down(
        self, services: Services, operator: Browser, path: str
    ) -> None:
        page = operator.get("/account").text
        sealed = re.search(r'name="sealed" value="([^"]+)"', page)
        assert sealed
        guess = {"password": "wrong", "old_password": "wrong", "sealed": html.unescape(sealed[1])}
        new = dict.fromkeys(("new_password", "repeated_password"), NEW_PASSWORD)
        answers = [operator.post(path, **guess, **new) for _ in range(8)]
        assert "失败次数过多" in answers[-1].text
        assert len(written(services, AuditAction.SIGN_IN_REFUSED)) == 5
        refused = Browser(operator.client.app).sign_in("zuoxi")  # type: ignore[arg-type]
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        if path == "/password":
            assert answers[-1].headers["retry-after"]

    def test_so_are_those_that_would_drop_the_second_factor(
        self, services: Services, operator: Browser, clock: FixedClock
    ) -> None:
        set_up(operator, clock)
        for _ in range(8):
            answer = operator.post("/account/second-factor/drop", password="wrong")
        assert "失败次数过多" in answer.text
        assert written(services, AuditAction.SIGN_IN_REFUSED) == ["zuoxi 核对密码"] * 5

    def test_a_right_one_ends_the_count_even_if_the_key_asked_for_cannot_be(
        self, operator: Browser
    ) -> None:
        for _ in range(8):
            answer = operator.post("/account/keys", password=PASSWORD, name="", days="3")
            assert "密钥名称应为" in answer.text

    def test_a_right_one_ends_the_count(self, operator: Browser) -> None:
        for _ in range(4):
            self.change(operator, "wrong")
        assert self.change(operator, PASSWORD).status_code == 303
        for _ in range(4):
            assert self.change(operator, "wrong").status_code == 422


class TestSecret:
    """The form's encrypted secret opens for its purpose and its user alone."""

    def shown_for(self, browser: Browser, sealed: str) -> Response:
        return browser.post("/account/second-factor", sealed=sealed, password="wrong", code="1")

    def test_of_the_database_is_never_shown(
        self, services: Services, browse: Browse, operator: Browser, clock: FixedClock
    ) -> None:
        secret = set_up(operator, clock)
        with session_scope(services.database, read_only=True) as session:
            stored = session.exec(select(User.totp_sealed).where(User.login == "zuoxi")).one()
        answer = self.shown_for(browse("daoqie"), stored or "")
        assert answer.status_code == 422
        assert secret not in answer.text.replace(" ", "")

    def test_offered_to_another_is_not_shown(self, browse: Browse, operator: Browser) -> None:
        page = operator.get("/account").text
        sealed = re.search(r'name="sealed" value="([^"]+)"', page)
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
        assert sealed
        assert secret
        answer = self.shown_for(browse("daoqie"), html.unescape(sealed[1]))
        assert secret[1] not in answer.text

    @pytest.mark.parametrize("plain", ["13800000000", "ZHANGSAN", "张三"])
    def test_is_not_what_else_the_key_has_encrypted(
        self, services: Services, operator: Browser, plain: str
    ) -> None:
        answer = self.shown_for(operator, services.cipher.encrypt(plain))
        assert (answer.status_code, plain in answer.text) == (422, False)

    @pytest.mark.parametrize("sealed", ["", "x", "1:AAAA", "9:AAAA", "1:" + "A" * 200, "½:x"])
    def test_damaged_is_told(self, operator: Browser, sealed: str) -> None:
        answer = self.shown_for(operator, sealed)
        assert answer.status_code == 422
        assert "重新扫描" in answer.text

    def test_of_an_earlier_release_still_admits(
        self, services: Services, half_in: Browser, clock: FixedClock
    ) -> None:
        secret = pyotp.random_base32()
        with session_scope(services.database) as session:
            user = session.exec(select(User)).one()
            user.totp_sealed, user.totp_step = services.cipher.encrypt(secret), 0
            session.add(user)
        code = code_of(secret, clock)
        assert half_in.post("/code", on="/code", code=code).status_code == 303


class Watched:
    """The real hasher, which notes whether another could write while it worked."""

    def __init__(self, database: str) -> None:
        self.hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        self.database = database
        self.refusals: list[str] = []
        self.works = 0

    def hash(self, password: bytes) -> str:
        self.try_to_write()
        return self.hasher.hash(password)

    def verify(self, hashed: str, password: bytes) -> bool:
        self.try_to_write()
        return self.hasher.verify(hashed, password)

    def check_needs_rehash(self, _hashed: str) -> bool:
        return True

    def try_to_write(self) -> None:
        self.works += 1
        connection = sqlite3.connect(self.database, timeout=0)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
        except sqlite3.OperationalError as error:
            self.refusals.append(str(error))
        finally:
            connection.close()


class TestHashing:
    def test_never_holds_the_write_lock(
        self,
        services: Services,
        admin: Browser,
        clock: FixedClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        add_user(services, "zuoxi")
        watched = Watched(services.database.url.database or "")
        monkeypatch.setattr(passwords, "HASHER", watched)
        admin.post("/staff/users", login="xin", display_name="新", roles="operator")
        admin.post("/staff/users/zuoxi", then="reset")
        set_up(admin, clock)
        admin.post("/account/second-factor/drop", password=PASSWORD)
        key = {"name": "脚本", "scopes": "knowledge", "days": "3"}
        assert "qak_" in admin.post("/account/keys", password=PASSWORD, **key).text
        fields = dict.fromkeys(("new_password", "repeated_password"), NEW_PASSWORD)
        assert admin.post("/password", old_password=PASSWORD, **fields).status_code == 303
        admin.post("/logout")
        assert admin.sign_in("guanli", NEW_PASSWORD).status_code == 303
        assert watched.works >= 9
        assert watched.refusals == []


class TestCookies:
    @pytest.fixture
    def behind_https(self, app: FastAPI, services: Services) -> Browser:
        settings = services.settings.model_copy(update={"secure_cookies": True})
        add_user(services, "zuoxi")
        app.state.services = dataclasses.replace(services, settings=settings)
        browser = Browser(app)
        browser.client.base_url = "https://testserver"  # type: ignore[assignment]  # httpx makes it a URL
        return browser

    def test_belong_to_this_host_alone_behind_https(self, behind_https: Browser) -> None:
        form = behind_https.get("/login").headers["set-cookie"]
        entered = behind_https.sign_in("zuoxi", next="/ledger").headers["set-cookie"]
        for cookie, name in ((form, "qa_sign_in"), (entered, "qa_session")):
            assert cookie.startswith(f"__Host-{name}=")
            assert "Secure" in cookie
            assert "Path=/" in cookie
            assert "Domain" not in cookie
        assert behind_https.get("/ledger").status_code == 200
        assert '__Host-qa_session=""' in behind_https.post("/logout").headers["set-cookie"]

    def test_that_a_neighbour_set_are_not_read(self, behind_https: Browser) -> None:
        data = {"csrf_token": "chosen", "login": "zuoxi", "password": PASSWORD}
        headers = {"Cookie": "qa_sign_in=chosen; qa_session=chosen"}
        assert behind_https.client.post("/login", data=data, headers=headers).status_code == 401

    @pytest.mark.parametrize(("site", "status"), [("same-site", 401), ("cross-site", 401)])
    def test_do_not_help_a_form_of_another_site(
        self, services: Services, stranger: Browser, site: str, status: int
    ) -> None:
        add_user(services, "zuoxi")
        token = stranger.token("/login")
        data = {"csrf_token": token, "login": "zuoxi", "password": PASSWORD}
        answer = stranger.client.post("/login", data=data, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == status
        own = {"Sec-Fetch-Site": "same-origin"}
        assert stranger.client.post("/login", data=data, headers=own).status_code == 303


class TestWayBack:
    """After the sign-in the page of the form opens, where the draft is put back."""

    @pytest.mark.parametrize(
        ("referer", "target"),
        [
            ("http://testserver/pairs/new", "/pairs/new"),
            ("http://testserver/ledger/ZX20261124-0001/draft", "/ledger/ZX20261124-0001"),
            ("http://testserver/upkeep/rework/7", "/upkeep"),
            ("", "/"),
            ("http://[", "/"),
            ("https://evil.example//evil.example", "/"),
        ],
    )
    def test_leads_to_the_form(self, stranger: Browser, referer: str, target: str) -> None:
        answer = stranger.client.post("/pairs/new", headers={"Referer": referer})
        assert answer.headers["location"] == f"/login?next={target}"

    def test_bears_a_damaged_address_of_htmx(self, stranger: Browser) -> None:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://["}
        assert stranger.client.get("/ledger", headers=headers).headers["hx-redirect"] == (
            "/login?next=/"
        )


def test_an_administrator_unlinks_a_person_of_the_provider(
    services: Services, admin: Browser, operator: Browser
) -> None:
    with session_scope(services.database) as session:
        user = session.exec(select(User).where(User.login == "zuoxi")).one()
        user.oidc_issuer, user.oidc_subject = "https://id.example", "4711"
        session.add(user)
    assert "解除统一身份认证关联" in admin.get("/staff/users/zuoxi").text
    admin.post("/staff/users/zuoxi", then="forget")
    with session_scope(services.database, read_only=True) as session:
        user = session.exec(select(User).where(User.login == "zuoxi")).one()
        assert (user.oidc_issuer, user.oidc_subject, Role.OPERATOR in user.roles) == (
            None,
            None,
            True,
        )
    assert operator.get("/ledger").status_code == 303
