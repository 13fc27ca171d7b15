"""Keys of the hotline's own software: shown once, kept as a hash."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, select

from qa_service.accounts.models import ApiKey, Scope
from qa_service.accounts.sessions import hash_token
from qa_service.accounts.units import find_unit
from qa_service.errors import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    InvalidInputError,
    UnauthenticatedError,
)

KEY_PREFIX = "qak_"
NAME_CHARACTERS = 64


class KeyRefusedError(UnauthenticatedError):
    """The key is missing, unknown or revoked."""

    code = "key_refused"
    title = "密钥无效"


class ScopeMissingError(ForbiddenError):
    """The key is valid but not for this."""

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


def create_key(
    session: Session, name: str, scopes: Sequence[Scope], *, now: datetime, unit: str | None = None
) -> str:
    """The new key itself, which is never shown again.

    With ``unit``, a unit's key, it acts for that unit alone. Raises InvalidKeyNameError,
    KeyNameTakenError or UnitNotFoundError.
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
            unit_id=find_unit(session, unit).id if unit else None,
            created_at=now,
        )
    )
    session.flush()
    return key


def find_key(session: Session, key: str) -> ApiKey:
    """The stored key; raises KeyRefusedError."""
    found = session.exec(select(ApiKey).where(ApiKey.key_hash == hash_token(key))).one_or_none()
    if found is None or not found.is_active:
        raise KeyRefusedError("密钥无效或已停用，请向管理员申请")
    return found


def require_scope(key: ApiKey, *scopes: Scope) -> None:
    """Raise ScopeMissingError unless the key may be used for one of ``scopes``."""
    if not set(scopes) & set(key.scopes):
        named = "或".join(f"“{scope}”" for scope in scopes)
        raise ScopeMissingError(f"该密钥没有{named}权限，请向管理员申请")
