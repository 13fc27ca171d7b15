"""The contract of a transport, which delivers outbox events to one destination."""

from typing import Protocol

from qa_service.outbox.models import OutboxEvent


class DeliveryError(Exception):
    """The event was not delivered; the message gives the cause and none of the content."""


class WithheldError(DeliveryError):
    """The event must not leave any more, and its receiver was not asked."""


class OutdatedError(WithheldError):
    """The event says what holds no more, and will not again: it is not tried another time."""


class Transport(Protocol):
    """Delivers events to the receiver of one destination."""

    def deliver(self, event: OutboxEvent) -> None:
        """Deliver ``event``; raises DeliveryError on failure."""
        ...
