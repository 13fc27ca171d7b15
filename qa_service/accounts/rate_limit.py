"""Rate limiting of callers: one token bucket each, kept in the process (after RFC 2697).

A caller is an API key, or what a visitor of the public desk does from a network address.

Each process counts separately, so N workers allow at most N times the rate.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from qa_service.errors import ThrottledError

BURST_SECONDS = 60
"""Usual size of a bucket in seconds of the caller's rate: a minute's calls may come at once."""

MOST_BUCKETS = 50_000
"""Callers remembered at once; above it those are forgotten whose bucket is full again."""


class RateExceededError(ThrottledError):
    """The caller exceeded its rate."""

    code = "rate_exceeded"
    title = "调用过于频繁"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float
    seconds: int


class RateLimiter:
    """The token buckets of the callers seen by this process."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._buckets: dict[Hashable, _Bucket] = {}

    def take(self, caller: Hashable, most: int, *, seconds: int = BURST_SECONDS) -> None:
        """Take one token for a call; raises RateExceededError if the bucket is empty.

        A caller has ``most`` tokens for ``seconds``, and may use them at once.
        """
        rate = most / seconds
        with self._lock:
            now = self._now()
            self._make_room(now)
            bucket = self._buckets.setdefault(caller, _Bucket(most, now, seconds))
            bucket.tokens = min(most, bucket.tokens + (now - bucket.filled_at) * rate)
            bucket.filled_at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return
            missing = 1 - bucket.tokens
        wait = max(1, round(missing / rate))
        message = f"该密钥每分钟最多调用 {most} 次，请在 {wait} 秒后重试"
        raise RateExceededError(message, retry_seconds=wait)

    def _make_room(self, now: float) -> None:
        """Forget buckets that are full again, and the older half if that is not enough."""
        if len(self._buckets) < MOST_BUCKETS:
            return
        used = [
            (caller, bucket)
            for caller, bucket in self._buckets.items()
            if now - bucket.filled_at < bucket.seconds
        ]
        used.sort(key=lambda item: item[1].filled_at)
        self._buckets = dict(used if len(used) < MOST_BUCKETS else used[MOST_BUCKETS // 2 :])
