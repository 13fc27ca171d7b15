"""The only source of the current time; days are days of Asia/Shanghai (北京时间)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Returns the current time."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still at ``instant``; for tests."""

    instant: datetime

    def now(self) -> datetime:
        """Return ``instant`` in UTC."""
        return self.instant.astimezone(UTC)


def beijing_day(instant: datetime) -> date:
    """Return the calendar day in Beijing at an aware ``instant``."""
    return instant.astimezone(BEIJING).date()


def beijing_midnight(day: date) -> datetime:
    """Return the instant, aware, at which ``day`` begins in Beijing.

    Days at the ends of the calendar, typed into filters, are moved inside it by a day: their
    instants cannot be expressed in UTC.
    """
    inside = min(max(day, date.min + timedelta(days=1)), date.max - timedelta(days=1))
    return datetime.combine(inside, time(), BEIJING)
