"""Counts of pending work, kept for a few seconds: the menu of every page shows them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from qa_service.reporting.pending.items import PendingKind

Counts = Mapping[PendingKind, int]

KEPT_SECONDS = 5.0
"""How old a count may be; what this process writes makes a new one at once."""

LARGEST = 2_000
"""Users whose counts are kept."""


@dataclass(frozen=True, slots=True)
class _Kept:
    counts: Counts
    slow: Counts
    at: float


class PendingTally:
    """The newest counts of each user.

    Kinds that take long to count are taken from the last full count, however old: pages show
    them, and the requests that pages make by themselves count them again.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._kept: dict[int, _Kept] = {}
        self._stale_before = 0.0

    def counts(self, user_id: int, count: Callable[[], Counts]) -> Counts:
        """Return the user's counts, those kept or what ``count`` returns."""
        now = self._seconds()
        with self._lock:
            kept = self._kept.get(user_id)
            is_fresh = kept and now - kept.at < KEPT_SECONDS and kept.at >= self._stale_before
        if kept is not None and is_fresh:
            return {**kept.slow, **kept.counts}
        return self._keep(user_id, count(), kept.slow if kept else {}, now)

    def full_counts(self, user_id: int, counts: Counts) -> Counts:
        """Keep and return counts of every kind, the slow ones too."""
        slow = {kind: counts.get(kind, 0) for kind in SLOW}
        return self._keep(user_id, counts, slow, self._seconds())

    def forget(self) -> None:
        """Count again from now on, because something was written."""
        with self._lock:
            self._stale_before = self._seconds()

    def _keep(self, user_id: int, counts: Counts, slow: Counts, at: float) -> Counts:
        quick = {kind: number for kind, number in counts.items() if kind not in SLOW}
        with self._lock:
            if len(self._kept) >= LARGEST:
                self._kept.clear()
            self._kept[user_id] = _Kept(quick, slow, at)
        return {**slow, **quick}


SLOW = frozenset({PendingKind.CORRECTION_CALLS})
"""Kinds that are not counted on every page."""
