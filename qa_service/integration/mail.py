"""Mails an event of the outbox to a unit."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage

from qa_service.integration.webhook import DeliveryError
from qa_service.outbox.models import OutboxEvent

TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class MailServer:
    """The SMTP server that takes our mails."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False

    def deliver(self, event: OutboxEvent) -> None:
        """Send the mail; raises DeliveryError when the server does not take it.

        Its Message-ID is made of the event's, so that a mailbox can tell a repeat.
        """
        try:
            with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS) as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(self._message(event))
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(type(error).__name__) from error

    def _message(self, event: OutboxEvent) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = event.payload["to"]
        message["Subject"] = event.payload["subject"]
        message["Date"] = event.created_at
        domain = self.sender.rpartition("@")[2].strip("> ") or "localhost"
        message["Message-ID"] = f"<qa-event-{event.id}@{domain}>"
        message.set_content(event.payload["text"])
        return message
