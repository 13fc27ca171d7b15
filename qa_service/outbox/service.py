"""Enqueue an event in the caller's transaction."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from qa_service.outbox.models import OutboxEvent


def enqueue(
    session: Session, topic: str, subject: str, payload: dict[str, Any], *, now: datetime
) -> OutboxEvent:
    """The event, stored with whatever else the transaction writes, or not at all."""
    event = OutboxEvent(topic=topic, subject=subject, payload=payload, created_at=now, next_at=now)
    session.add(event)
    session.flush()
    return event
