"""Payloads of outbox events, and the form of an event."""

from collections.abc import Mapping
from typing import Protocol

from qa_service.outbox.models import Destination

PayloadValue = str | int | bool
Payload = dict[str, PayloadValue]
Stored = Mapping[str, PayloadValue]
"""A payload as it was stored."""


class Event(Protocol):
    """An event that can be enqueued."""

    @property
    def topic(self) -> str:
        """The kind of the event, such as ``pair.published``."""
        ...

    @property
    def subject(self) -> str:
        """The record concerned; events of one subject are delivered in order."""
        ...

    @property
    def destination(self) -> Destination:
        """The transport by which the event is delivered."""
        ...

    def dump(self) -> Payload:
        """Return the payload as JSON values."""
        ...
