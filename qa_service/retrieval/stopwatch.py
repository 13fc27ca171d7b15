"""Stopwatch for the stages of one query."""

from dataclasses import dataclass, field
from time import perf_counter


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds of one query by stage, in the order the stages ended."""

    timings: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=perf_counter)

    def lap(self, stage: str) -> None:
        """Add the time since the last lap to ``stage``."""
        now = perf_counter()
        self.timings[stage] = self.timings.get(stage, 0.0) + (now - self._since) * 1000
        self._since = now
