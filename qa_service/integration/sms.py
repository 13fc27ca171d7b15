"""Text messages through the HTTP interface of an SMS gateway, which the settings describe."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import httpx

from qa_service.integration.targets import AllowedTargets, Pinned, TargetRefusedError
from qa_service.integration.transport import DeliveryError
from qa_service.outbox.events import UnitText
from qa_service.outbox.models import OutboxEvent

TIMEOUT_SECONDS = 10.0
"""Longest time of one request in all."""

LARGEST_ANSWER = 20_000
"""Bytes of the gateway's answer that are read for the mark of success."""

Body = Literal["json", "form"]
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """An HTTP gateway: where to post, and which fields with which texts.

    In the texts of ``fields`` the places in braces are filled in, such as ``{phone}`` and
    ``{text}``; ``success`` is what the answer of the gateway has to contain, empty for any.
    """

    url: str = field(repr=False)
    fields: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Body = "json"
    success: str = ""
    allowed: AllowedTargets = field(default_factory=AllowedTargets)

    def deliver(self, event: OutboxEvent) -> None:
        """Send the text of an event to its unit; raises DeliveryError. See ``send``."""
        text = UnitText.load(event.subject, event.payload)
        values = {"phone": text.to, "text": text.text, "link": text.link}
        self.send({**values, "number": text.number, "question": ""})

    def send(self, values: Mapping[str, str]) -> None:
        """Send one message; raises DeliveryError unless the gateway takes it.

        Values are filled in after the request is taken apart, so that none of them can add a
        field. No redirect is followed, and the error tells nothing of the message.
        """
        filled = {name: filled_in(text, values) for name, text in self.fields.items()}
        try:
            status, answer = asyncio.run(self._post(self.allowed.resolve(self.url), filled))
        except TimeoutError as error:
            raise DeliveryError(f"no answer within {TIMEOUT_SECONDS:g} s") from error
        except TargetRefusedError as error:
            raise DeliveryError(str(error)) from error
        except httpx.HTTPError as error:
            raise DeliveryError(type(error).__name__) from error
        if not 200 <= status < 300:
            raise DeliveryError(f"HTTP {status}")
        if self.success and self.success not in answer:
            raise DeliveryError("gateway refused")

    async def _post(self, pinned: Pinned, filled: Mapping[str, str]) -> tuple[int, str]:
        is_json = self.body == "json"
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client,
            client.stream(
                "POST",
                pinned.url,
                headers={**self.headers, "Host": pinned.host, "Accept-Encoding": "identity"},
                auth=pinned.credentials,
                extensions={"sni_hostname": pinned.name},
                json=filled if is_json else None,
                data=None if is_json else filled,
            ) as answer,
        ):
            read = b""
            async for part in answer.aiter_raw():
                read += part
                if len(read) > LARGEST_ANSWER:
                    break
            return answer.status_code, read.decode(errors="replace")


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with its places in braces filled in; one without a value stays."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
