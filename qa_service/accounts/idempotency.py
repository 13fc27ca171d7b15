"""Repeated requests: the same key and body get the first answer again."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete
from sqlmodel import Session, col, select

from qa_service.accounts.models import IdempotencyRecord
from qa_service.errors import ConflictError, InvalidInputError
from qa_service.storage.advisory_locks import lock_for_transaction

KEY_CHARACTERS = 200
KEPT_FOR = timedelta(days=7)
"""Longer than any caller goes on repeating a request; an answer holds what a citizen asked."""


class IdempotencyKeyReusedError(ConflictError):
    """The key was used before for another request."""

    code = "idempotency_key_reused"
    title = "幂等键已用于其他请求"


class InvalidIdempotencyKeyError(InvalidInputError):
    """The key is empty, too long, or holds characters that cannot be seen."""

    code = "invalid_idempotency_key"
    title = "幂等键无效"


def request_hash(method: str, path: str, body: Mapping[str, object]) -> str:
    """SHA-256 of what was asked for."""
    asked = json.dumps([method, path, body], ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def claim(
    session: Session, api_key_id: int, idempotency_key: str, asked: str, *, now: datetime
) -> IdempotencyRecord:
    """The record of this request; ``status_code`` is 0 until it has been answered.

    The claim is written in the transaction of the write itself, so a second request
    at the same time waits for the first and then finds its answer, and a crash in
    between leaves neither. ``asked`` is a ``request_hash``. Raises
    InvalidIdempotencyKeyError, and IdempotencyKeyReusedError for another request.
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
    elif found.request_hash != asked:
        raise IdempotencyKeyReusedError("同一个 Idempotency-Key 不能用于不同的请求，请换一个")
    return found


def settle(
    session: Session, record: IdempotencyRecord, status_code: int, body: dict[str, Any]
) -> None:
    """Keep the answer to a claimed request, to be given again."""
    record.status_code = status_code
    record.body = body
    session.add(record)
    session.flush()


def delete_expired(session: Session, *, now: datetime) -> int:
    """How many answers older than ``KEPT_FOR`` were forgotten."""
    old = col(IdempotencyRecord.created_at) < now - KEPT_FOR
    done = session.execute(delete(IdempotencyRecord).where(old))
    return done.rowcount if isinstance(done, CursorResult) else 0


def _check(idempotency_key: str) -> None:
    is_visible = idempotency_key.isprintable() and not idempotency_key.isspace()
    if not is_visible or not 1 <= len(idempotency_key) <= KEY_CHARACTERS:
        raise InvalidIdempotencyKeyError(
            f"Idempotency-Key 应为 1 至 {KEY_CHARACTERS} 个可见字符，请更换"
        )


def _find(session: Session, api_key_id: int, idempotency_key: str) -> IdempotencyRecord | None:
    statement = select(IdempotencyRecord).where(
        IdempotencyRecord.api_key_id == api_key_id,
        IdempotencyRecord.idempotency_key == idempotency_key,
    )
    return session.exec(statement).one_or_none()
