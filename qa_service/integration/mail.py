"""Transport by mail: sends an outbox event to a unit through an SMTP server."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from threading import Timer

from qa_service.integration.transport import DeliveryError
from qa_service.outbox.events import UnitMail
from qa_service.outbox.models import OutboxEvent

TIMEOUT_SECONDS = 15.0
"""Longest wait for one answer of the server."""

TOTAL_SECONDS = 30.0
"""Longest time of one mail in all, however the server drips its answers."""


@contextmanager
def _cut_off(server: smtplib.SMTP) -> Iterator[None]:
    """Cut the connection after ``TOTAL_SECONDS``; what waits for it then fails."""

    def cut() -> None:
        if server.sock is not None:
            with suppress(OSError):
                server.sock.shutdown(socket.SHUT_RDWR)

    timer = Timer(TOTAL_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server and the credentials with which this service sends mail through it."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False

    def deliver(self, event: OutboxEvent) -> None:
        """Send the mail; raises DeliveryError when the server does not accept it.

        The Message-ID derives from the event's id, so that mailboxes recognise a repeat.
        """
        self._send(self._message(event))

    def send(self, to: str, title: str, text: str, *, identity: str, date: datetime) -> None:
        """Send a text to one address; ``identity`` is the same for a repeat. See ``deliver``."""
        self._send(self._written(to, title, text, identity=identity, date=date))

    def _send(self, message: EmailMessage) -> None:
        try:
            with smtplib.SMTP(timeout=TIMEOUT_SECONDS) as server, _cut_off(server):
                server.connect(self.host, self.port)
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(type(error).__name__) from error

    def _message(self, event: OutboxEvent) -> EmailMessage:
        """Build the mail of an event."""
        mail = UnitMail.load(event.subject, event.payload)
        identity = f"qa-event-{event.id}"
        return self._written(
            mail.to, mail.title, mail.text, identity=identity, date=event.created_at
        )

    def _written(
        self, to: str, title: str, text: str, *, identity: str, date: datetime
    ) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = to
        message["Subject"] = title
        message["Date"] = date
        domain = self.sender.rpartition("@")[2].strip("> ") or "localhost"
        message["Message-ID"] = f"<{identity}@{domain}>"
        message.set_content(text)
        return message
