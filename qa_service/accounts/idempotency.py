"""Idempotency keys: a repeated request gets the answer of the first one."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import JsonValue
from sqlalchemy import CursorResult, delete
from sqlmodel import Session, col, select

from qa_service.accounts.models import IdempotencyRecord
from qa_service.errors import ConflictError, InvalidInputError
from qa_service.storage.encryption import FieldCipher
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.privacy.kinds import PersonalDataKind
from qa_service.text.privacy.masking import mask_personal_data

KEY_CHARACTERS = 200
NOT_COMPARED = ""
"""Hash of a record of an earlier release: its plain hash was erased by the upgrade, so that a
repeat under its key is taken for the same request."""
KEPT_FOR = timedelta(days=7)
"""Retention of a record: longer than callers retry, and limited because an answer may
contain a citizen's question."""


class IdempotencyKeyReusedError(ConflictError):
    """The key was already used for a different request."""

    code = "idempotency_key_reused"
    title = "幂等键已用于其他请求"


class InvalidIdempotencyKeyError(InvalidInputError):
    """The key is empty, too long, or contains invisible characters or personal data."""

    code = "invalid_idempotency_key"
    title = "幂等键无效"


def request_hash(
    cipher: FieldCipher, api_key_id: int, method: str, path: str, body: Mapping[str, object]
) -> str:
    """Return the HMAC-SHA256, in hex, of a request that came with this API key.

    A body may hold a caller's name and number, of which a plain hash could be found again by
    trying; hence the key of the installation. After a new one (``secrets rotate``) a repeat of
    an earlier request counts as another request.
    """
    asked = [api_key_id, method, path, body]
    return cipher.keyed_hash("idempotency", json.dumps(asked, ensure_ascii=True, sort_keys=True))


def claim(
    session: Session, api_key_id: int, idempotency_key: str, asked: str, *, now: datetime
) -> IdempotencyRecord:
    """Return the record of this request, new or existing; ``status_code`` 0 means unanswered.

    The record is written in the transaction of the request itself: a concurrent repeat
    waits for the first and then finds its answer, and a crash leaves neither the change nor
    the record. ``asked`` is a ``request_hash``. Raises InvalidIdempotencyKeyError, and
    IdempotencyKeyReusedError if the key belongs to a different request.
    """
    _check(idempotency_key)
    lock_for_transaction(session, f"idempotency:{api_key_id}:{idempotency_key}")
    found = _find(session, api_key_id, idempotency_key)
    if found is None:
        found = IdempotencyRecord(
            api_key_id=api_key_id,
            idempotency_key=idempotency_key,
            request_hash=asked,
            created_at=now,
        )
        session.add(found)
        session.flush()
    elif found.request_hash not in {asked, NOT_COMPARED}:
        raise IdempotencyKeyReusedError("同一个 Idempotency-Key 不能用于不同的请求，请换一个")
    return found


def complete(
    session: Session, record: IdempotencyRecord, status_code: int, body: dict[str, JsonValue]
) -> None:
    """Store the answer of a claimed request, to be returned to repeats."""
    record.status_code = status_code
    record.body = body
    session.add(record)
    session.flush()


def delete_expired(session: Session, *, now: datetime) -> int:
    """Delete records older than ``KEPT_FOR``; return how many."""
    old = col(IdempotencyRecord.created_at) < now - KEPT_FOR
    done = session.execute(delete(IdempotencyRecord).where(old))
    return done.rowcount if isinstance(done, CursorResult) else 0


def _check(idempotency_key: str) -> None:
    is_visible = idempotency_key.isprintable() and not idempotency_key.isspace()
    if not is_visible or not 1 <= len(idempotency_key) <= KEY_CHARACTERS:
        raise InvalidIdempotencyKeyError(
            f"Idempotency-Key 应为 1 至 {KEY_CHARACTERS} 个可见字符，请更换"
        )
    if _is_personal(idempotency_key):
        raise InvalidIdempotencyKeyError(
            "Idempotency-Key 含有手机号等个人信息，请改用随机编号（如 UUID）"
        )


def _is_personal(idempotency_key: str) -> bool:
    """Return whether the key is a telephone or the like: it is stored as given for a week."""
    kinds = set(mask_personal_data(idempotency_key).found)
    # One serial number in ten passes the check of bank cards.
    return bool(kinds - {PersonalDataKind.BANK_CARD} if idempotency_key.isdigit() else kinds)


def _find(session: Session, api_key_id: int, idempotency_key: str) -> IdempotencyRecord | None:
    statement = select(IdempotencyRecord).where(
        IdempotencyRecord.api_key_id == api_key_id,
        IdempotencyRecord.idempotency_key == idempotency_key,
    )
    return session.exec(statement).one_or_none()
