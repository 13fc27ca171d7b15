"""Transports of messages to citizens, by SMS and by mail, for every kind of message."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import MessageError
from functools import partial
from typing import Protocol

from sqlmodel import Session

from qa_service.errors import ConfigurationError
from qa_service.integration.mail import MailServer
from qa_service.integration.sms import SmsGateway
from qa_service.integration.transport import DeliveryError, Note, Transport, WithheldError
from qa_service.ledger.askers.details import read_asker
from qa_service.ledger.models import Asker
from qa_service.outbox.models import OutboxEvent
from qa_service.storage.encryption import FieldCipher


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a citizen, in plain text; never logged or stored.

    ``values`` are what a gateway fills in, ``text`` among them; ``identity`` is the same for a
    repeat.
    """

    to: str
    title: str
    values: dict[str, str]
    identity: str


class Messages(Protocol):
    """The messages of one kind: composed as they leave, and noted once they were taken."""

    def compose(self, event: OutboxEvent) -> Message:
        """Return the message; raises WithheldError for one that must not leave any more."""
        ...

    def note_delivered(self, session: Session, event: OutboxEvent) -> None:
        """Keep when the message was taken."""
        ...


@dataclass(frozen=True, slots=True)
class SmsTransport:
    """Sends text messages."""

    messages: Messages
    gateway: SmsGateway

    def deliver(self, event: OutboxEvent) -> Note:
        """Send the message of the event; raises DeliveryError."""
        self.gateway.send(self.messages.compose(event).values)
        return partial(self.messages.note_delivered, event=event)


@dataclass(frozen=True, slots=True)
class MailTransport:
    """Sends mails."""

    messages: Messages
    server: MailServer

    def deliver(self, event: OutboxEvent) -> Note:
        """Send the mail of the event; raises DeliveryError."""
        message = self.messages.compose(event)
        try:
            self.server.send(
                message.to,
                message.title,
                message.values["text"],
                identity=message.identity,
                date=event.created_at,
            )
        except (MessageError, ValueError) as error:
            raise DeliveryError(type(error).__name__) from error
        return partial(self.messages.note_delivered, event=event)


@dataclass(frozen=True, slots=True)
class ByTopic:
    """Hands each event to the transport of its topic."""

    transports: Mapping[str, Transport]

    def deliver(self, event: OutboxEvent) -> Note | None:
        """Send the event; raises DeliveryError, also where its kind is turned off."""
        transport = self.transports.get(event.topic)
        if transport is None:
            raise WithheldError("turned off")
        return transport.deliver(event)


def contact_of(asker: Asker | None, cipher: FieldCipher) -> str | None:
    """Return the contact in plain text; None for one that was erased or never given.

    Raises WithheldError where its key is missing.
    """
    try:
        return read_asker(asker, cipher=cipher).phone if asker else None
    except ConfigurationError as error:
        raise WithheldError("key missing") from error
