"""Enqueue an event in the caller's transaction; claim and settle events for delivery."""

import random
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from qa_service.outbox.models import DeliveryAttempt, Destination, OutboxEvent, Outcome

LEASE = timedelta(minutes=5)
"""How long a claimed event is its claimer's; one that died leaves it to others after that."""

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
TRIED_FOR = timedelta(hours=24)
KEPT_FOR = timedelta(days=90)
"""How long an event that was delivered, or had nowhere to go, can be looked up."""

FORGOTTEN_AT_ONCE = 500

JITTER = 0.5
"""Share of a pause that chance decides, so that many events do not come back at once."""


def enqueue(
    session: Session,
    topic: str,
    subject: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    destination: Destination = Destination.WEBHOOK,
) -> OutboxEvent:
    """The event, stored with whatever else the transaction writes, or not at all."""
    event = OutboxEvent(
        topic=topic,
        subject=subject,
        destination=destination,
        payload=payload,
        created_at=now,
        queued_at=now,
        next_at=now,
    )
    session.add(event)
    return event


def enqueue_all(
    session: Session, topic: str, events: Sequence[tuple[str, dict[str, Any]]], *, now: datetime
) -> None:
    """Enqueue many events of one topic, each a subject and a payload, in one statement."""
    values = [
        {
            "topic": topic,
            "subject": subject,
            "destination": Destination.WEBHOOK,
            "payload": payload,
            "created_at": now,
            "queued_at": now,
            "attempts": 0,
            "next_at": now,
        }
        for subject, payload in events
    ]
    if values:
        session.execute(insert(OutboxEvent), values)


def skip(session: Session, reachable: Collection[Destination], *, now: datetime) -> int:
    """How many events that are due were put aside because their destination is not set up."""
    statement = (
        update(OutboxEvent)
        .where(_is_due(now), col(OutboxEvent.destination).not_in(list(reachable)))
        .values(next_at=None, outcome=Outcome.SKIPPED)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


def claim(session: Session, *, now: datetime, limit: int) -> Sequence[OutboxEvent]:
    """Events that are due, now this caller's for ``LEASE``; at most ``limit``, oldest first.

    Of one subject only the earliest that still waits, so that its events arrive in order.
    Each is claimed by an update that one transaction alone can win, so two workers never
    hold the same event.
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
        .where(_is_due(now), ~is_behind)
        .order_by(col(OutboxEvent.next_at), col(OutboxEvent.id))
        .limit(limit)
    )
    claimed = [id_ for id_ in session.exec(due).all() if id_ and _win(session, id_, now)]
    statement = select(OutboxEvent).where(col(OutboxEvent.id).in_(claimed))
    return session.exec(statement.order_by(col(OutboxEvent.id))).all()


def settle(session: Session, event: OutboxEvent, outcome: Outcome, *, now: datetime) -> None:
    """The event waits no more."""
    event.outcome = outcome
    event.next_at = None
    event.delivered_at = now if outcome is Outcome.DELIVERED else None
    session.add(event)
    if outcome is Outcome.DELIVERED:
        session.add(DeliveryAttempt(event_id=event.id or 0, attempted_at=now))
    session.flush()


def reschedule(
    session: Session,
    event: OutboxEvent,
    error: str,
    *,
    now: datetime,
    chance: Callable[[], float] = random.random,
) -> None:
    """Try the event again later, each time about twice as late; park it after ``TRIED_FOR``.

    ``chance`` gives a number from 0 to 1 that shortens the pause by up to ``JITTER``.
    """
    event.last_error = error[:200]
    session.add(DeliveryAttempt(event_id=event.id or 0, attempted_at=now, error=event.last_error))
    if now - event.queued_at >= TRIED_FOR:
        settle(session, event, Outcome.GIVEN_UP, now=now)
        return
    pause = min(FIRST_PAUSE * 2 ** min(event.attempts - 1, 20), LONGEST_PAUSE)
    event.next_at = now + pause * (1 - JITTER * chance())
    session.add(event)
    session.flush()


def forget_settled(session: Session, *, now: datetime) -> int:
    """How many events settled ``KEPT_FOR`` ago and their attempts were forgotten.

    At most ``FORGOTTEN_AT_ONCE``, the oldest. What was given up stays until it is sent again.
    """
    oldest = (
        select(OutboxEvent.id, OutboxEvent.queued_at)
        .where(col(OutboxEvent.outcome).in_([Outcome.DELIVERED, Outcome.SKIPPED]))
        .order_by(col(OutboxEvent.id))
        .limit(FORGOTTEN_AT_ONCE)
    )
    old = [id_ for id_, queued_at in session.exec(oldest).all() if queued_at < now - KEPT_FOR]
    session.execute(delete(DeliveryAttempt).where(col(DeliveryAttempt.event_id).in_(old)))
    session.execute(delete(OutboxEvent).where(col(OutboxEvent.id).in_(old)))
    return len(old)


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Due now, or put off for longer than anything ever is: the clock was ahead then."""
    return or_(col(OutboxEvent.next_at) <= now, col(OutboxEvent.next_at) > now + LONGEST_PAUSE)


def _win(session: Session, event_id: int, now: datetime) -> bool:
    statement = (
        update(OutboxEvent)
        .where(col(OutboxEvent.id) == event_id, _is_due(now))
        .values(next_at=now + LEASE, attempts=col(OutboxEvent.attempts) + 1)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1
