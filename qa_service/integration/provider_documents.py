"""Fetches the documents of an identity provider and exchanges codes, within strict limits.

A provider that is slow, endless or broken must not hold the threads that serve pages: each
fetch has a deadline for the entire answer and a limit of its size, few run at a time, and a
further one is refused at once.
"""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock, Thread
from typing import Any, TypeVar

import httpx

from qa_service.errors import UnauthenticatedError, UnavailableError

Answer = TypeVar("Answer")
Document = dict[str, Any]

STEP_SECONDS = 3.0
"""Longest wait for one step: the connection, or the next bytes."""
WHOLE_SECONDS = 5.0
"""Longest wait for the whole answer."""
LARGEST_BYTES = 1_000_000
KEPT_SECONDS = 300.0
"""A published document is fetched again after so long."""
NEWEST_SECONDS = 30.0
"""A signing key that is not known is looked for again, but not more often."""
EXCHANGES = 4
"""Codes that are exchanged at the same time."""

AWAY = "无法连接统一身份认证，请稍后再试，或用登录名和密码登录"


class ProviderAwayError(UnavailableError):
    """The identity provider cannot be reached or does not speak OpenID Connect."""

    code = "provider_away"
    title = "统一身份认证不可用"


class ProviderRefusedError(UnauthenticatedError):
    """The provider's answer does not prove an identity."""

    code = "provider_refused"
    title = "统一身份认证未通过"


class NoPlaceFreeError(Exception):
    """As many fetches as are allowed are under way."""


class Places:
    """Runs at most so many fetches at a time, each in a thread of its own with a deadline."""

    def __init__(self, count: int) -> None:
        self._free = BoundedSemaphore(count)

    def run(self, fetch: Callable[[], Answer]) -> Answer:
        """Return what ``fetch`` returns.

        A late fetch keeps its place until it ends. Raises NoPlaceFreeError, and
        ProviderAwayError for one that is late.
        """
        if not self._free.acquire(blocking=False):
            raise NoPlaceFreeError
        future: Future[Answer] = Future()
        Thread(target=self._finish, args=(fetch, future), daemon=True).start()
        try:
            return future.result(timeout=WHOLE_SECONDS)
        except TimeoutError as error:
            raise ProviderAwayError(AWAY) from error

    def _finish(self, fetch: Callable[[], Answer], future: "Future[Answer]") -> None:
        try:
            answer = fetch()
        except BaseException as error:  # raised again where it is waited for
            self._free.release()
            future.set_exception(error)
            return
        self._free.release()
        future.set_result(answer)


@dataclass(slots=True)
class ProviderDocuments:
    """Published documents by address, and the places to fetch them and to exchange codes."""

    seconds: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, Document]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _fetching: Places = field(default_factory=lambda: Places(1))
    _exchanging: Places = field(default_factory=lambda: Places(EXCHANGES))

    def get(self, address: str, *, at_most: float = KEPT_SECONDS) -> Document:
        """Return the JSON object at ``address``, fetched at most so many seconds ago.

        Raises ProviderAwayError.
        """
        with self._lock:
            fetched_at, document = self._kept.get(address, (0.0, None))
        if document is not None and self.seconds() - fetched_at <= at_most:
            return document
        try:
            found = self._fetching.run(lambda: _get(address))
        except NoPlaceFreeError as error:
            if document is None:
                raise ProviderAwayError(AWAY) from error
            # Somebody is fetching it anew; until then the earlier one serves.
            return document
        with self._lock:
            self._kept[address] = (self.seconds(), found)
        return found

    def exchange(
        self, address: str, form: Mapping[str, str], *, client_id: str, client_secret: str
    ) -> Document:
        """Return the answer of the token endpoint (RFC 6749, 4.1.3).

        Raises ProviderAwayError, and ProviderRefusedError for an answer that is an error.
        """
        auth = httpx.BasicAuth(client_id, client_secret)
        try:
            return self._exchanging.run(lambda: _post(address, form, auth))
        except NoPlaceFreeError as error:
            raise ProviderAwayError(AWAY) from error


def _get(address: str) -> Document:
    status, document = _fetch("GET", address)
    if status != httpx.codes.OK:
        raise ProviderAwayError(AWAY)
    return document


def _post(address: str, form: Mapping[str, str], auth: httpx.Auth) -> Document:
    status, document = _fetch("POST", address, data=form, auth=auth)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise ProviderAwayError(AWAY)
    if status != httpx.codes.OK or "error" in document:
        raise ProviderRefusedError("统一身份认证未通过，请重新登录")
    return document


def _fetch(
    method: str,
    address: str,
    *,
    data: Mapping[str, str] | None = None,
    auth: httpx.Auth | None = None,
) -> tuple[int, Document]:
    """Return status and JSON object of an answer; {} for an error without one."""
    # Compressed answers may grow without end.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        with (
            httpx.Client(timeout=STEP_SECONDS, trust_env=False) as client,
            client.stream(method, address, data=data, headers=headers, auth=auth) as answer,
        ):
            status, body = answer.status_code, _bounded(answer)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderAwayError(AWAY) from error
    try:
        found = json.loads(body)
    except ValueError as error:
        if status >= httpx.codes.BAD_REQUEST:
            return status, {}
        raise ProviderAwayError(AWAY) from error
    return status, found if isinstance(found, dict) else {}


def _bounded(answer: httpx.Response) -> bytes:
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise ProviderAwayError(AWAY)
    until, body = time.monotonic() + WHOLE_SECONDS, b""
    for chunk in answer.iter_raw():
        body += chunk
        if len(body) > LARGEST_BYTES or time.monotonic() > until:
            raise ProviderAwayError(AWAY)
    return body
