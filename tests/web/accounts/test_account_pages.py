"""One's own account, and others' accounts and keys, as pages."""

import dataclasses
import html
import re
from datetime import timedelta

import pyotp
import pytest
from fastapi import FastAPI
from visitor import PASSWORD, Browser, add_user

from qa_service.clock import FixedClock
from qa_service.server.app import create_app
from qa_service.services import Services
from qa_service.vocabulary import Role


def code_of(secret: str, clock: FixedClock) -> str:
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()))


def set_up(browser: Browser, clock: FixedClock) -> str:
    """The secret of the second factor just set up."""
    page = browser.get("/account").text
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    sealed = re.search(r'name="sealed" value="([^"]+)"', page)
    assert secret
    assert sealed
    plain = secret[1].replace(" ", "")
    given = {"sealed": html.unescape(sealed[1]), "code": code_of(plain, clock)}
    answer = browser.post("/account/second-factor", password=PASSWORD, **given)
    assert answer.status_code == 303, answer.text
    return plain


class TestSecondFactor:
    def test_is_asked_for_at_the_next_sign_in(
        self, app: FastAPI, operator: Browser, clock: FixedClock
    ) -> None:
        secret = set_up(operator, clock)
        clock.instant += timedelta(minutes=5)
        browser = Browser(app)
        assert browser.sign_in("zuoxi").status_code == 303
        assert browser.get("/ledger").headers["location"] == "/code?next=/ledger"
        assert browser.post("/consultations", on="/code", question="x").status_code == 303
        right = code_of(secret, clock)
        assert browser.post("/code", on="/code", code="000000").status_code == 422
        answer = browser.post("/code", on="/code", code=right, next="/ledger")
        assert answer.headers["location"] == "/ledger"
        assert browser.get("/ledger").status_code == 200

    def test_takes_no_code_twice(self, app: FastAPI, operator: Browser, clock: FixedClock) -> None:
        secret = set_up(operator, clock)
        clock.instant += timedelta(minutes=5)
        right = code_of(secret, clock)
        for expected in (303, 422):
            browser = Browser(app)
            browser.sign_in("zuoxi")
            assert browser.post("/code", on="/code", code=right).status_code == expected

    def test_guessing_is_slowed_down(
        self, app: FastAPI, operator: Browser, clock: FixedClock
    ) -> None:
        set_up(operator, clock)
        browser = Browser(app)
        browser.sign_in("zuoxi")
        answers = [browser.post("/code", on="/code", code="000000") for _ in range(6)]
        assert answers[-1].status_code == 429

    def test_is_given_up_with_the_password_only(self, operator: Browser, clock: FixedClock) -> None:
        set_up(operator, clock)
        wrong = operator.post("/account/second-factor/drop", password="wrong password")
        assert wrong.status_code == 422
        assert operator.post("/account/second-factor/drop", password=PASSWORD).status_code == 303
        assert "启用动态口令" in operator.get("/account").text

    def test_is_demanded_of_administrators_where_the_settings_say_so(
        self, services: Services, clock: FixedClock
    ) -> None:
        settings = services.settings.model_copy(update={"admin_totp": True})
        add_user(services, "guanli", Role.ADMIN)
        browser = Browser(create_app(dataclasses.replace(services, settings=settings)))
        browser.sign_in("guanli")
        assert browser.get("/staff").headers["location"] == "/account"
        set_up(browser, clock)
        assert browser.get("/staff").status_code == 200


class TestSignOutEverywhere:
    def test_ends_the_sessions_of_every_computer(self, app: FastAPI, operator: Browser) -> None:
        other = Browser(app)
        other.sign_in("zuoxi")
        operator.post("/logout", everywhere="yes")
        assert other.get("/ledger").status_code == 303


class TestStaff:
    def test_a_new_user_signs_in_with_the_password_shown_once(
        self, app: FastAPI, admin: Browser
    ) -> None:
        fields = {"login": "xinren", "display_name": "新人", "roles": "operator"}
        page = admin.post("/staff/users", **fields).text
        shown = re.search(r"<code>([\w-]+)</code>", page)
        assert shown
        assert shown[1] not in admin.get("/staff").text
        browser = Browser(app)
        assert browser.sign_in("xinren", shown[1]).status_code == 303
        assert browser.get("/ledger").headers["location"].startswith("/password")

    def test_one_who_is_stopped_is_out_at_once(
        self, app: FastAPI, admin: Browser, operator: Browser
    ) -> None:
        answer = admin.post("/staff/users/zuoxi", display_name="甲", roles="operator")
        assert answer.status_code == 303
        assert operator.get("/ledger").status_code == 303
        assert Browser(app).sign_in("zuoxi").status_code == 401

    def test_a_role_is_limited_to_units_and_says_so(
        self, admin: Browser, operator: Browser
    ) -> None:
        fields = {"display_name": "甲", "is_active": "yes", "units_editor": "education"}
        page = "/staff/users/zuoxi"
        assert admin.post(page, roles="editor", **fields).status_code == 303
        assert "编辑（区教育局）" in admin.get("/staff").text
        shown = admin.get(page).text
        assert re.search(r'name="units_editor" value="education" checked', shown)
        assert not re.search(r'name="units_reviewer" value="\w+" checked', shown)
        assert operator.get("/ledger").status_code == 303, "signed out, to come in as what he is"

    def test_the_last_administrator_stays(self, admin: Browser) -> None:
        answer = admin.post(
            "/staff/users/guanli", display_name="乙", roles="operator", is_active="yes"
        )
        assert answer.status_code == 422
        assert "至少要保留一名" in answer.text

    @pytest.mark.parametrize(
        ("fields", "told"),
        [
            ({"login": "a b", "display_name": "甲", "roles": "operator"}, "不含空格"),
            ({"login": "guanli", "display_name": "甲", "roles": "operator"}, "已被使用"),
            ({"login": "x", "display_name": "甲", "roles": "unit"}, "须指明所属单位"),
        ],
    )
    def test_what_is_wrong_is_told(self, admin: Browser, fields: dict[str, str], told: str) -> None:
        answer = admin.post("/staff/users", **fields)
        assert answer.status_code == 422
        assert told in answer.text

    def test_a_key_opens_what_it_may_until_it_is_revoked_or_expires(
        self, app: FastAPI, admin: Browser, clock: FixedClock
    ) -> None:
        keys = []
        for name in ("平台", "临时"):
            page = admin.post("/staff/keys", name=name, scopes="ledger", days="3").text
            shown = re.search(r"<code>(qak_[\w-]+)</code>", page)
            assert shown
            keys.append({"Authorization": f"Bearer {shown[1]}"})
        client = Browser(app).client
        assert client.get("/api/v1/ledger", headers=keys[0]).status_code == 200
        admin.post("/staff/keys/revoke", name="平台")
        assert client.get("/api/v1/ledger", headers=keys[0]).status_code == 401
        assert client.get("/api/v1/ledger", headers=keys[1]).status_code == 200
        clock.instant += timedelta(days=3)
        assert (
            client.get("/api/v1/ledger", headers=keys[1]).json()["detail"].startswith("密钥已过期")
        )
