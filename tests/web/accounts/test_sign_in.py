import dataclasses
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from sqlmodel import select
from visitor import PASSWORD, Browse, Browser, add_user

from qa_service.accounts.authentication.sessions import hash_token
from qa_service.accounts.models import UserSession
from qa_service.accounts.users import create_user
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

NEW_PASSWORD = "a new long password"
PAGES = (
    "/",
    "/consultations/x",
    "/ledger",
    "/ledger/ZX20261124-0001",
    "/pairs",
    "/pairs/new",
    "/pairs/1/edit",
    "/password",
)


def open_sessions(services: Services) -> list[str]:
    with session_scope(services.database, read_only=True) as session:
        return list(session.exec(select(UserSession.token_hash)).all())


class TestEntrance:
    def test_sends_a_stranger_to_sign_in_and_remembers_where_to(self, stranger: Browser) -> None:
        for path in PAGES:
            answer = stranger.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"] == f"/login?next={path}"

    @pytest.mark.parametrize(
        ("path", "kept"),
        [
            ("/call?phone=13800001111", "/call"),
            ("/call?phone=62345678&call_id=LINE-7", "/call?call_id=LINE-7"),
            ("/call?call_id=138%200000%201111&after=c1", "/call?after=c1"),
            ("/ledger?name=%E5%BC%A0%E5%A5%B3%E5%A3%AB&due=today", "/ledger?due=today"),
            ("/pairs?q=%2013800001111&unit=tax", "/pairs?unit=tax"),
        ],
    )
    def test_of_a_screen_pop_the_callers_number_is_not_taken_along(
        self, services: Services, stranger: Browser, path: str, kept: str
    ) -> None:
        told = stranger.get(path).headers["location"]
        assert told == f"/login?next={quote(kept, safe='/')}"
        add_user(services, "xin", must_change=True)
        stranger.sign_in("xin")
        told = stranger.get(path).headers["location"]
        assert told == f"/password?next={quote(kept, safe='/')}"

    def test_sends_an_htmx_request_there_as_a_whole_page(self, stranger: Browser) -> None:
        headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/ledger?due=today"}
        answer = stranger.client.post("/consultations", headers=headers)
        assert answer.headers["hx-redirect"] == "/login?next=/ledger"


class TestSignIn:
    def test_opens_a_session_and_goes_on_to_the_page_asked_for(
        self, services: Services, stranger: Browser
    ) -> None:
        add_user(services, "zuoxi")
        answer = stranger.sign_in("zuoxi", next="/ledger?due=today")
        assert answer.headers["location"] == "/ledger?due=today"
        assert stranger.get("/ledger").status_code == 200

    def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
        self, services: Services, stranger: Browser
    ) -> None:
        add_user(services, "zuoxi")
        cookie = stranger.sign_in("zuoxi").headers["set-cookie"]
        assert "qa_session=" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie

    def test_the_cookie_is_secure_behind_https(self, app: FastAPI, services: Services) -> None:
        settings = services.settings.model_copy(update={"secure_cookies": True})
        add_user(services, "zuoxi")
        app.state.services = dataclasses.replace(services, settings=settings)
        browser = Browser(app)
        browser.client.base_url = "https://testserver"  # type: ignore[assignment]  # httpx makes it a URL
        assert "Secure" in browser.sign_in("zuoxi").headers["set-cookie"]

    @pytest.mark.parametrize("login", ["zuoxi", "nobody"])
    def test_does_not_tell_which_of_the_two_was_wrong(
        self, services: Services, stranger: Browser, login: str
    ) -> None:
        add_user(services, "zuoxi")
        answer = stranger.sign_in(login, "wrong password")
        assert answer.status_code == 401
        assert "登录名或密码不正确" in answer.text
        assert f'value="{login}"' in answer.text
        assert not open_sessions(services)

    def test_takes_no_login_that_only_begins_like_an_accounts(
        self, services: Services, stranger: Browser
    ) -> None:
        login = "z" * 64
        with session_scope(services.database) as session:
            create_user(
                session,
                login,
                PASSWORD,
                display_name="坐席甲",
                roles=(Role.OPERATOR,),
                now=services.clock.now(),
                must_change_password=False,
            )
        answer = stranger.sign_in(login + "x")
        assert (answer.status_code, open_sessions(services)) == (401, [])
        assert f'value="{login}x"' in answer.text
        assert stranger.sign_in(login).status_code == 303

    def test_refuses_a_form_that_is_not_its_own(
        self, services: Services, stranger: Browser
    ) -> None:
        add_user(services, "zuoxi")
        stranger.get("/login")
        data = {"login": "zuoxi", "password": PASSWORD, "csrf_token": "forged"}
        assert stranger.client.post("/login", data=data).status_code == 401
        assert not open_sessions(services)

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil"])
    def test_never_leads_to_another_site(
        self, services: Services, stranger: Browser, target: str
    ) -> None:
        add_user(services, "zuoxi")
        assert stranger.sign_in("zuoxi", next=target).headers["location"] == "/"

    def test_gives_a_new_token_and_drops_the_old_one(
        self, services: Services, operator: Browser
    ) -> None:
        before = operator.client.cookies["qa_session"]
        operator.sign_in("zuoxi")
        assert open_sessions(services) == [hash_token(operator.client.cookies["qa_session"])]
        assert before != operator.client.cookies["qa_session"]

    def test_signing_out_ends_the_session_on_the_server(
        self, services: Services, operator: Browser
    ) -> None:
        assert operator.post("/logout").headers["location"] == "/login"
        assert not open_sessions(services)


class TestPassword:
    def change(self, browser: Browser, old: str, new: str, repeated: str) -> tuple[int, str]:
        fields = {"old_password": old, "new_password": new, "repeated_password": repeated}
        answer = browser.post("/password", on="/password", next="/ledger", **fields)
        return answer.status_code, answer.headers.get("location", answer.text)

    def test_a_one_time_password_is_changed_before_anything_else(
        self, services: Services, stranger: Browser
    ) -> None:
        add_user(services, "newcomer", must_change=True)
        stranger.sign_in("newcomer")
        assert stranger.get("/ledger").headers["location"] == "/password?next=/ledger"
        assert self.change(stranger, PASSWORD, NEW_PASSWORD, NEW_PASSWORD) == (303, "/ledger")
        assert stranger.get("/ledger").status_code == 200

    def test_the_session_goes_on_under_a_new_token(
        self, services: Services, operator: Browser
    ) -> None:
        before = operator.client.cookies["qa_session"]
        self.change(operator, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
        after = operator.client.cookies["qa_session"]
        assert before != after
        assert open_sessions(services) == [hash_token(after)]

    @pytest.mark.parametrize(
        ("old", "new", "repeated", "told"),
        [
            ("wrong", NEW_PASSWORD, NEW_PASSWORD, "原密码不正确"),
            (PASSWORD, "short", "short", "密码至少 10 位"),
            (PASSWORD, NEW_PASSWORD, "something else", "不一致"),
            (PASSWORD,) * 3 + ("不能与原密码相同",),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(
        self, operator: Browser, old: str, new: str, repeated: str, told: str
    ) -> None:
        status, text = self.change(operator, old, new, repeated)
        assert status == 422
        assert told in text

    def test_the_new_password_opens_the_door_and_the_old_does_not(
        self, browse: Browse, app: FastAPI
    ) -> None:
        self.change(browse("zuoxi"), PASSWORD, NEW_PASSWORD, NEW_PASSWORD)
        assert Browser(app).sign_in("zuoxi").status_code == 401
        assert Browser(app).sign_in("zuoxi", NEW_PASSWORD).status_code == 303
