"""API keys of other systems and of people: shown once, stored as a hash."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from qa_service.accounts.actor import COMMAND_LINE, Actor
from qa_service.accounts.audit import record
from qa_service.accounts.authentication.sessions import hash_token
from qa_service.accounts.models import ApiKey, User
from qa_service.accounts.names.lookalikes import key_name_problems, readings
from qa_service.accounts.units import find_active_unit
from qa_service.accounts.users import find_active
from qa_service.errors import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
)
from qa_service.vocabulary import AuditAction, Scope

KEY_PREFIX = "qak_"
NAME_CHARACTERS = 64
CALLS_PER_MINUTE = 6000
"""The default rate limit of a key."""
MOST_CALLS = 1_000_000
"""The highest rate limit of a key, in calls a minute."""
LONGEST_DAYS = 3650
# Built once, because every request executes it.
_BY_HASH = select(ApiKey).where(col(ApiKey.key_hash) == bindparam("key_hash"))

USUAL_DAYS = 365
"""Days for which a key is valid if its maker gave none on the command line."""


class KeyRefusedError(UnauthenticatedError):
    """The key is missing, unknown, revoked or expired."""

    code = "key_refused"
    title = "密钥无效"


class ScopeMissingError(ForbiddenError):
    """The key is valid but lacks the scope."""

    code = "scope_missing"
    title = "密钥权限不足"


class InvalidKeyError(InvalidInputError):
    """The key has invalid days, calls a minute, unit or scopes; ``problems`` names each."""

    code = "invalid_key"
    title = "密钥信息有误"


class InvalidKeyNameError(InvalidKeyError):
    """The name is empty, too long, or reads like the service's own or an account's."""

    code = "invalid_key_name"
    title = "密钥名称无效"


class KeyNameTakenError(ConflictError):
    """Another key has this name, or one that reads the same."""

    code = "key_name_taken"
    title = "密钥名称重复"


class KeyNotFoundError(NotFoundError):
    """No key has this name."""

    code = "key_not_found"
    title = "没有这个密钥"


def create_key(
    session: Session,
    name: str,
    scopes: Sequence[Scope],
    *,
    now: datetime,
    user: str | None = None,
    unit: str | None = None,
    days: int | None = None,
    per_minute: int = CALLS_PER_MINUTE,
    actor: Actor = COMMAND_LINE,
) -> str:
    """Create a key and return it; only its hash is stored, so it cannot be shown again.

    With ``user``, a login, it is that person's and acts as the person; otherwise a system's,
    and with ``unit`` limited to that unit. It expires after ``days``; None means never, which
    a person's key may not. Raises InvalidKeyNameError or InvalidKeyError with every fault,
    KeyNameTakenError, UserNotFoundError or UnitNotFoundError.
    """
    alike = key_name_problems(session, name, own=user)
    _check(name, scopes, alike, user=user, unit=unit, days=days, per_minute=per_minute)
    if (taken := _read_as(session, name)) is not None:
        raise KeyNameTakenError(f"已有名为“{taken}”的密钥，名称相同或相近，请换一个名称")
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiKey(
            name=name,
            key_hash=hash_token(key),
            scopes=list(scopes),
            user_id=find_active(session, user).id if user else None,
            unit_id=find_active_unit(session, unit).id if unit else None,
            per_minute=per_minute,
            expires_at=None if days is None else now + timedelta(days=days),
            created_at=now,
        )
    )
    session.flush()
    record(
        session,
        AuditAction.KEY,
        actor=actor,
        now=now,
        subject=name,
        change="新建",
        scopes="、".join(sorted(scopes)),
        unit=unit,
        person=user,
    )
    return key


def revoke_key(session: Session, name: str, *, now: datetime, actor: Actor = COMMAND_LINE) -> None:
    """Revoke the key at once; raises KeyNotFoundError."""
    _revoke(session, _named(session, name), now=now, actor=actor)


def revoke_own_key(session: Session, name: str, *, now: datetime, actor: Actor) -> None:
    """Revoke a key of the actor's own; raises KeyNotFoundError, also for a key of others."""
    key = _named(session, name)
    if actor.person_id is None or key.user_id != actor.person_id:
        raise _not_found(name)
    _revoke(session, key, now=now, actor=actor)


def list_keys(session: Session, *, user_id: int | None = None) -> Sequence[ApiKey]:
    """Return every key, or those of one person, ordered by name."""
    statement = select(ApiKey).order_by(ApiKey.name)
    if user_id is not None:
        statement = statement.where(ApiKey.user_id == user_id)
    return session.exec(statement).all()


def key_names(session: Session, key_ids: Collection[int]) -> dict[int, str]:
    """Return the name of each key by id."""
    statement = select(ApiKey.id, ApiKey.name).where(col(ApiKey.id).in_(key_ids))
    return {found: name for found, name in session.exec(statement).all() if found is not None}


def actor_of_key(session: Session, key: ApiKey) -> Actor:
    """Return the actor of a request with ``key``: its person with the roles of now, or its system.

    Raises KeyRefusedError if the person's account is disabled.
    """
    if key.user_id is None:
        return Actor.of_key(key)
    user = session.get_one(User, key.user_id)
    if not user.is_active:
        raise KeyRefusedError("密钥所属的账号已停用，请联系管理员")
    return Actor.of_user(user).through(key)


def find_key(session: Session, key: str, *, now: datetime) -> ApiKey:
    """Return the stored key; raises KeyRefusedError if it is unknown, revoked or expired."""
    found = session.exec(_BY_HASH, params={"key_hash": hash_token(key)}).one_or_none()
    if found is None or not found.is_active:
        raise KeyRefusedError("密钥无效或已停用，请向管理员申请")
    if found.expires_at is not None and found.expires_at <= now:
        raise KeyRefusedError("密钥已过期，请向管理员申请新的密钥")
    return found


def require_scope(key: ApiKey, *scopes: Scope) -> None:
    """Raise ScopeMissingError unless the key has one of ``scopes``."""
    if not set(scopes) & set(key.scopes):
        named = "或".join(f"“{scope}”" for scope in scopes)
        raise ScopeMissingError(f"该密钥没有{named}权限，请向管理员申请")


def _check(
    name: str,
    scopes: Sequence[Scope],
    alike: list[FieldProblem],
    *,
    user: str | None,
    unit: str | None,
    days: int | None,
    per_minute: int,
) -> None:
    """Raise InvalidKeyNameError or InvalidKeyError with every fault of a key to be made.

    ``alike`` are the faults of a name that reads like the service's or an account's.
    """
    is_formed = name.strip() and name.isprintable() and len(name) <= NAME_CHARACTERS
    is_named = is_formed and not alike
    problems = list(alike if is_formed else ())
    if not is_formed:
        problems.append(FieldProblem("name", f"密钥名称应为 1 至 {NAME_CHARACTERS} 个可见字符"))
    if not scopes:
        problems.append(FieldProblem("scopes", "请至少选择一项权限"))
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        problems.append(FieldProblem("days", f"有效天数应为 1 至 {LONGEST_DAYS} 的整数，如 365"))
    if days is None and user is not None:
        problems.append(FieldProblem("days", "个人密钥须有有效天数，不能长期有效"))
    if not 1 <= per_minute <= MOST_CALLS:
        problems.append(FieldProblem("per_minute", f"每分钟次数应为 1 至 {MOST_CALLS} 的整数"))
    if user is not None and unit is not None:
        problems.append(FieldProblem("unit", "个人密钥以本人的单位为准，不能另限单位"))
    if problems:
        refusal = InvalidKeyError if is_named else InvalidKeyNameError
        raise refusal("密钥没有新建，请按提示修改", problems=tuple(problems))


def _read_as(session: Session, name: str) -> str | None:
    """Return the name of a key that reads like ``name``, or None."""
    forms = readings(name)
    return next(
        (one for one in session.exec(select(ApiKey.name)).all() if forms & readings(one)), None
    )


def _named(session: Session, name: str) -> ApiKey:
    key = session.exec(select(ApiKey).where(ApiKey.name == name)).one_or_none()
    if key is None:
        raise _not_found(name)
    return key


def _not_found(name: str) -> KeyNotFoundError:
    return KeyNotFoundError(f"没有名为“{name}”的密钥")


def _revoke(session: Session, key: ApiKey, *, now: datetime, actor: Actor) -> None:
    key.is_active = False
    session.add(key)
    record(session, AuditAction.KEY, actor=actor, now=now, subject=key.name, change="停用")
