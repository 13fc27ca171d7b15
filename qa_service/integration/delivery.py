"""Delivers due outbox events in a bounded round, each through its destination's transport."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from qa_service.integration.circuit_breaker import CircuitBreaker
from qa_service.integration.transport import (
    DeliveryError,
    Note,
    OutdatedError,
    Transport,
    WithheldError,
)
from qa_service.observability.events import (
    DeliveryFailed,
    NotDelivered,
    kind_of,
    log_event,
    place_of,
)
from qa_service.outbox.models import Destination, OutboxEvent
from qa_service.outbox.service import (
    claim,
    mark_delivered,
    release_claims,
    reschedule,
    skip_unreachable,
    void_event,
)
from qa_service.storage.engine import session_scope

BATCH = 20
ROUND_EVENTS = 1_000
ROUND_SECONDS = 60.0
"""Limits of a round in events and seconds; the next round continues."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Counts of one round: events delivered, failed, and skipped for lack of a transport."""

    arrived: int = 0
    failed: int = 0
    skipped: int = 0


def never() -> bool:
    """Return False: the default of a round that is never stopped early."""
    return False


@dataclass(slots=True)
class DeliveryRound:
    """One round of at most ``ROUND_EVENTS`` events and ``ROUND_SECONDS``.

    An event is claimed before it is sent and marked afterwards, so that no transaction is open
    during the transfer. If the process is killed in between, the event is sent again under
    the same id: delivery is at least once, and exactly once for receivers that check the id.
    """

    database: Engine
    transports: Mapping[Destination, Transport]
    now: datetime
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    should_end: Callable[[], bool] = never
    seconds: Callable[[], float] = time.monotonic
    _arrived: int = field(default=0, init=False)
    _failed: int = field(default=0, init=False)
    _deadline: float = field(default=0.0, init=False)

    def run(self) -> Delivered:
        """Deliver due events; return how many arrived, failed and were skipped."""
        self._deadline = self.seconds() + ROUND_SECONDS
        with session_scope(self.database) as session:
            skipped = skip_unreachable(session, self.transports.keys(), now=self.now)
        for destination, transport in self.transports.items():
            while self._goes_on(destination) and self._deliver_batch(destination, transport):
                pass
        return Delivered(self._arrived, self._failed, skipped)

    def _goes_on(self, destination: Destination) -> bool:
        """Return whether the round may send another event to ``destination``."""
        return (
            self.breaker.allows(destination, now=self.now)
            and self._arrived + self._failed < ROUND_EVENTS
            and self.seconds() < self._deadline
            and not self.should_end()
        )

    def _deliver_batch(self, destination: Destination, transport: Transport) -> bool:
        """Claim and send some events; return whether there were any."""
        with session_scope(self.database) as session:
            events = claim(session, destination, now=self.now, limit=BATCH)
        for position, event in enumerate(events):
            if not self._goes_on(destination):
                with session_scope(self.database) as session:
                    release_claims(session, events[position:], until=self.now)
                break
            self._send(event, transport)
        return bool(events)

    def _send(self, event: OutboxEvent, transport: Transport) -> None:
        """Send one event and record the result; what it meets delays no other event."""
        try:
            note = transport.deliver(event)
        except DeliveryError as error:
            # What was held back here tells nothing of the receiver.
            if not isinstance(error, WithheldError):
                self.breaker.record_failure(event.destination, now=self.now)
            log_event(NotDelivered(event.id or 0, event.topic, str(error)))
            self._record_failure(event, error, str(error))
        except Exception as error:
            _log_unforeseen(event, error)
            self._record_failure(event, error, type(error).__name__)
        else:
            self.breaker.record_success(event.destination)
            self._record_arrival(event, note)

    def _record_failure(self, event: OutboxEvent, error: Exception, cause: str) -> None:
        """Schedule another attempt, or void an event that says what holds no more."""
        self._failed += 1
        with session_scope(self.database) as session:
            stored = session.get_one(OutboxEvent, event.id)
            if isinstance(error, OutdatedError):
                void_event(session, stored, cause, now=self.now)
            else:
                reschedule(session, stored, cause, now=self.now)

    def _record_arrival(self, event: OutboxEvent, note: Note | None) -> None:
        """Mark the event and note its delivery; if noting fails, it is marked all the same.

        What arrived would otherwise be sent again.
        """
        self._arrived += 1
        try:
            self._mark(event, note)
        except Exception as error:
            _log_unforeseen(event, error)
            self._mark(event)

    def _mark(self, event: OutboxEvent, note: Note | None = None) -> None:
        with session_scope(self.database) as session:
            mark_delivered(session, session.get_one(OutboxEvent, event.id), now=self.now)
            if note is not None:
                note(session)


def _log_unforeseen(event: OutboxEvent, error: Exception) -> None:
    """Log the place of an error, not its message, which may hold a citizen's words."""
    log_event(DeliveryFailed(event.id or 0, event.topic, kind_of(error), place_of(error)))


def deliver_due(
    database: Engine, transports: Mapping[Destination, Transport], *, now: datetime
) -> Delivered:
    """Run one round of delivery with a new circuit breaker; return its counts."""
    return DeliveryRound(database, transports, now).run()
