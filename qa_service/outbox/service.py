"""Enqueue events in the caller's transaction; claim them for delivery and record the result."""

import random
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, insert, or_, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from qa_service.outbox.models import DeliveryAttempt, Destination, OutboxEvent, Outcome
from qa_service.outbox.payload import Event

LEASE = timedelta(minutes=5)
"""Duration of a claim; afterwards the events of a crashed process can be claimed by others."""

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
TRIED_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=90)
"""Retention of events that were delivered or skipped."""

DELETED_AT_ONCE = 500

JITTER = 0.5
"""Random share of a pause, so that many events are not retried at the same moment."""


def enqueue(session: Session, event: Event, *, now: datetime) -> OutboxEvent:
    """Store ``event`` for delivery; it is committed or rolled back with the transaction."""
    stored = OutboxEvent(
        topic=event.topic,
        subject=event.subject,
        destination=event.destination,
        payload=event.dump(),
        created_at=now,
        queued_at=now,
        next_at=now,
    )
    session.add(stored)
    return stored


def enqueue_all(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Store many events in one statement."""
    values = [
        {
            "topic": event.topic,
            "subject": event.subject,
            "destination": event.destination,
            "payload": event.dump(),
            "created_at": now,
            "queued_at": now,
            "attempts": 0,
            "next_at": now,
        }
        for event in events
    ]
    if values:
        session.execute(insert(OutboxEvent), values)


def skip_unreachable(session: Session, reachable: Collection[Destination], *, now: datetime) -> int:
    """Mark due events as skipped whose destination is not set up; return how many."""
    statement = (
        update(OutboxEvent)
        .where(_is_due(now), col(OutboxEvent.destination).not_in(list(reachable)))
        .values(next_at=None, outcome=Outcome.SKIPPED)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


def claim(
    session: Session, destination: Destination, *, now: datetime, limit: int
) -> Sequence[OutboxEvent]:
    """Claim at most ``limit`` due events of ``destination`` for ``LEASE``, oldest first.

    Of one subject only the earliest waiting event is claimed, so that a subject's events
    arrive in order. Each claim is a conditional update that only one transaction can win,
    so two workers never hold the same event.
    """
    earlier = aliased(OutboxEvent)
    is_behind = exists().where(
        col(earlier.destination) == col(OutboxEvent.destination),
        col(earlier.subject) == col(OutboxEvent.subject),
        col(earlier.id) < col(OutboxEvent.id),
        col(earlier.next_at).is_not(None),
    )
    due = (
        select(OutboxEvent.id)
        .where(_is_due(now), col(OutboxEvent.destination) == destination, ~is_behind)
        .order_by(col(OutboxEvent.next_at), col(OutboxEvent.id))
        .limit(limit)
    )
    claimed = [id_ for id_ in session.exec(due).all() if id_ and _win(session, id_, now)]
    statement = select(OutboxEvent).where(col(OutboxEvent.id).in_(claimed))
    return session.exec(statement.order_by(col(OutboxEvent.id))).all()


def release_claims(session: Session, events: Sequence[OutboxEvent], *, until: datetime) -> None:
    """Return claimed events that were not tried; they are due again at ``until``."""
    statement = (
        update(OutboxEvent)
        .where(col(OutboxEvent.id).in_([event.id for event in events]))
        .values(next_at=until, attempts=col(OutboxEvent.attempts) - 1)
        .execution_options(synchronize_session=False)
    )
    session.execute(statement)


def mark_delivered(session: Session, event: OutboxEvent, *, now: datetime) -> None:
    """Record that ``event`` arrived."""
    event.outcome, event.next_at, event.delivered_at = Outcome.DELIVERED, None, now
    session.add(event)
    session.add(DeliveryAttempt(event_id=event.id or 0, attempted_at=now))
    session.flush()


def void_event(session: Session, event: OutboxEvent, why: str, *, now: datetime) -> None:
    """Record that ``event`` was not sent, because what it says holds no more."""
    event.outcome, event.next_at, event.last_error = Outcome.VOIDED, None, why[:200]
    session.add(event)
    session.add(DeliveryAttempt(event_id=event.id or 0, attempted_at=now, error=event.last_error))
    session.flush()


def reschedule(
    session: Session,
    event: OutboxEvent,
    error: str,
    *,
    now: datetime,
    chance: Callable[[], float] = random.random,
) -> None:
    """Record a failed attempt and schedule a retry; after ``TRIED_FOR`` make it a dead letter.

    The pause doubles with each attempt up to ``LONGEST_PAUSE``. ``chance`` gives a number
    from 0 to 1 that shortens it by up to ``JITTER``.
    """
    event.last_error = error[:200]
    session.add(DeliveryAttempt(event_id=event.id or 0, attempted_at=now, error=event.last_error))
    if now - event.queued_at >= TRIED_FOR:
        event.outcome, event.next_at = Outcome.GIVEN_UP, None
    else:
        pause = min(FIRST_PAUSE * 2 ** min(event.attempts - 1, 20), LONGEST_PAUSE)
        event.next_at = now + pause * (1 - JITTER * chance())
    session.add(event)
    session.flush()


def delete_delivered(session: Session, *, now: datetime) -> int:
    """Delete delivered, skipped and void events older than ``KEPT_FOR``; return how many.

    At most ``DELETED_AT_ONCE``, the oldest. Dead letters stay until they are sent again.
    """
    oldest = (
        select(OutboxEvent.id, OutboxEvent.queued_at)
        .where(col(OutboxEvent.outcome).in_(set(Outcome) - {Outcome.GIVEN_UP}))
        .order_by(col(OutboxEvent.id))
        .limit(DELETED_AT_ONCE)
    )
    old = [id_ for id_, queued_at in session.exec(oldest).all() if queued_at < now - KEPT_FOR]
    session.execute(delete(DeliveryAttempt).where(col(DeliveryAttempt.event_id).in_(old)))
    session.execute(delete(OutboxEvent).where(col(OutboxEvent.id).in_(old)))
    return len(old)


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Return a condition: due, or due later than any pause (set while the clock was ahead)."""
    return or_(col(OutboxEvent.next_at) <= now, col(OutboxEvent.next_at) > now + LONGEST_PAUSE)


def _win(session: Session, event_id: int, now: datetime) -> bool:
    """Claim one event unless another transaction did first; return whether this one did."""
    statement = (
        update(OutboxEvent)
        .where(col(OutboxEvent.id) == event_id, _is_due(now))
        .values(next_at=now + LEASE, attempts=col(OutboxEvent.attempts) + 1)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1
