"""User accounts: created by an administrator, signed in with login and password."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete
from sqlmodel import Session, col, select

from qa_service.accounts.actor import COMMAND_LINE, Actor
from qa_service.accounts.audit import record
from qa_service.accounts.authentication.passwords import (
    OneTimePassword,
    check_password,
    hash_password,
    one_time_password,
)
from qa_service.accounts.authentication.second_factor import reseal
from qa_service.accounts.authority import authority_of
from qa_service.accounts.mailboxes.addressees import address_problems, clean_address
from qa_service.accounts.models import User, UserSession
from qa_service.accounts.names.login_names import user_problems
from qa_service.accounts.names.lookalikes import (
    account_read_as,
    display_name_problems,
    other_accounts,
)
from qa_service.accounts.units import find_active_unit, list_units
from qa_service.errors import (
    ConflictError,
    FieldProblem,
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
)
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import AuditAction, Role

FIRST_ADMIN = "admin"
LIMITABLE = frozenset(Role) - {Role.OPERATOR, Role.ADMIN}
"""Roles that may be limited to some units; operators register questions for every unit."""


class SignInRefusedError(UnauthenticatedError):
    """Login and password do not match; the message does not reveal which of them is wrong."""

    code = "sign_in_refused"
    title = "登录失败"


class UserNotFoundError(NotFoundError):
    """No user has this login."""

    code = "user_not_found"
    title = "没有这个用户"


class UserChangedError(ConflictError):
    """The account was changed since its form was opened."""

    code = "user_changed"
    title = "账号已另有修改"


class LastAdminError(ConflictError):
    """The change would leave no active administrator."""

    code = "last_admin"
    title = "至少保留一名管理员"


class InvalidUserError(InvalidInputError):
    """The login, the display name, the roles or the unit cannot be used."""

    code = "invalid_user"
    title = "用户信息有误"


class LoginTakenError(ConflictError):
    """Another user has this login, or one that reads the same."""

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
    within: Mapping[Role, Collection[str]] | None = None,
    email: str = "",
    actor: Actor = COMMAND_LINE,
    hashed: str | None = None,
) -> User:
    """Create a user and return it; ``unit`` is the key of their unit.

    ``email`` is where they are told of what waits for them. ``within`` gives for a role the keys
    of the units it is limited to. ``hashed`` is the password's hash, made before the
    transaction because that is slow by design; made here if None.
    Raises InvalidUserError, WeakPasswordError, LoginTakenError or UnitNotFoundError.
    """
    taken = account_read_as(login, other_accounts(session, own=None))
    alike = [] if taken else display_name_problems(session, display_name, own=None)
    _check([*user_problems(login, display_name, roles, unit, alike), *address_problems(email)])
    check_password(password, about=(login, display_name))
    if taken:
        message = f"登录名“{login}”与已有账号“{taken.login}”的登录名或姓名相同或相近"
        raise LoginTakenError(f"{message}（不分大小写、全半角、繁简），请换一个")
    user = User(
        login=login,
        display_name=display_name,
        email=clean_address(email),
        password_hash=hashed or hash_password(password),
        must_change_password=must_change_password,
        roles=list(roles),
        unit_id=_unit_id(session, unit),
        role_units=_role_units(session, roles, within),
        created_at=now,
    )
    session.add(user)
    session.flush()
    granted = _granted(roles, within)
    record(
        session, AuditAction.USER, actor=actor, now=now, subject=login, change="新增", roles=granted
    )
    return user


def change_user(
    session: Session,
    login: str,
    *,
    display_name: str,
    roles: Sequence[Role],
    unit: str | None,
    within: Mapping[Role, Collection[str]] | None = None,
    email: str | None = None,
    is_active: bool,
    seen: str | None = None,
    actor: Actor,
    now: datetime,
) -> User:
    """Change a user and return it; end their sessions if roles changed or it was disabled.

    The mail address stays where ``email`` is None. ``seen`` is the ``user_version`` the
    administrator began with; None skips that check.

    Raises UserNotFoundError, UserChangedError, InvalidUserError, UnitNotFoundError or
    LastAdminError.
    """
    user = find_user(session, login)
    session.refresh(user, with_for_update=True)
    if seen is not None and seen != user_version(user):
        raise UserChangedError(
            f"这个账号在本页打开后已另有修改，现为：{_described(session, user)}；"
            "请核对下面所填，仍要修改的再保存"
        )
    is_renamed = display_name != user.display_name
    alike = display_name_problems(session, display_name, own=login) if is_renamed else []
    address = (user.email or "") if email is None else email
    _check([*user_problems(None, display_name, roles, unit, alike), *address_problems(address)])
    if not is_active or Role.ADMIN not in roles:
        _keep_an_admin(session, user)
    before = authority_of(user)
    user.display_name, user.is_active = display_name, is_active
    user.unit_id, user.email = _unit_id(session, unit), clean_address(address)
    user.roles = list(roles)
    user.role_units = _role_units(session, roles, within)
    session.add(user)
    session.flush()
    if before != authority_of(user) or not is_active:
        end_sessions(session, user)
    state = "在用" if is_active else "停用"
    granted = _granted(roles, within)
    record(
        session,
        AuditAction.USER,
        actor=actor,
        now=now,
        subject=login,
        change="修改",
        roles=granted,
        standing=state,
    )
    return user


def user_version(user: User) -> str:
    """Return a mark that changes with what administrators change of an account."""
    held = [user.display_name, user.email, user.is_active, user.unit_id, user.roles]
    return sha256(json.dumps([*held, user.role_units], sort_keys=True).encode()).hexdigest()[:16]


def list_users(session: Session) -> Sequence[User]:
    """Return every user, ordered by login."""
    return session.exec(select(User).order_by(User.login)).all()


def create_first_admin(session: Session, *, now: datetime) -> str | None:
    """Create the first administrator and return the one-time password; None if users exist."""
    if session.exec(select(User.id)).first() is not None:
        return None
    password = one_time_password()
    roles = (Role.ADMIN, Role.OPERATOR)
    create_user(session, FIRST_ADMIN, password, display_name="系统管理员", roles=roles, now=now)
    return password


def display_names(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Return the current display name of each account by id."""
    statement = select(User.id, User.display_name).where(col(User.id).in_(person_ids))
    return {found: name for found, name in session.exec(statement).all() if found is not None}


def name_of(session: Session, recorded: str | None, person_id: int | None) -> str:
    """Return the current name of whom a row recorded; a system's name as it was recorded."""
    found = display_names(session, {person_id}) if person_id is not None else {}
    return found.get(person_id or 0, recorded or "")


def find_active(session: Session, login: str) -> User:
    """Return the active user of this login; raises UserNotFoundError, also if disabled."""
    user = session.exec(select(User).where(User.login == login)).one_or_none()
    if user is None or not user.is_active:
        raise UserNotFoundError(f"没有账号“{login}”，或已停用")
    return user


def find_user(session: Session, login: str) -> User:
    """Return the user of this login, active or not; raises UserNotFoundError."""
    user = session.exec(select(User).where(User.login == login)).one_or_none()
    if user is None:
        raise UserNotFoundError(f"没有登录名为“{login}”的用户")
    return user


def reset_password(
    session: Session,
    login: str,
    *,
    now: datetime,
    actor: Actor = COMMAND_LINE,
    fresh: OneTimePassword | None = None,
) -> str:
    """Set a one-time password and return it; end the sessions. Raises UserNotFoundError.

    ``fresh`` is made before the transaction, because hashing is slow; made here if None.
    """
    user = find_user(session, login)
    fresh = fresh or OneTimePassword.make()
    user.password_hash = fresh.hashed
    user.must_change_password = True
    session.add(user)
    end_sessions(session, user)
    record(session, AuditAction.PASSWORD, actor=actor, now=now, subject=login, change="重置")
    return fresh.plain


def change_password(
    session: Session, user: User, new_hash: str, *, seen_hash: str | None, now: datetime
) -> None:
    """Replace the user's own password by the one with ``new_hash``; end all their sessions.

    ``seen_hash`` is the hash against which the old password was verified. Raises
    SignInRefusedError if it is no longer the user's.
    """
    if user.password_hash != seen_hash:
        raise SignInRefusedError("密码刚刚被修改，请重新登录后再试")
    user.password_hash = new_hash
    user.must_change_password = False
    session.add(user)
    end_sessions(session, user)
    record(
        session,
        AuditAction.PASSWORD,
        actor=Actor.of_user(user),
        now=now,
        subject=user.login,
        change="修改",
    )


def reseal_second_factors(session: Session, cipher: FieldCipher) -> None:
    """Encrypt every second-factor secret again under the present encryption key."""
    for user in session.exec(select(User).where(col(User.totp_sealed).is_not(None))).all():
        reseal(user, cipher)
        session.add(user)
    session.flush()


def end_sessions(session: Session, user: User) -> None:
    """End all sessions of the user."""
    session.execute(delete(UserSession).where(col(UserSession.user_id) == user.id))
    session.flush()


def _keep_an_admin(session: Session, user: User) -> None:
    """Raise LastAdminError if ``user`` is the only active administrator.

    One transaction at a time, and on the rows as they are by then: otherwise two
    administrators could remove each other at once.
    """
    lock_for_transaction(session, "administrators")
    session.refresh(user)
    active = select(User).where(User.is_active, User.id != user.id)
    others = session.exec(active.execution_options(populate_existing=True)).all()
    if Role.ADMIN in user.roles and not any(Role.ADMIN in other.roles for other in others):
        raise LastAdminError("至少要保留一名在用的管理员")


def _unit_id(session: Session, unit: str | None) -> int | None:
    return None if unit is None else find_active_unit(session, unit).id


def _role_units(
    session: Session, roles: Sequence[Role], within: Mapping[Role, Collection[str]] | None
) -> dict[str, list[int]]:
    found = {}
    for role, keys in (within or {}).items():
        if role in roles and keys:
            if role not in LIMITABLE:
                problem = FieldProblem("roles", "坐席和管理员的职责不能限定单位")
                raise InvalidUserError(problem.message, problems=(problem,))
            found[role.value] = sorted(find_active_unit(session, key).id or 0 for key in keys)
    return found


def _described(session: Session, user: User) -> str:
    """Return what administrators may change of the account, in words."""
    names = {unit.id: unit.name for unit in list_units(session)}
    limits = {
        role: "、".join(names.get(one, "") for one in ids) for role, ids in user.role_units.items()
    }
    roles = "、".join(
        f"{role.label}（仅限{limits[role]}）" if limits.get(role) else role.label
        for role in user.roles
    )
    unit = names.get(user.unit_id, "无")
    state = "在用" if user.is_active else "已停用"
    return f"{user.display_name}，{roles}，所属单位{unit}，邮箱{user.email or '未填'}，{state}"


def _granted(roles: Sequence[Role], within: Mapping[Role, Collection[str]] | None) -> str:
    """Return the roles as the audit trail shows them: ``editor(education+health)、reviewer``."""
    limits = {role: "+".join(sorted(keys)) for role, keys in (within or {}).items() if keys}
    named = (f"{role}({limits[role]})" if role in limits else role for role in sorted(roles))
    return "、".join(named)


def _check(problems: Sequence[FieldProblem]) -> None:
    """Raise InvalidUserError with every fault."""
    if problems:
        raise InvalidUserError("用户信息有误，请按提示修改", problems=tuple(problems))
