"""Users: created by an administrator, signed in by login and password."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete
from sqlmodel import Session, col, select

from qa_service.accounts.models import Role, User, UserSession
from qa_service.accounts.units import find_unit
from qa_service.errors import (
    ConflictError,
    FieldProblem,
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
)

PASSWORD_CHARACTERS = 10
NAME_CHARACTERS = 64
FIRST_ADMIN = "admin"

_HASHER = PasswordHasher()
# Checked when the login is unknown, so that both answers take the same time.
_DECOY = _HASHER.hash(secrets.token_hex(16))


class SignInRefusedError(UnauthenticatedError):
    """Login and password do not belong together; which of them is wrong is not told."""

    code = "sign_in_refused"
    title = "登录失败"


class UserNotFoundError(NotFoundError):
    """No user has this login."""

    code = "user_not_found"
    title = "没有这个用户"


class WeakPasswordError(InvalidInputError):
    """The new password is too short or the one-time one again."""

    code = "weak_password"
    title = "密码不符合要求"


class InvalidUserError(InvalidInputError):
    """The login or the display name cannot be used."""

    code = "invalid_user"
    title = "用户信息有误"


class LoginTakenError(ConflictError):
    """Another user has this login."""

    code = "login_taken"
    title = "登录名已被使用"


def create_user(
    session: Session,
    login: str,
    password: str,
    *,
    display_name: str,
    roles: Sequence[Role],
    now: datetime,
    must_change_password: bool = True,
    unit: str | None = None,
) -> User:
    """The new user, of the unit with key ``unit`` if one is given.

    Raises InvalidUserError, WeakPasswordError, LoginTakenError or UnitNotFoundError.
    """
    _check_names(login, display_name)
    _check_password(password)
    if session.exec(select(User.id).where(User.login == login)).first() is not None:
        raise LoginTakenError(f"登录名“{login}”已被使用，请换一个")
    user = User(
        login=login,
        display_name=display_name,
        password_hash=_hash(password),
        must_change_password=must_change_password,
        roles=list(roles),
        unit_id=_unit_of(session, roles, unit),
        created_at=now,
    )
    session.add(user)
    session.flush()
    return user


def create_first_admin(session: Session, *, now: datetime) -> str | None:
    """The one-time password of the first administrator, or None if any user exists."""
    if session.exec(select(User.id)).first() is not None:
        return None
    password = one_time_password()
    roles = (Role.ADMIN, Role.OPERATOR)
    create_user(session, FIRST_ADMIN, password, display_name="系统管理员", roles=roles, now=now)
    return password


def one_time_password() -> str:
    """A random password, to be changed at the first sign-in."""
    return secrets.token_urlsafe(12)


def display_names(session: Session, logins: Collection[str]) -> dict[str, str]:
    """The names of those of ``logins`` that are users."""
    statement = select(User.login, User.display_name).where(col(User.login).in_(logins))
    return dict(session.exec(statement).all())


def find_active(session: Session, login: str) -> User:
    """The user of this login; raises UserNotFoundError, for one who has left too."""
    user = session.exec(select(User).where(User.login == login)).one_or_none()
    if user is None or not user.is_active:
        raise UserNotFoundError(f"没有账号“{login}”，或已停用")
    return user


def reset_password(session: Session, login: str) -> str:
    """A new one-time password for ``login``, whose sessions end; raises UserNotFoundError."""
    user = session.exec(select(User).where(User.login == login)).one_or_none()
    if user is None:
        raise UserNotFoundError(f"没有登录名为“{login}”的用户")
    password = one_time_password()
    user.password_hash = _hash(password)
    user.must_change_password = True
    session.add(user)
    _end_sessions(session, user)
    return password


def authenticate(session: Session, login: str, password: str) -> User:
    """The user of this login and password; raises SignInRefusedError."""
    user = session.exec(select(User).where(User.login == login)).one_or_none()
    if not _verify(user.password_hash if user else _DECOY, password) or user is None:
        raise SignInRefusedError("登录名或密码不正确，请重新输入")
    if not user.is_active:
        raise SignInRefusedError("该账号已停用，请联系管理员")
    if _HASHER.check_needs_rehash(user.password_hash):
        user.password_hash = _hash(password)
        session.add(user)
    return user


def change_password(session: Session, user: User, *, old: str, new: str) -> None:
    """Set the user's own password and end every session of theirs.

    Raises SignInRefusedError or WeakPasswordError.
    """
    if not _verify(user.password_hash, old):
        raise SignInRefusedError("原密码不正确，请重新输入")
    _check_password(new)
    if old == new:
        problem = FieldProblem("new_password", "不能与原密码相同")
        raise WeakPasswordError("新密码不能与原密码相同", problems=(problem,))
    user.password_hash = _hash(new)
    user.must_change_password = False
    session.add(user)
    _end_sessions(session, user)


def _unit_of(session: Session, roles: Sequence[Role], unit: str | None) -> int | None:
    if unit is not None:
        return find_unit(session, unit).id
    if Role.UNIT in roles:
        problem = FieldProblem("unit", "承办单位的用户须指明所属单位")
        raise InvalidUserError("用户信息有误，请按提示修改", problems=(problem,))
    return None


def _end_sessions(session: Session, user: User) -> None:
    session.execute(delete(UserSession).where(col(UserSession.user_id) == user.id))
    session.flush()


def _bytes(password: str) -> bytes:
    # Whatever was typed has bytes, a lone surrogate too.
    return password.encode("utf-8", "surrogatepass")


def _hash(password: str) -> str:
    return _HASHER.hash(_bytes(password))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _check_names(login: str, display_name: str) -> None:
    problems = []
    if not (login.isprintable() and " " not in login and 1 <= len(login) <= NAME_CHARACTERS):
        problems.append(FieldProblem("login", f"应为 1 至 {NAME_CHARACTERS} 个字符，不含空格"))
    if not (display_name.strip() and len(display_name) <= NAME_CHARACTERS):
        problems.append(FieldProblem("display_name", f"应为 1 至 {NAME_CHARACTERS} 个字符"))
    if problems:
        raise InvalidUserError("用户信息有误，请按提示修改", problems=tuple(problems))


def _check_password(password: str) -> None:
    if len(password) < PASSWORD_CHARACTERS:
        message = f"密码至少 {PASSWORD_CHARACTERS} 位"
        raise WeakPasswordError(message, problems=(FieldProblem("new_password", message),))
