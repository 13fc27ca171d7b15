"""The contract of a transport, which carries outbox events to one destination."""

from typing import Protocol

from qa_service.outbox.models import OutboxEvent


class DeliveryError(Exception):
    """The event did not arrive; the message says why, without anything of its content."""


class Transport(Protocol):
    """Carries an event to its receiver."""

    def deliver(self, event: OutboxEvent) -> None:
        """Deliver ``event``; raises DeliveryError when it did not arrive."""
        ...
