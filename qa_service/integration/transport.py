"""The contract of a transport, which delivers outbox events to one destination."""

from collections.abc import Callable
from typing import Protocol

from sqlmodel import Session

from qa_service.outbox.models import OutboxEvent


class DeliveryError(Exception):
    """The event was not delivered; the message gives the cause and none of the content."""


class WithheldError(DeliveryError):
    """The event must not leave any more, and its receiver was not asked."""


class OutdatedError(WithheldError):
    """The event says what holds no more, and will not again: it is not tried another time."""


Note = Callable[[Session], None]
"""Keeps what is to be known of a delivery, in the transaction that marks the event."""


class Transport(Protocol):
    """Delivers events to the receiver of one destination."""

    def deliver(self, event: OutboxEvent) -> Note | None:
        """Deliver ``event`` and return what is to be noted; raises DeliveryError on failure."""
        ...
