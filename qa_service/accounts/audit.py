"""The audit trail (审计记录): each row carries the hash of the row before it.

A row changed, removed or inserted breaks the chain from there on. The newest hash, if kept
elsewhere, also reveals rows cut off the end (等保 2.0, 安全审计).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from qa_service.accounts.actor import Actor, ActorKind
from qa_service.accounts.models import AuditEvent
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.privacy.masking import masked
from qa_service.vocabulary import AuditAction

FIRST_HASH = "0" * 64
"""Previous hash of the first row."""

SUBJECT_CHARACTERS = 128
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Break:
    """A break of the chain: the number of the row and, in Chinese, the defect."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Selects rows; None does not filter. ``actor`` is a name as recorded."""

    actor: str | None = None
    action: AuditAction | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def record(
    session: Session,
    action: AuditAction,
    *,
    actor: Actor,
    now: datetime,
    subject: str = "",
    **details: str | int | None,
) -> None:
    """Append a row in the caller's transaction; personal data in ``details`` is masked.

    Writers are serialised until their transactions end, so that the chain cannot fork.
    """
    stated = {name: value for name, value in details.items() if value is not None}
    record_each(session, action, [(subject, stated)], actor=actor, now=now)


def record_each(
    session: Session,
    action: AuditAction,
    rows: Iterable[tuple[str, Mapping[str, str | int]]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Append one row for each subject and its details; see ``record``.

    The rows of a person who came with an API key name the key too, as ``api_key``.
    """
    key = {"api_key": actor.key_name} if actor.kind is ActorKind.PERSON and actor.key_name else {}
    lock_for_transaction(session, "audit")
    newest = _newest(session)
    number, previous = (newest.id, newest.hash) if newest else (0, FIRST_HASH)
    for subject, details in rows:
        number += 1
        event = AuditEvent(
            id=number,
            occurred_at=now,
            actor=actor.name,
            actor_person_id=actor.person_id,
            actor_key_id=actor.api_key_id,
            action=action,
            subject=subject[:SUBJECT_CHARACTERS],
            details={**_masked(details), **key},
            previous_hash=previous,
            hash="",
        )
        previous = event.hash = hash_of(event)
        session.add(event)
    session.flush()


def _masked(details: Mapping[str, str | int]) -> dict[str, str | int]:
    """Return the details with personal data masked: reasons and titles are typed by hand."""
    return {
        name: masked(value) if isinstance(value, str) else value for name, value in details.items()
    }


def hash_of(event: AuditEvent) -> str:
    """Return the SHA-256, in hex, over all columns of a row and the hash of the row before.

    The actor's ids are included only where they are set: rows of earlier releases have none,
    and their stored hashes must stay valid.
    """
    columns: dict[str, object] = {
        "id": event.id,
        "occurred_at": event.occurred_at.timestamp(),
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "details": event.details,
        "previous_hash": event.previous_hash,
    }
    ids = {"actor_person_id": event.actor_person_id, "actor_key_id": event.actor_key_id}
    columns |= {name: value for name, value in ids.items() if value is not None}
    canonical = json.dumps(columns, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def verify(session: Session, *, newest_hash: str | None = None) -> Break | None:
    """Return the first place where the trail was tampered with, or None.

    With ``newest_hash``, a hash recorded earlier outside the database, rows cut off the end
    are detected too: some row must still have that hash.
    """
    expected_id, before, is_noted = 1, FIRST_HASH, newest_hash is None
    for event in _all_events(session):
        if event.id != expected_id:
            return Break(expected_id, "缺少记录")
        if event.previous_hash != before:
            return Break(event.id, "与上一条不衔接")
        if event.hash != hash_of(event):
            return Break(event.id, "内容被改动")
        expected_id, before = event.id + 1, event.hash
        is_noted = is_noted or event.hash == newest_hash
    return None if is_noted else Break(expected_id, "末尾的记录被删除")


def newest_hash(session: Session) -> str:
    """Return the hash of the last row, to be recorded outside the database."""
    newest = _newest(session)
    return newest.hash if newest else FIRST_HASH


def list_events(
    session: Session, wanted: AuditFilter, *, before: int | None = None, limit: int = 50
) -> Sequence[AuditEvent]:
    """Return at most ``limit`` rows that match, newest first, with ids below ``before``."""
    statement = select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(limit)
    if wanted.actor is not None:
        statement = statement.where(AuditEvent.actor == wanted.actor)
    if wanted.action is not None:
        statement = statement.where(AuditEvent.action == wanted.action)
    if wanted.subject is not None:
        statement = statement.where(AuditEvent.subject == wanted.subject)
    if wanted.since is not None:
        statement = statement.where(col(AuditEvent.occurred_at) >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(col(AuditEvent.occurred_at) < wanted.until)
    if before is not None:
        statement = statement.where(col(AuditEvent.id) < before)
    return session.exec(statement).all()


def _newest(session: Session) -> AuditEvent | None:
    return session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(1)).first()


def _all_events(session: Session) -> Iterator[AuditEvent]:
    after = -(2**31)
    while True:
        statement = select(AuditEvent).where(col(AuditEvent.id) > after)
        events = session.exec(statement.order_by(col(AuditEvent.id)).limit(BATCH)).all()
        yield from events
        if len(events) < BATCH:
            return
        after = events[-1].id
        session.expunge_all()
