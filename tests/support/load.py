"""Writers that keep a service busy and remember what it acknowledged."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread
from uuid import uuid4

import httpx

WRITERS = 4
PAIRS = 11
PATIENCE_SECONDS = 30.0
"""After which a call counts as not answered: long, as others may be busy on the machine too."""

LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Many digits in a row are somebody's number, and are masked before the search."""


@dataclass
class Load:
    """What was sent to one service, and what it said yes to."""

    url: str
    key: str
    entries: dict[str, str] = field(default_factory=dict)
    """Numbers of acknowledged ledger entries, by the caller's own id."""
    variants: list[str] = field(default_factory=list)
    """Acknowledged wordings."""
    unsettled: list[tuple[str, dict[str, object], str]] = field(default_factory=list)
    """Path, body and Idempotency-Key of requests nobody answered."""
    refusals: list[int] = field(default_factory=list)
    """Statuses other than success."""
    told: list[str] = field(default_factory=list)
    """What was said with each."""
    _lock: Lock = field(default_factory=Lock)
    _stopped: Event = field(default_factory=Event)

    def run(self, until: Callable[["Load"], bool]) -> None:
        """Write until ``until`` says so, asked after every answer; it may break the service."""
        threads = [Thread(target=self._write, args=(writer, until)) for writer in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def settle(self, url: str) -> None:
        """Send again, to a service that is back, what nobody answered."""
        with httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
            for path, body, key in self.unsettled:
                self._note(path, body, self._send(client, path, body, key))
        self.unsettled.clear()

    @property
    def acknowledged(self) -> int:
        """How many writes were."""
        return len(self.entries) + len(self.variants)

    def _write(self, writer: int, until: Callable[["Load"], bool]) -> None:
        with httpx.Client(base_url=self.url, timeout=PATIENCE_SECONDS) as client:
            for number in count():
                if self._stopped.is_set():
                    return
                path, body = _wish(writer + number)
                key = uuid4().hex
                try:
                    answer = self._send(client, path, body, key)
                except httpx.TransportError:
                    with self._lock:
                        self.unsettled.append((path, body, key))
                    if self._stopped.is_set():
                        return
                    continue
                self._note(path, body, answer, key)
                with self._lock:
                    if not self._stopped.is_set() and until(self):
                        self._stopped.set()

    def _send(
        self, client: httpx.Client, path: str, body: dict[str, object], key: str
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": key}
        return client.post(f"/api/v1{path}", json=body, headers=headers)

    def _note(
        self, path: str, body: dict[str, object], answer: httpx.Response, key: str = ""
    ) -> None:
        with self._lock:
            if not answer.is_success:
                self.refusals.append(answer.status_code)
                self.told.append(answer.text[:200])
                if answer.status_code == 503 and key:
                    self.unsettled.append((path, body, key))
            elif path == "/consultations":
                self.entries[str(body["external_id"])] = answer.json()["ledger_entry"]["number"]
            else:
                self.variants.append(str(body["text"]))


def _wish(number: int) -> tuple[str, dict[str, object]]:
    mark = uuid4().hex[:12].translate(LETTERS)
    if number % 4:
        question = f"火星{mark}怎么种土豆"
        return "/consultations", {"question": question, "channel": "hotline", "external_id": mark}
    return f"/qa-pairs/{ord(mark[0]) % PAIRS + 1}/variants", {
        "text": f"说法{mark}怎么办",
    }
