from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from qa_service.accounts.actor import COMMAND_LINE
from qa_service.accounts.authentication.passwords import (
    WeakPasswordError,
    check_new_password,
    hash_password,
    is_password,
    one_time_password,
)
from qa_service.accounts.authentication.sessions import find_signed_in, open_user_session
from qa_service.accounts.models import User
from qa_service.accounts.users import (
    FIRST_ADMIN,
    InvalidUserError,
    LastAdminError,
    LoginTakenError,
    SignInRefusedError,
    UserNotFoundError,
    change_password,
    change_user,
    create_first_admin,
    create_user,
    find_user,
    reset_password,
)
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
PASSWORD = "correct horse battery"
NEW_PASSWORD = "a staple of old horses"


def add(
    session: Session, login: str = "zhang", password: str = PASSWORD, name: str | None = None
) -> User:
    roles = (Role.OPERATOR,)
    if name is None:
        name = "坐席甲" if login == "zhang" else "坐席乙"
    return create_user(session, login, password, display_name=name, roles=roles, now=NOW)


class TestCreateUser:
    def test_the_password_is_kept_as_an_argon2id_hash_only(self, database: Engine) -> None:
        with session_scope(database) as session:
            user = add(session)
        assert user.password_hash.startswith("$argon2id$")
        assert PASSWORD not in user.password_hash
        assert user.must_change_password
        assert user.roles == ["operator"]

    def test_a_login_is_given_once(self, database: Engine) -> None:
        with session_scope(database) as session:
            add(session)
            with pytest.raises(LoginTakenError, match="zhang"):
                add(session)

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
    def test_who_serves_every_unit_is_limited_to_none(self, database: Engine, role: Role) -> None:
        with session_scope(database) as session, pytest.raises(InvalidUserError) as refused:
            create_user(
                session,
                "zhang",
                PASSWORD,
                display_name="甲",
                roles=[role],
                now=NOW,
                within={role: ["education"]},
            )
        assert [problem.field for problem in refused.value.problems] == ["roles"]

    @pytest.mark.parametrize("login", ["", " ", "张 三", "a\tb", "a\n", "a" * 65, "\ud800"])
    def test_an_unusable_login_is_refused(self, database: Engine, login: str) -> None:
        with session_scope(database) as session, pytest.raises(InvalidUserError) as refused:
            add(session, login=login)
        assert [problem.field for problem in refused.value.problems] == ["login"]

    @pytest.mark.parametrize(
        "login",
        [
            "fin/wang",
            "..",
            ".",
            "系统",
            "导入",
            "api:x/rv1",
            "api:hotline",
            "（未知）",
            "ｗａｎｇ",
            "-x",
        ],
    )
    def test_a_login_that_looks_like_something_else_is_refused(
        self, database: Engine, login: str
    ) -> None:
        with session_scope(database) as session, pytest.raises(InvalidUserError) as refused:
            add(session, login=login)
        assert [problem.field for problem in refused.value.problems] == ["login"]

    @pytest.mark.parametrize(
        "login", ["wang", "王芳", "wang.fang", "wang_2", "w@qu.example", "12345"]
    )
    def test_usual_logins_are_taken(self, database: Engine, login: str) -> None:
        with session_scope(database) as session:
            assert add(session, login=login).login == login

    def test_a_login_in_other_letters_is_taken_already(self, database: Engine) -> None:
        with session_scope(database) as session:
            add(session)
            with pytest.raises(LoginTakenError):
                add(session, login="ZHANG")

    def test_every_fault_is_told_at_once_and_a_role_is_needed(self, database: Engine) -> None:
        with session_scope(database) as session, pytest.raises(InvalidUserError) as refused:
            create_user(session, "a/b", PASSWORD, display_name=" ", roles=[], now=NOW)
        fields = [problem.field for problem in refused.value.problems]
        assert fields == ["login", "display_name", "roles"]

    @pytest.mark.parametrize("name", ["", "　", "甲" * 65, "甲\n乙"])
    def test_an_unusable_display_name_is_refused(self, database: Engine, name: str) -> None:
        with session_scope(database) as session, pytest.raises(InvalidUserError) as refused:
            add(session, name=name)
        assert [problem.field for problem in refused.value.problems] == ["display_name"]

    def test_a_short_password_is_refused_and_nobody_is_created(self, database: Engine) -> None:
        with session_scope(database) as session:
            with pytest.raises(WeakPasswordError, match="至少 10 位"):
                add(session, password="a" * 9)
            assert session.exec(select(User)).all() == []


class TestFirstAdmin:
    def test_gets_a_password_that_signs_in_once_and_must_be_changed(self, database: Engine) -> None:
        with session_scope(database) as session:
            password = create_first_admin(session, now=NOW)
            assert password
            admin = find_user(session, FIRST_ADMIN)
            assert is_password(admin.password_hash, password)
        assert admin.must_change_password
        assert admin.roles == ["admin", "operator"]

    def test_is_created_only_where_there_is_nobody(self, database: Engine) -> None:
        with session_scope(database) as session:
            add(session)
            assert create_first_admin(session, now=NOW) is None
            assert session.exec(select(User.login)).all() == ["zhang"]

    def test_one_time_passwords_are_long_enough_and_never_alike(self) -> None:
        passwords = {one_time_password() for _ in range(50)}
        assert len(passwords) == 50
        assert min(map(len, passwords)) >= 16


def renew(session: Session, user: User) -> None:
    seen = user.password_hash
    change_password(session, user, hash_password(NEW_PASSWORD), seen_hash=seen, now=NOW)


class TestChangePassword:
    def test_the_new_one_signs_in_and_the_old_one_no_longer(self, database: Engine) -> None:
        with session_scope(database) as session:
            user = add(session)
            renew(session, user)
            assert is_password(user.password_hash, NEW_PASSWORD)
            assert not is_password(user.password_hash, PASSWORD)
            assert not user.must_change_password

    def test_ends_every_session_of_the_user_and_of_nobody_else(self, database: Engine) -> None:
        with session_scope(database) as session:
            user, other = add(session), add(session, login="li")
            token = open_user_session(session, user, hours=1, now=NOW)
            others = open_user_session(session, other, hours=1, now=NOW)
            renew(session, user)
            assert find_signed_in(session, token, now=NOW) is None
            assert find_signed_in(session, others, now=NOW) is not None

    def test_is_refused_if_it_was_replaced_since_the_old_one_was_shown(
        self, database: Engine
    ) -> None:
        with session_scope(database) as session:
            user = add(session)
            seen = user.password_hash
            reset_password(session, "zhang", now=NOW)
            with pytest.raises(SignInRefusedError, match="刚刚被修改"):
                change_password(session, user, hash_password("x"), seen_hash=seen, now=NOW)
            assert user.must_change_password

    @pytest.mark.parametrize(("old", "new"), [(PASSWORD, "short"), (PASSWORD, PASSWORD)])
    def test_to_a_weak_or_the_same_one_is_refused(self, old: str, new: str) -> None:
        with pytest.raises(WeakPasswordError):
            check_new_password(old, new, about=("zhang", "坐席甲"))


def change(session: Session, login: str, *roles: Role, is_active: bool = True) -> User:
    return change_user(
        session,
        login,
        display_name=f"乙{login}",
        roles=roles,
        unit=None,
        is_active=is_active,
        actor=COMMAND_LINE,
        now=NOW,
    )


class TestChangeUser:
    def test_leaves_nobody_without_a_role(self, database: Engine) -> None:
        with session_scope(database) as session:
            add(session)
            with pytest.raises(InvalidUserError, match="请按提示"):
                change(session, "zhang")

    def test_keeps_accounts_with_a_login_of_earlier_releases(self, database: Engine) -> None:
        with session_scope(database) as session:
            add(session).login = "fin/wang"
            session.flush()
            assert not change(session, "fin/wang", Role.OPERATOR, is_active=False).is_active

    @pytest.mark.parametrize("is_active", [True, False])
    def test_keeps_an_administrator(self, database: Engine, is_active: bool) -> None:
        with session_scope(database) as session:
            create_first_admin(session, now=NOW)
            with pytest.raises(LastAdminError):
                change(session, FIRST_ADMIN, Role.OPERATOR, is_active=is_active)


def remove_each_other(engine: Engine) -> tuple[list[str], list[str]]:
    """Two administrators stop each other at once: what each is told, and who is left."""
    logins = ("one", "other")
    with session_scope(engine) as session:
        for login in logins:
            add(session, login=login, name=f"管理员{login}").roles = [Role.ADMIN]
    ready = Barrier(2)

    def stop(login: str) -> str:
        ready.wait(timeout=60)
        try:
            with session_scope(engine) as session:
                # Both have looked at the accounts before one of them writes.
                session.exec(select(User)).all()
                if engine.dialect.name == "postgresql":
                    ready.wait(timeout=60)
                change(session, login, Role.ADMIN, is_active=False)
        except LastAdminError:
            return "refused"
        return "stopped"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(stop, logins))
    with session_scope(engine, read_only=True) as session:
        left = session.exec(select(User.login).where(User.is_active)).all()
    return told, list(left)


class TestAtTheSameTime:
    def check(self, engine: Engine) -> None:
        told, left = remove_each_other(engine)
        assert told == ["refused", "stopped"]
        assert len(left) == 1

    def test_one_administrator_is_left_on_sqlite(self, database: Engine) -> None:
        self.check(database)

    @pytest.mark.postgres
    def test_one_administrator_is_left_on_postgresql(self, migrated_postgres: Engine) -> None:
        self.check(migrated_postgres)


class TestResetPassword:
    def test_gives_a_one_time_password_and_ends_the_sessions(self, database: Engine) -> None:
        with session_scope(database) as session:
            user = add(session)
            renew(session, user)
            token = open_user_session(session, user, hours=1, now=NOW)
            password = reset_password(session, "zhang", now=NOW)
            assert find_signed_in(session, token, now=NOW) is None
            assert is_password(user.password_hash, password)
            assert not is_password(user.password_hash, NEW_PASSWORD)
            assert user.must_change_password

    def test_an_unknown_login_is_told(self, database: Engine) -> None:
        with (
            session_scope(database) as session,
            pytest.raises(UserNotFoundError, match="nobody"),
        ):
            reset_password(session, "nobody", now=NOW)
