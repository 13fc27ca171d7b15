"""Enqueue an event in the caller's transaction; claim and settle events for delivery."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.engine import CursorResult
from sqlmodel import Session, col, select

from qa_service.outbox.models import Destination, OutboxEvent, Outcome

LEASE = timedelta(minutes=5)
"""How long a claimed event is its claimer's; one that died leaves it to others after that."""

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
ATTEMPTS = 20


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
        .where(
            col(OutboxEvent.next_at) <= now, col(OutboxEvent.destination).not_in(list(reachable))
        )
        .values(next_at=None, outcome=Outcome.SKIPPED)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


def claim(session: Session, *, now: datetime, limit: int) -> Sequence[OutboxEvent]:
    """Events that are due, now this caller's for ``LEASE``; at most ``limit``, oldest first.

    Each is claimed by an update that one transaction alone can win, so two workers never
    hold the same event.
    """
    due = (
        select(OutboxEvent.id)
        .where(col(OutboxEvent.next_at) <= now)
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
    session.flush()


def put_off(session: Session, event: OutboxEvent, error: str, *, now: datetime) -> None:
    """Try the event again later, each time twice as late; give it up after ``ATTEMPTS``."""
    event.last_error = error[:200]
    if event.attempts >= ATTEMPTS:
        settle(session, event, Outcome.GIVEN_UP, now=now)
        return
    event.next_at = now + min(FIRST_PAUSE * 2 ** (event.attempts - 1), LONGEST_PAUSE)
    session.add(event)
    session.flush()


def _win(session: Session, event_id: int, now: datetime) -> bool:
    statement = (
        update(OutboxEvent)
        .where(col(OutboxEvent.id) == event_id, col(OutboxEvent.next_at) <= now)
        .values(next_at=now + LEASE, attempts=col(OutboxEvent.attempts) + 1)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount == 1
