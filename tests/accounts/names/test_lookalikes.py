"""No account and no key bears a name that can be read as another actor's."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.actor import COMMAND_LINE, RESERVED_NAMES
from qa_service.accounts.api_keys import InvalidKeyNameError, KeyNameTakenError, create_key
from qa_service.accounts.models import User
from qa_service.accounts.users import (
    InvalidUserError,
    LoginTakenError,
    change_user,
    create_first_admin,
    create_user,
)
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role, Scope

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)

OWN_NAMES = ["系统", "系統", " 系 统 ", "系统.", "糸统", "系\u200b统", "命令行", "命令行1",
             "起步库", "起步庫", "导入", "【导入】"]  # fmt: skip
OF_KEYS = ["api:hotline", "ＡＰＩ：hotline", "a p i : hotline", "hotline（自称 rv1）", "(自稱 rv1)",
           "x（api）", "自\u200b称"]  # fmt: skip
OF_OTHERS = ["rv1", "RV1", "ｒｖ１", "rv1.", "rvl", "r v 1", "陈审核", "陳審核", "陈审核。",
             "陈\u200b审核", "陈 审核", "rv1\u2060"]  # fmt: skip


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    with session_scope(database) as opened:
        add(opened, "rv1", "陈审核")
        yield opened


def add(session: Session, login: str, display_name: str) -> User:
    return create_user(
        session,
        login,
        "correct horse battery",
        display_name=display_name,
        roles=[Role.OPERATOR],
        now=NOW,
    )


def change(session: Session, login: str, display_name: str, *, is_active: bool = True) -> User:
    return change_user(
        session,
        login,
        display_name=display_name,
        roles=[Role.OPERATOR],
        unit=None,
        is_active=is_active,
        actor=COMMAND_LINE,
        now=NOW,
    )


class TestDisplayName:
    @pytest.mark.parametrize("name", [*OWN_NAMES, *OF_KEYS, *OF_OTHERS])
    def test_that_reads_as_another_actor_is_refused(self, session: Session, name: str) -> None:
        add(session, "li", "李坐席")
        for attempt in (lambda: add(session, "xin", name), lambda: change(session, "li", name)):
            with pytest.raises(InvalidUserError) as refused:
                attempt()
            assert [one.field for one in refused.value.problems] == ["display_name"]

    @pytest.mark.parametrize(
        "name",
        [
            "陈审核（民政）",
            "陈审",
            "系统管理员",
            "系统科王芳",
            "导入岗",
            "坐席 1",
            "API 对接岗",
            "zhang.san",
        ],
    )
    def test_of_its_own_is_taken(self, session: Session, name: str) -> None:
        assert add(session, "xin", name).display_name == name

    def test_may_be_the_own_login_and_stays_on_a_change(self, session: Session) -> None:
        add(session, "xin", "xin")
        assert not change(session, "xin", "xin", is_active=False).is_active

    def test_of_an_earlier_release_does_not_keep_an_account_in_use(self, session: Session) -> None:
        add(session, "xin", "新").display_name = "陈审核"
        session.flush()
        assert not change(session, "xin", "陈审核", is_active=False).is_active

    def test_of_the_first_administrator_is_free(self, database: Engine) -> None:
        with session_scope(database) as opened:
            assert create_first_admin(opened, now=NOW)


class TestLogin:
    @pytest.mark.parametrize("login", ["系統", "糸统", "系统.", "命令行1", "起步庫", "自称rv1"])
    def test_that_reads_as_the_service_is_refused(self, session: Session, login: str) -> None:
        with pytest.raises(InvalidUserError) as refused:
            add(session, login, "新")
        assert [one.field for one in refused.value.problems] == ["login"]

    @pytest.mark.parametrize("login", ["RV1", "rvl", "rvI", "rv1.", "rv1_", "陈审核", "陳審核"])
    def test_that_reads_as_another_account_is_taken(self, session: Session, login: str) -> None:
        with pytest.raises(LoginTakenError, match="rv1"):
            add(session, login, "新")

    @pytest.mark.parametrize("login", ["rv2", "rv11", "r.v1", "陈审"])
    def test_of_its_own_is_free(self, session: Session, login: str) -> None:
        assert add(session, login, "新").login == login


class TestKeyName:
    @pytest.mark.parametrize("name", [*OWN_NAMES, *OF_KEYS, *OF_OTHERS])
    def test_that_reads_as_another_actor_is_refused(self, session: Session, name: str) -> None:
        with pytest.raises(InvalidKeyNameError) as refused:
            create_key(session, name, [Scope.CONSULT], now=NOW)
        assert [one.field for one in refused.value.problems] == ["name"]

    def test_that_reads_as_another_key_is_taken(self, session: Session) -> None:
        create_key(session, "hotline", [Scope.CONSULT], now=NOW)
        for name in ("ｈotline", "HOTLINE", "hotline.", "h0tline"):
            with pytest.raises(KeyNameTakenError, match="hotline"):
                create_key(session, name, [Scope.CONSULT], now=NOW)

    def test_of_a_person_may_be_their_own(self, session: Session) -> None:
        assert create_key(session, "陈审核", [Scope.CONSULT], user="rv1", days=1, now=NOW)


def test_every_name_of_the_service_itself_is_reserved(session: Session) -> None:
    for name in sorted(RESERVED_NAMES):
        with pytest.raises(InvalidUserError):
            add(session, "xin", name)
