"""A small client of the REST API for other systems."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

PREFIX = "/api/v1"
RETRIED = frozenset({429, 502, 503, 504})

Resource = dict[str, Any]
"""A JSON object as the service answers it; ``docs/api.md`` names its members."""


class APIError(Exception):
    """An error response of the service: stable ``code``, ``detail`` for people."""

    def __init__(self, status: int, code: str, detail: str, errors: list[dict[str, str]]) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a question: an answer, candidates to choose from, or a ledger entry."""

    id: str
    verdict: str
    confidence: float
    answer: str | None
    candidates: list[Resource] = field(default_factory=list)
    ledger_number: str | None = None


class Client:
    """A connection to one service with one key; repeats writes under the same Idempotency-Key."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        retries: int = 2,
        timeout: float = 10.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.Client(
            base_url=base_url.rstrip("/") + PREFIX,
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(
        self,
        question: str,
        *,
        channel: str = "hotline",
        external_id: str | None = None,
        asker: dict[str, str] | None = None,
        register: str = "auto",
        on_behalf_of: str | None = None,
    ) -> Answer:
        """Ask a question; one without an answer is registered. Raises APIError.

        ``on_behalf_of`` names the person who typed, recorded as the system states it.
        """
        body: dict[str, object] = {"question": question, "channel": channel, "register": register}
        if external_id is not None:
            body["external_id"] = external_id
        if asker is not None:
            body["asker"] = asker
        if on_behalf_of is not None:
            body["on_behalf_of"] = on_behalf_of
        answer = self.post("/consultations", body)
        entry = answer["ledger_entry"]
        return Answer(
            id=answer["id"],
            verdict=answer["verdict"],
            confidence=answer["confidence"],
            answer=answer["answer"],
            candidates=answer["candidates"],
            ledger_number=entry["number"] if entry else None,
        )

    def choose(
        self, consultation_id: str, qa_id: int | None, *, on_behalf_of: str | None = None
    ) -> Resource:
        """Record the candidate given to the asker; None registers the question."""
        body: dict[str, object] = {"none": True} if qa_id is None else {"qa_id": qa_id}
        if on_behalf_of is not None:
            body["on_behalf_of"] = on_behalf_of
        return self.post(f"/consultations/{consultation_id}/choice", body)

    def entry(self, number: str) -> Resource:
        """Return a ledger entry; raises APIError."""
        return self.get(f"/ledger/{number}")

    def move(self, number: str, verb: str, **details: object) -> Resource:
        """Apply an action to an entry, such as ``accept`` or ``reply``; raises APIError.

        Systems may record calls only (``callbacks``); everything else takes a person's key.
        """
        return self.post(f"/ledger/{number}/{verb}", details)

    def entries(self, **wanted: str | int) -> Iterator[Resource]:
        """Yield every ledger entry that passes the filter."""
        return self._pages("/ledger", wanted)

    def pairs(self, **wanted: str | int) -> Iterator[Resource]:
        """Yield every pair that passes the filter."""
        return self._pages("/qa-pairs", wanted)

    def changes(self, since: int = 0, *, wait: int = 0) -> tuple[list[Resource], int]:
        """Return the publishes and withdrawals since a number, and the next number."""
        page = self.get("/changes", since=since, wait=wait)
        return page["items"], page["next"]

    def get(self, path: str, **query: str | int) -> Resource:
        """Return the body of a GET; raises APIError."""
        return self._sent("GET", path, params=query)

    def post(self, path: str, body: Mapping[str, object]) -> Resource:
        """Return the body of a POST; repeats are applied once. Raises APIError."""
        return self._sent("POST", path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    def patch(self, path: str, body: Mapping[str, object], *, etag: str | None = None) -> Resource:
        """Return the body of a PATCH of the object with ``etag``; raises APIError."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        if etag is not None:
            headers["If-Match"] = etag
        return self._sent("PATCH", path, json=body, headers=headers)

    def _pages(self, path: str, wanted: Mapping[str, str | int]) -> Iterator[Resource]:
        """Yield the items of a paginated list."""
        cursor: str | None = None
        while True:
            query = wanted if cursor is None else {**wanted, "cursor": cursor}
            page = self.get(path, **query)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def _sent(self, method: str, path: str, **given: Any) -> Resource:  # noqa: ANN401 - httpx's own
        """Send a request, with retries after network errors and 503; raises APIError."""
        for left in range(self._retries, -1, -1):
            try:
                response = self._http.request(method, path, **given)
            except httpx.TransportError:
                if left == 0:
                    raise
                continue
            if response.status_code not in RETRIED or left == 0:
                break
        if response.is_success:
            body: Resource = response.json()
            return body
        raise _error(response)


def _error(response: httpx.Response) -> APIError:
    """Return the error that a response describes."""
    try:
        body = response.json()
        return APIError(response.status_code, body["code"], body["detail"], body["errors"])
    except (ValueError, KeyError):
        return APIError(response.status_code, "unknown", response.reason_phrase, [])
