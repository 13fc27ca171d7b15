"""Transport by webhook: posts an outbox event as signed JSON to another system."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from qa_service.integration.targets import AllowedTargets, Pinned, TargetRefusedError
from qa_service.integration.transport import DeliveryError
from qa_service.outbox.models import OutboxEvent

TIMEOUT_SECONDS = 10.0
"""Longest time of one post in all, however the receiver drips its answer."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """The receiver's address; ``secret`` signs events, ``allowed`` guards against SSRF."""

    url: str
    secret: str = field(default="", repr=False)
    allowed: AllowedTargets = field(default_factory=AllowedTargets)
    seconds: Callable[[], float] = time.time

    def deliver(self, event: OutboxEvent) -> None:
        """Post the event; raises DeliveryError unless the answer is 2xx. Follows no redirect.

        ``X-QA-Event-Id`` stays the same when an event is posted again, so that a receiver can
        discard repeats. ``X-QA-Signature`` is ``t=<seconds>,v1=<HMAC-SHA256 of "t.body">``: a
        receiver refuses an old ``t``, which prevents replays.
        """
        body = _body(event)
        headers = {"Content-Type": "application/json", "X-QA-Event-Id": str(event.id)}
        if self.secret:
            headers["X-QA-Signature"] = signature(self.secret, body, int(self.seconds()))
        try:
            status = asyncio.run(_post(self.allowed.resolve(self.url), body, headers))
        except TimeoutError as error:
            raise DeliveryError(f"no answer within {TIMEOUT_SECONDS:g} s") from error
        except TargetRefusedError as error:
            raise DeliveryError(str(error)) from error
        except httpx.HTTPError as error:
            raise DeliveryError(type(error).__name__) from error
        if not 200 <= status < 300:
            raise DeliveryError(f"HTTP {status}")


async def _post(pinned: Pinned, body: bytes, headers: dict[str, str]) -> int:
    """Post ``body`` and return the status; raises TimeoutError after ``TIMEOUT_SECONDS`` in all.

    The body of the answer is not needed and may never end or unpack to any size: it is neither
    read nor decoded.
    """
    async with (
        asyncio.timeout(TIMEOUT_SECONDS),
        httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client,
        client.stream(
            "POST",
            pinned.url,
            content=body,
            headers={**headers, "Host": pinned.host, "Accept-Encoding": "identity"},
            auth=pinned.credentials,
            extensions={"sni_hostname": pinned.name},
        ) as answer,
    ):
        return answer.status_code


def signature(secret: str, body: bytes, seconds: int) -> str:
    """Return the signature header of ``body`` sent at ``seconds`` since 1970."""
    signed = f"{seconds}.".encode() + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def _body(event: OutboxEvent) -> bytes:
    """Return the JSON body of an event."""
    fields = {
        "id": event.id,
        "topic": event.topic,
        "subject": event.subject,
        "occurred_at": event.created_at.isoformat(),
        "data": event.payload,
    }
    return json.dumps(fields, ensure_ascii=False).encode()
