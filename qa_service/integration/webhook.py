"""Posts an event of the outbox to another system."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field

import httpx

from qa_service.outbox.models import OutboxEvent

TIMEOUT_SECONDS = 10.0


class DeliveryError(Exception):
    """The event did not arrive; the message says why, without anything of its content."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events are posted; ``secret`` signs them."""

    url: str
    secret: str = field(default="", repr=False)

    def deliver(self, event: OutboxEvent) -> None:
        """Post the event; raises DeliveryError unless the answer is 2xx.

        ``X-QA-Event-Id`` stays the same when an event is posted again, so that a receiver
        takes it once. ``X-QA-Signature`` is HMAC-SHA256 of the body.
        """
        body = json.dumps(
            {
                "id": event.id,
                "topic": event.topic,
                "subject": event.subject,
                "occurred_at": event.created_at.isoformat(),
                "data": event.payload,
            },
            ensure_ascii=False,
        ).encode()
        headers = {"Content-Type": "application/json", "X-QA-Event-Id": str(event.id)}
        if self.secret:
            digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-QA-Signature"] = f"sha256={digest}"
        try:
            answer = httpx.post(self.url, content=body, headers=headers, timeout=TIMEOUT_SECONDS)
        except httpx.HTTPError as error:
            raise DeliveryError(type(error).__name__) from error
        if not answer.is_success:
            raise DeliveryError(f"HTTP {answer.status_code}")
