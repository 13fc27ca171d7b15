"""Posts an event of the outbox to another system."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from qa_service.integration.targets import AllowedTargets, TargetRefusedError
from qa_service.outbox.models import OutboxEvent

TIMEOUT_SECONDS = 10.0


class DeliveryError(Exception):
    """The event did not arrive; the message says why, without anything of its content."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events are posted; ``secret`` signs them, ``allowed`` guards against SSRF."""

    url: str
    secret: str = field(default="", repr=False)
    allowed: AllowedTargets = field(default_factory=AllowedTargets)
    seconds: Callable[[], float] = time.time

    def deliver(self, event: OutboxEvent) -> None:
        """Post the event; raises DeliveryError unless the answer is 2xx. Follows no redirect.

        ``X-QA-Event-Id`` stays the same when an event is posted again, so that a receiver
        takes it once. ``X-QA-Signature`` is ``t=<seconds>,v1=<HMAC-SHA256 of "t.body">``: a
        receiver refuses an old ``t``, so that nobody can replay what he overheard.
        """
        body = _body(event)
        headers = {"Content-Type": "application/json", "X-QA-Event-Id": str(event.id)}
        if self.secret:
            headers["X-QA-Signature"] = signature(self.secret, body, int(self.seconds()))
        try:
            pinned = self.allowed.resolve(self.url)
            with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
                answer = client.post(
                    pinned.url,
                    content=body,
                    headers={**headers, "Host": pinned.host},
                    extensions={"sni_hostname": pinned.name},
                )
        except (httpx.HTTPError, TargetRefusedError) as error:
            raise DeliveryError(str(error) or type(error).__name__) from error
        if not answer.is_success:
            raise DeliveryError(f"HTTP {answer.status_code}")


def signature(secret: str, body: bytes, seconds: int) -> str:
    """The signature of a body sent at that second."""
    signed = f"{seconds}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def _body(event: OutboxEvent) -> bytes:
    said = {
        "id": event.id,
        "topic": event.topic,
        "subject": event.subject,
        "occurred_at": event.created_at.isoformat(),
        "data": event.payload,
    }
    return json.dumps(said, ensure_ascii=False).encode()
