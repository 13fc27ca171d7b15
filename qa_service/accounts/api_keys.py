"""API keys of other systems: shown once, stored as a hash."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, select

from qa_service.accounts.actor import COMMAND_LINE, Actor
from qa_service.accounts.audit import record
from qa_service.accounts.authentication.sessions import hash_token
from qa_service.accounts.models import ApiKey
from qa_service.accounts.units import find_active_unit
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


class KeyRefusedError(UnauthenticatedError):
    """The key is missing, unknown, revoked or expired."""

    code = "key_refused"
    title = "密钥无效"


class ScopeMissingError(ForbiddenError):
    """The key is valid but lacks the scope."""

    code = "scope_missing"
    title = "密钥权限不足"


class InvalidKeyNameError(InvalidInputError):
    """The name is empty or too long."""

    code = "invalid_key_name"
    title = "密钥名称无效"


class KeyNameTakenError(ConflictError):
    """Another key has this name."""

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
    unit: str | None = None,
    days: int | None = None,
    per_minute: int = CALLS_PER_MINUTE,
    actor: Actor = COMMAND_LINE,
) -> str:
    """Create a key and return it; only its hash is stored, so it cannot be shown again.

    It expires after ``days`` if given, and with ``unit`` (a unit's key) is limited to that
    unit. Raises InvalidKeyNameError, KeyNameTakenError or UnitNotFoundError.
    """
    if not (name.strip() and name.isprintable() and len(name) <= NAME_CHARACTERS):
        message = f"密钥名称应为 1 至 {NAME_CHARACTERS} 个可见字符"
        raise InvalidKeyNameError(message, problems=(FieldProblem("name", message),))
    if session.exec(select(ApiKey.id).where(ApiKey.name == name)).first() is not None:
        raise KeyNameTakenError(f"已有名为“{name}”的密钥，请换一个名称")
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiKey(
            name=name,
            key_hash=hash_token(key),
            scopes=list(scopes),
            unit_id=find_active_unit(session, unit).id if unit else None,
            per_minute=per_minute,
            expires_at=now + timedelta(days=days) if days else None,
            created_at=now,
        )
    )
    session.flush()
    granted = "、".join(sorted(scopes))
    record(
        session,
        AuditAction.KEY,
        actor=actor,
        now=now,
        subject=name,
        change="新建",
        scopes=granted,
        unit=unit,
    )
    return key


def revoke_key(session: Session, name: str, *, now: datetime, actor: Actor = COMMAND_LINE) -> None:
    """Revoke the key at once; raises KeyNotFoundError."""
    key = session.exec(select(ApiKey).where(ApiKey.name == name)).one_or_none()
    if key is None:
        raise KeyNotFoundError(f"没有名为“{name}”的密钥")
    key.is_active = False
    session.add(key)
    record(session, AuditAction.KEY, actor=actor, now=now, subject=name, change="停用")


def list_keys(session: Session) -> Sequence[ApiKey]:
    """Return every key, ordered by name."""
    return session.exec(select(ApiKey).order_by(ApiKey.name)).all()


def find_key(session: Session, key: str, *, now: datetime) -> ApiKey:
    """Return the stored key; raises KeyRefusedError if it is unknown, revoked or expired."""
    found = session.exec(select(ApiKey).where(ApiKey.key_hash == hash_token(key))).one_or_none()
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
