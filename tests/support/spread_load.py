"""Callers of several services at once, who turn to another service when one does not answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Condition, Event, Thread
from uuid import uuid4

import httpx
from load import LETTERS, PATIENCE_SECONDS

CALLERS = 4
PAUSE_SECONDS = 0.05
"""After a call that was not taken, as callers and proxies pause."""

WAIT_SECONDS = 60.0
"""Longest wait for the calls to come to something."""


@dataclass
class SpreadLoad:
    """What callers sent, and what they were told."""

    urls: list[str]
    key: str
    known: str
    """A question the bank answers; asked as often as unknown ones, which are registered."""
    entries: dict[str, str] = field(default_factory=dict)
    """Numbers of acknowledged ledger entries, by the caller's own id."""
    variants: list[str] = field(default_factory=list)
    """No wordings are proposed here; ``check_kept`` asks."""
    patience: float = PATIENCE_SECONDS
    """Seconds after which a call counts as not answered, by a link that is cut for one."""
    found: int = 0
    """Known questions for which the bank's pair was found."""
    unfound: int = 0
    """Known questions that were taken without a candidate, and said to be degraded."""
    reasons: list[str] = field(default_factory=list)
    """What was said with every 503."""
    faults: list[str] = field(default_factory=list)
    """Answers that were neither a success nor a 503 with a reason."""
    unsettled: list[tuple[dict[str, object], str]] = field(default_factory=list)
    """Body and Idempotency-Key of calls that nobody acknowledged yet."""
    _told: Condition = field(default_factory=Condition)
    _stopped: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def start(self) -> None:
        """Let the callers call."""
        self._threads = [Thread(target=self._call, args=(at,)) for at in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every caller end the call it is in."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def wait(self, until: Callable[["SpreadLoad"], bool]) -> None:
        """Return once ``until`` is true, looked at after every answer."""
        with self._told:
            came = self._told.wait_for(lambda: until(self), WAIT_SECONDS)
            assert came, (len(self.entries), self.found, self.unfound, self.reasons[-3:])

    def wait_for_more(self, entries: int = 5, found: int = 3) -> None:
        """Return once so many more questions were registered, and known ones found."""
        registered, answered = len(self.entries), self.found
        self.wait(
            lambda load: (
                len(load.entries) >= registered + entries and load.found >= answered + found
            )
        )

    def settle(self) -> None:
        """Send again what nobody acknowledged, to services that are all there."""
        with httpx.Client(timeout=PATIENCE_SECONDS) as client:
            for body, key in self.unsettled:
                self._note(body, self._send(client, self.urls[0], body, key))
        self.unsettled.clear()

    def _call(self, caller: int) -> None:
        """Call until it is stopped, each time the next service."""
        with httpx.Client(timeout=self.patience) as client:
            for number in count(caller):
                if self._stopped.is_set():
                    return
                body, key = self._wish(number), uuid4().hex
                if not self._is_taken(client, number, body, key):
                    with self._told:
                        self.unsettled.append((body, key))

    def _is_taken(
        self, client: httpx.Client, number: int, body: dict[str, object], key: str
    ) -> bool:
        """Whether one of the services acknowledged the call, each asked once."""
        for turn in range(len(self.urls)):
            url = self.urls[(number + turn) % len(self.urls)]
            try:
                answer = self._send(client, url, body, key)
            except httpx.TransportError:
                self._stopped.wait(PAUSE_SECONDS)
                continue
            if self._note(body, answer):
                return True
            self._stopped.wait(PAUSE_SECONDS)
        return False

    def _send(
        self, client: httpx.Client, url: str, body: dict[str, object], key: str
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": key}
        return client.post(f"{url}/api/v1/consultations", json=body, headers=headers)

    def _note(self, body: dict[str, object], answer: httpx.Response) -> bool:
        """Keep what was told; whether the call was acknowledged."""
        with self._told:
            self._told.notify_all()
            if answer.status_code == 503:
                self.reasons.append(answer.json()["detail"])
                return False
            if not answer.is_success:
                self.faults.append(answer.text[:300])
                return False
            told = answer.json()
            if body["question"] != self.known:
                self.entries[str(body["external_id"])] = told["ledger_entry"]["number"]
            elif told["candidates"]:
                self.found += 1
            elif told["degraded"]:
                self.unfound += 1
            else:
                self.faults.append(answer.text[:300])
            return True

    def _wish(self, number: int) -> dict[str, object]:
        mark = uuid4().hex[:12].translate(LETTERS)
        if number // 2 % 2:  # of either kind at each of two services
            return {
                "question": self.known,
                "channel": "hotline",
                "register": "never",
                "external_id": mark,
            }
        return {"question": f"火星{mark}怎么种土豆", "channel": "hotline", "external_id": mark}
