"""Rate limiting of API keys: one token bucket a key, kept in the process (after RFC 2697).

Each process counts separately, so N workers allow at most N times the rate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from qa_service.errors import ThrottledError

BURST_SECONDS = 60
"""Size of a bucket in seconds of the key's rate: a minute's calls may come at once."""


class RateExceededError(ThrottledError):
    """The key exceeded its rate."""

    code = "rate_exceeded"
    title = "调用过于频繁"


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimiter:
    """The token buckets of the keys seen by this process."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._lock = Lock()
        self._buckets: dict[int, _Bucket] = {}

    def take(self, key_id: int, per_minute: int) -> None:
        """Take one token for a call; raises RateExceededError if the bucket is empty."""
        rate = per_minute / 60
        size = rate * BURST_SECONDS
        with self._lock:
            now = self._now()
            bucket = self._buckets.setdefault(key_id, _Bucket(size, now))
            bucket.tokens = min(size, bucket.tokens + (now - bucket.filled_at) * rate)
            bucket.filled_at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return
            missing = 1 - bucket.tokens
        seconds = max(1, round(missing / rate))
        message = f"该密钥每分钟最多调用 {per_minute} 次，请在 {seconds} 秒后重试"
        raise RateExceededError(message, retry_seconds=seconds)
