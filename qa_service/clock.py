"""The only source of "now"; days are Asia/Shanghai days (北京时间)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands where it was put; for tests and rehearsals."""

    instant: datetime

    def now(self) -> datetime:
        """The instant the clock was put to, in UTC."""
        return self.instant.astimezone(UTC)


def beijing_day(instant: datetime) -> date:
    """The calendar day in Beijing at an aware ``instant``."""
    return instant.astimezone(BEIJING).date()


def beijing_midnight(day: date) -> datetime:
    """The instant at which ``day`` begins in Beijing, aware."""
    return datetime.combine(day, time(), BEIJING)
