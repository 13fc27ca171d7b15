"""One's own account, and others' accounts and keys, as pages."""

import dataclasses
import html
import re
from datetime import timedelta

import pyotp
import pytest
from fastapi import FastAPI
from rest_client import person_key
from sqlmodel import select
from visitor import PASSWORD, Browse, Browser, add_user

from qa_service.accounts.models import ApiKey
from qa_service.accounts.users import find_user
from qa_service.clock import FixedClock
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Scope


def stored_keys(services: Services) -> list[ApiKey]:
    with session_scope(services.database, read_only=True) as session:
        return list(session.exec(select(ApiKey)).all())


def seen(page: str) -> str:
    """How the account stood when its form was shown."""
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


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
        assert int(answers[-1].headers["retry-after"]) > 0

    def test_is_given_up_with_the_password_only(self, operator: Browser, clock: FixedClock) -> None:
        set_up(operator, clock)
        wrong = operator.post("/account/second-factor/drop", password="wrong password")
        assert wrong.status_code == 422
        assert operator.post("/account/second-factor/drop", password=PASSWORD).status_code == 303
        assert "启用动态口令" in operator.get("/account").text

    def test_is_demanded_of_administrators_where_the_settings_say_so(
        self, app: FastAPI, services: Services, clock: FixedClock
    ) -> None:
        settings = services.settings.model_copy(update={"admin_totp": True})
        add_user(services, "guanli", Role.ADMIN)
        app.state.services = dataclasses.replace(services, settings=settings)
        browser = Browser(app)
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

    def test_a_form_opened_before_another_changed_the_account_puts_nothing_back(
        self, admin: Browser, operator: Browser, services: Services
    ) -> None:
        page = "/staff/users/zuoxi"
        form = {"display_name": "甲", "roles": "operator", "is_active": "yes"}
        stale = {**form, "email": "zuoxi@example.gov.cn", "seen": seen(admin.get(page).text)}
        stopped = {"display_name": "甲", "roles": "editor", "units_editor": "education"}
        assert admin.post(page, **stopped, seen=stale["seen"]).status_code == 303
        refused = admin.post(page, **stale)
        assert refused.status_code == 409
        assert "甲，编辑（仅限区教育局），所属单位无，邮箱未填，已停用" in refused.text
        assert 'value="zuoxi@example.gov.cn"' in refused.text
        assert re.search(r'name="roles" value="operator" checked', refused.text)
        with session_scope(services.database, read_only=True) as session:
            kept = find_user(session, "zuoxi")
            assert (kept.is_active, kept.roles, kept.email) == (False, [Role.EDITOR], None)
        assert admin.post(page, **{**stale, "seen": seen(refused.text)}).status_code == 303
        assert "已停用" not in admin.get("/staff").text

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
            ({"login": "guanli", "display_name": "甲", "roles": "operator"}, "登录名或姓名相同"),
            ({"login": "x", "display_name": "甲", "roles": "unit"}, "须指明所属单位"),
            ({"login": "x", "display_name": "甲"}, "请至少选择一个角色"),
            ({"login": "fin/wang", "display_name": "甲", "roles": "operator"}, "登录名应为"),
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

    def test_what_was_typed_is_kept_when_it_is_refused(self, admin: Browser) -> None:
        typed = {"login": "a/b", "display_name": "新人", "roles": "editor"}
        page = admin.post("/staff/users", **typed).text
        assert 'value="a/b"' in page
        assert re.search(r'name="roles" value="editor" checked', page)
        key = {"name": "平台", "scopes": "ledger", "unit": "education", "days": "3个月"}
        page = admin.post("/staff/keys", **key).text
        assert 'value="平台"' in page
        assert 'value="3个月"' in page
        assert re.search(r'value="education" selected', page)

    @pytest.mark.parametrize(
        "days", ["3个月", "-5", "abc", "０９０", "0", "3651", "1.5", "", "9" * 20]
    )
    def test_days_of_a_key_are_a_number_or_an_error(
        self, admin: Browser, services: Services, days: str
    ) -> None:
        answer = admin.post("/staff/keys", name="平台", scopes="ledger", days=days)
        assert answer.status_code == 422
        assert "有效天数应为 1 至 3650 的整数" in answer.text
        assert stored_keys(services) == []

    @pytest.mark.parametrize("calls", ["-1", "abc", "0", "１００"])
    def test_calls_a_minute_are_a_number_or_an_error(self, admin: Browser, calls: str) -> None:
        answer = admin.post("/staff/keys", name="平台", scopes="ledger", days="3", per_minute=calls)
        assert answer.status_code == 422
        assert "每分钟次数应为" in answer.text

    @pytest.mark.parametrize("login", ["zuoxi", "guanli", "nobody"])
    def test_an_administrator_makes_no_key_of_a_person(
        self, admin: Browser, operator: Browser, services: Services, login: str
    ) -> None:
        assert 'name="user"' not in admin.get("/staff").text
        asked = {"name": "代建", "user": login, "scopes": "consult", "days": "3"}
        answer = admin.post("/staff/keys", **asked)
        assert answer.status_code == 422
        assert "个人密钥由本人" in answer.text
        assert "qak_" not in answer.text
        assert stored_keys(services) == []

    def test_a_systems_key_is_valid_for_ever_only_if_chosen(
        self, admin: Browser, services: Services
    ) -> None:
        chosen = {"scopes": "ledger", "expiry": "unlimited"}
        assert admin.post("/staff/keys", name="平台", **chosen).status_code == 200
        assert [(key.name, key.expires_at) for key in stored_keys(services)] == [("平台", None)]
        assert '<td data-label="归属">系统</td>' in admin.get("/staff").text


class TestOwnKeys:
    def test_are_made_with_the_password_shown_once_and_act_as_their_owner(
        self, app: FastAPI, browse: Browse
    ) -> None:
        editor = browse("bianji", Role.EDITOR)
        asked = {"name": "我的脚本", "scopes": "knowledge", "days": "30"}
        assert editor.post("/account/keys", **asked, password="wrong").status_code == 422
        page = editor.post("/account/keys", **asked, password=PASSWORD).text
        shown = re.search(r"<code>(qak_[\w-]+)</code>", page)
        assert shown
        assert "qak_" not in editor.get("/account").text
        headers = {"Authorization": f"Bearer {shown[1]}"}
        client = Browser(app).client
        path = "/api/v1/qa-pairs/1"
        changed = client.patch(path, json={"phone_script": "请到窗口办理。"}, headers=headers)
        assert changed.status_code == 200, changed.text
        assert "bianji（经密钥 我的脚本）" in editor.get("/pairs/1/versions").text
        assert editor.post("/account/keys/revoke", name="我的脚本").status_code == 303
        assert client.get(path, headers=headers).status_code == 401

    @pytest.mark.parametrize("days", ["", "长期", "0", "４"])
    def test_always_expire(self, operator: Browser, services: Services, days: str) -> None:
        asked = {"name": "脚本", "scopes": "consult", "expiry": "unlimited", "days": days}
        answer = operator.post("/account/keys", **asked, password=PASSWORD)
        assert answer.status_code == 422
        assert "有效天数应为" in answer.text
        assert 'value="脚本"' in answer.text
        assert stored_keys(services) == []

    def test_of_others_are_neither_seen_nor_revoked(
        self, operator: Browser, browse: Browse
    ) -> None:
        other = browse("bieren", Role.OPERATOR)
        asked = {"name": "别人的脚本", "scopes": "consult", "days": "3"}
        assert other.post("/account/keys", **asked, password=PASSWORD).status_code == 200
        assert "别人的脚本" not in operator.get("/account").text
        assert operator.post("/account/keys/revoke", name="别人的脚本").status_code == 404

    def test_are_seen_by_administrators_and_those_made_on_the_server_by_their_owner(
        self, admin: Browser, operator: Browser, services: Services
    ) -> None:
        person_key(services, "zuoxi", scopes=[Scope.CONSULT])
        assert "zuoxi-0" in operator.get("/account").text
        assert "个人：用户zuoxi" in admin.get("/staff").text
        assert "zuoxi" in admin.get("/audit?action=key").text
        assert operator.post("/account/keys/revoke", name="zuoxi-0").status_code == 303
        assert [key.is_active for key in stored_keys(services)] == [False]
