"""Circuit breaker: pauses calls to a destination after several failures in a row.

Without it every waiting event would be delayed by the timeout of a receiver that is down.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qa_service.observability.events import DestinationPaused, log_event
from qa_service.outbox.models import Destination

FAILURES_IN_A_ROW = 3
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)


@dataclass(slots=True)
class _Circuit:
    """State of one destination: failures in a row, current pause and next pause."""

    failures: int = 0
    pause: timedelta = FIRST_PAUSE
    paused_until: datetime | None = None


@dataclass(slots=True)
class CircuitBreaker:
    """Counts failures in a row by destination, for the lifetime of the process."""

    _circuits: dict[Destination, _Circuit] = field(default_factory=dict)

    def allows(self, destination: Destination, *, now: datetime) -> bool:
        """Return whether ``destination`` may be called now.

        A pause longer than ``LONGEST_PAUSE`` was set while the clock was ahead and is ignored.
        """
        until = self._of(destination).paused_until
        return until is None or now >= until or until - now > LONGEST_PAUSE

    def record_success(self, destination: Destination) -> None:
        """Reset the count of failures of ``destination``."""
        self._circuits.pop(destination, None)

    def record_failure(self, destination: Destination, *, now: datetime) -> bool:
        """Count a failure; return whether ``destination`` is paused from now on.

        Each pause is twice as long as the one before, up to ``LONGEST_PAUSE``.
        """
        circuit = self._of(destination)
        circuit.failures += 1
        if circuit.failures < FAILURES_IN_A_ROW:
            return False
        circuit.paused_until = now + circuit.pause
        log_event(DestinationPaused(destination.value, circuit.pause.total_seconds()))
        circuit.pause = min(2 * circuit.pause, LONGEST_PAUSE)
        return True

    def _of(self, destination: Destination) -> _Circuit:
        """Return the state of ``destination``, new if it never failed."""
        return self._circuits.setdefault(destination, _Circuit())
