"""Delivers the outbox: claims events, sends each on its way, and settles it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from qa_service.integration.webhook import DeliveryError
from qa_service.outbox.models import Destination, OutboxEvent, Outcome
from qa_service.outbox.service import claim, reschedule, settle, skip
from qa_service.storage.engine import session_scope

BATCH = 50

_log = logging.getLogger(__name__)


class Transport(Protocol):
    """Takes an event to where it belongs."""

    def deliver(self, event: OutboxEvent) -> None:
        """Raises DeliveryError when it did not arrive."""
        ...


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a round: events that arrived, failed for now, and had nowhere to go."""

    arrived: int = 0
    failed: int = 0
    skipped: int = 0


def deliver_due(
    database: Engine, transports: Mapping[Destination, Transport], *, now: datetime
) -> Delivered:
    """Deliver every event that is due, each in a transaction of its own.

    An event is claimed before and settled after it is sent, so that no transaction is
    open meanwhile. One that was sent by a process killed before it could say so is sent
    again under the same id: at least once on the wire, once for a receiver that looks.
    """
    with session_scope(database) as session:
        skipped = skip(session, transports.keys(), now=now)
    arrived = failed = 0
    while True:
        with session_scope(database) as session:
            events = claim(session, now=now, limit=BATCH)
        if not events:
            return Delivered(arrived, failed, skipped)
        for event in events:
            if _send(database, event, transports[event.destination], now):
                arrived += 1
            else:
                failed += 1


def _send(database: Engine, event: OutboxEvent, transport: Transport, now: datetime) -> bool:
    try:
        transport.deliver(event)
    except DeliveryError as error:
        _log.warning("not delivered: event=%s topic=%s cause=%s", event.id, event.topic, error)
        with session_scope(database) as session:
            reschedule(session, session.get_one(OutboxEvent, event.id), str(error), now=now)
        return False
    _settle(database, event, Outcome.DELIVERED, now)
    return True


def _settle(database: Engine, event: OutboxEvent, outcome: Outcome, now: datetime) -> None:
    with session_scope(database) as session:
        settle(session, session.get_one(OutboxEvent, event.id), outcome, now=now)
