from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.clock import BEIJING, FixedClock, SystemClock, beijing_day

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Beijing has kept UTC+8 without daylight saving time since 1991-09-15.
INSTANTS = st.datetimes(datetime(1992, 1, 1), datetime(2100, 1, 1), timezones=OFFSETS)


class TestBeijingDay:
    @pytest.mark.parametrize(
        ("instant", "day"),
        [
            (datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC), date(2026, 11, 24)),
            (datetime(2026, 11, 24, 16, 0, 0, tzinfo=UTC), date(2026, 11, 25)),
            (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), date(2027, 1, 1)),
            (datetime(2026, 11, 24, 0, 0, tzinfo=BEIJING), date(2026, 11, 24)),
        ],
    )
    def test_turns_at_midnight_in_beijing(self, instant: datetime, day: date) -> None:
        assert beijing_day(instant) == day

    @given(INSTANTS)
    def test_is_the_day_eight_hours_ahead_of_utc(self, instant: datetime) -> None:
        assert beijing_day(instant) == (instant.astimezone(UTC) + timedelta(hours=8)).date()

    @given(INSTANTS, OFFSETS)
    def test_does_not_depend_on_the_zone_an_instant_is_written_in(
        self, instant: datetime, zone: timezone
    ) -> None:
        assert beijing_day(instant) == beijing_day(instant.astimezone(zone))


class TestClocks:
    @given(INSTANTS)
    def test_a_fixed_clock_tells_its_instant_in_utc(self, instant: datetime) -> None:
        told = FixedClock(instant).now()
        assert told == instant
        assert told.tzinfo is UTC

    def test_a_fixed_clock_stands_until_it_is_put_elsewhere(self) -> None:
        clock = FixedClock(datetime(2026, 11, 24, tzinfo=UTC))
        assert clock.now() == clock.now()
        clock.instant += timedelta(days=1)
        assert clock.now() == datetime(2026, 11, 25, tzinfo=UTC)

    def test_the_machines_clock_goes_forward_in_utc(self) -> None:
        before = datetime.now(UTC)
        told = SystemClock().now()
        assert before <= told <= datetime.now(UTC)
        assert told.tzinfo is UTC
