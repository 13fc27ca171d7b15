"""Dead letters: events whose delivery was abandoned, for inspection and resending by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from qa_service.errors import NotFoundError
from qa_service.outbox.models import DeliveryAttempt, OutboxEvent, Outcome


class DeadLetterNotFoundError(NotFoundError):
    """No dead letter has this id."""

    code = "event_not_parked"
    title = "没有这个搁置的事件"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of one attempt to deliver ``event``.

    ``error`` is empty when it arrived; ``is_voided`` when it was the one that made it void.
    """

    event: OutboxEvent
    attempted_at: datetime
    error: str
    is_voided: bool


def dead_letters(session: Session, *, limit: int = 100) -> Sequence[OutboxEvent]:
    """Return events whose delivery was abandoned (搁置), newest first."""
    statement = select(OutboxEvent).where(OutboxEvent.outcome == Outcome.GIVEN_UP)
    return session.exec(statement.order_by(col(OutboxEvent.id).desc()).limit(limit)).all()


def retrying_events(session: Session, *, limit: int = 100) -> Sequence[OutboxEvent]:
    """Return events that failed at least once and will be retried, the next one first."""
    statement = select(OutboxEvent).where(
        col(OutboxEvent.next_at).is_not(None),
        OutboxEvent.attempts > 0,
        # One that is on its way for the first time has not failed.
        col(OutboxEvent.last_error).is_not(None),
    )
    return session.exec(statement.order_by(col(OutboxEvent.next_at)).limit(limit)).all()


def send_again(session: Session, event_id: int, *, now: datetime) -> OutboxEvent:
    """Make a dead letter due at ``now`` and allow attempts for another ``TRIED_FOR``.

    Raises DeadLetterNotFoundError.
    """
    event = session.get(OutboxEvent, event_id)
    if event is None or event.outcome is not Outcome.GIVEN_UP:
        raise DeadLetterNotFoundError(f"没有编号为 {event_id} 的搁置事件，可能已重新发送")
    event.outcome, event.next_at, event.attempts, event.queued_at = None, now, 0, now
    session.add(event)
    session.flush()
    return event


def last_attempts(session: Session, *, limit: int = 50) -> Sequence[Attempt]:
    """Return the newest delivery attempts, the newest first."""
    statement = select(DeliveryAttempt, OutboxEvent).join(
        OutboxEvent, col(OutboxEvent.id) == DeliveryAttempt.event_id
    )
    found = session.exec(statement.order_by(col(DeliveryAttempt.id).desc()).limit(limit)).all()
    # Only the last attempt of an event that is void made it so; earlier ones failed.
    last = {attempt.event_id: attempt.id for attempt, _ in reversed(found)}
    return [
        Attempt(
            event,
            attempt.attempted_at,
            attempt.error or "",
            event.outcome is Outcome.VOIDED and last[attempt.event_id] == attempt.id,
        )
        for attempt, event in found
    ]


def depth(session: Session) -> tuple[int, int]:
    """Return how many events wait for delivery and how many are dead letters."""
    waiting = select(func.count()).where(col(OutboxEvent.next_at).is_not(None))
    dead = select(func.count()).where(OutboxEvent.outcome == Outcome.GIVEN_UP)
    return session.exec(waiting).one(), session.exec(dead).one()
