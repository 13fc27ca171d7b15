from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa_service.clock import BEIJING
from qa_service.errors import InvalidInputError
from qa_service.workdays.calendar import WorkCalendar
from qa_service.workdays.deadline import (
    DateOutOfRangeError,
    DayProof,
    WorkdayLimitError,
    due_date,
    due_date_from_day,
    workdays_left,
)

CALENDAR = WorkCalendar({})

# Receipt, last day in time of a limit of five working days, what lies between.
FIVE_DAY_CASES = [
    ("2022-06-20", "2022-06-27", "an ordinary week"),
    ("2022-09-30", "2022-10-12", "National Day, then a Saturday and a Sunday at work"),
    ("2022-10-08", "2022-10-13", "received on a make-up Saturday, Sunday counts"),
    ("2023-04-28", "2023-05-09", "Labour Day with a make-up Saturday"),
    ("2023-09-28", "2023-10-11", "Mid-autumn and National Day together"),
    ("2024-02-08", "2024-02-21", "Spring Festival with a make-up Sunday"),
    ("2024-09-13", "2024-09-23", "a make-up Saturday before Mid-autumn"),
    ("2024-09-30", "2024-10-12", "due on a make-up Saturday"),
    ("2025-01-24", "2025-02-07", "a make-up Sunday before Spring Festival"),
    ("2025-04-30", "2025-05-12", "Labour Day, the make-up day before receipt"),
    ("2025-09-26", "2025-10-10", "a make-up Sunday before National Day"),
    ("2025-09-30", "2025-10-14", "eight days off, then a make-up Saturday"),
    ("2026-01-03", "2026-01-08", "received on a day off, Sunday counts"),
    ("2026-02-13", "2026-02-27", "Spring Festival from a make-up Saturday on"),
    ("2026-02-14", "2026-02-28", "from make-up Saturday to make-up Saturday"),
    ("2026-02-28", "2026-03-06", "received on a make-up Saturday"),
    ("2026-04-29", "2026-05-09", "due on the make-up Saturday after Labour Day"),
    ("2026-05-08", "2026-05-14", "a make-up Saturday first"),
    ("2026-06-18", "2026-06-26", "Dragon Boat Festival"),
    ("2026-09-18", "2026-09-24", "a make-up Sunday"),
    ("2026-09-23", "2026-10-08", "Mid-autumn, then National Day"),
    ("2026-09-30", "2026-10-13", "National Day with a make-up Saturday"),
    ("2026-10-10", "2026-10-16", "received on a make-up Saturday"),
    ("2026-11-24", "2026-12-01", "over a weekend"),
    ("2026-12-24", "2026-12-31", "to the last day of the year"),
]

known_days = st.dates(date(2004, 1, 1), date(2028, 12, 31))
limits = st.integers(1, 60)


class TestFiveWorkingDays:
    @pytest.mark.parametrize(("received", "due", "between"), FIVE_DAY_CASES)
    def test_end_where_the_table_says(self, received: str, due: str, between: str) -> None:
        found = due_date_from_day(date.fromisoformat(received), days=5, calendar=CALENDAR)
        assert found.due_on == date.fromisoformat(due), between
        assert not found.provisional

    def test_are_proved_day_by_day(self) -> None:
        found = due_date_from_day(date(2026, 4, 29), days=5, calendar=CALENDAR)
        assert found.proof == (
            DayProof(date(2026, 4, 30), True, "工作日"),
            DayProof(date(2026, 5, 1), False, "劳动节放假"),
            DayProof(date(2026, 5, 2), False, "劳动节放假"),
            DayProof(date(2026, 5, 3), False, "劳动节放假"),
            DayProof(date(2026, 5, 4), False, "劳动节放假"),
            DayProof(date(2026, 5, 5), False, "劳动节放假"),
            DayProof(date(2026, 5, 6), True, "工作日"),
            DayProof(date(2026, 5, 7), True, "工作日"),
            DayProof(date(2026, 5, 8), True, "工作日"),
            DayProof(date(2026, 5, 9), True, "调休上班"),
        )


class TestAnyLimit:
    @given(known_days, limits)
    def test_counts_exactly_the_days_given_and_ends_on_a_working_day(
        self, received: date, days: int
    ) -> None:
        found = due_date_from_day(received, days=days, calendar=CALENDAR)
        assert sum(day.counted for day in found.proof) == days
        assert found.proof[-1].day == found.due_on
        assert found.proof[-1].counted

    @given(known_days, limits)
    def test_proof_holds_every_day_from_the_day_after_receipt(
        self, received: date, days: int
    ) -> None:
        found = due_date_from_day(received, days=days, calendar=CALENDAR)
        span = (found.due_on - received).days
        assert [day.day for day in found.proof] == [
            received + timedelta(days=n) for n in range(1, span + 1)
        ]
        for day in found.proof:
            assert day.counted == CALENDAR.day(day.day).is_workday

    @given(known_days, limits)
    def test_one_day_more_is_later(self, received: date, days: int) -> None:
        shorter = due_date_from_day(received, days=days, calendar=CALENDAR)
        longer = due_date_from_day(received, days=days + 1, calendar=CALENDAR)
        assert longer.due_on > shorter.due_on

    @given(known_days, limits)
    def test_later_receipt_is_never_due_earlier(self, received: date, days: int) -> None:
        first = due_date_from_day(received, days=days, calendar=CALENDAR)
        second = due_date_from_day(received + timedelta(days=1), days=days, calendar=CALENDAR)
        assert second.due_on >= first.due_on

    @pytest.mark.parametrize("days", [-1, 0, 367, 10**9])
    def test_refuses_a_limit_that_makes_no_sense(self, days: int) -> None:
        with pytest.raises(WorkdayLimitError, match=f"现为 {days}") as caught:
            due_date_from_day(date(2026, 11, 24), days=days, calendar=CALENDAR)
        assert isinstance(caught.value, InvalidInputError)

    def test_takes_the_longest_limit(self) -> None:
        found = due_date_from_day(date(2024, 1, 1), days=366, calendar=CALENDAR)
        assert sum(day.counted for day in found.proof) == 366


class TestReceiptInstant:
    @pytest.mark.parametrize(
        ("received_at", "due"),
        [
            (datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC), date(2026, 12, 1)),
            (datetime(2026, 11, 24, 16, 0, 0, tzinfo=UTC), date(2026, 12, 2)),
            (datetime(2026, 11, 24, 0, 0, tzinfo=BEIJING), date(2026, 12, 1)),
            (datetime(2026, 11, 24, 23, 59, 59, tzinfo=BEIJING), date(2026, 12, 1)),
        ],
    )
    def test_belongs_to_its_day_in_beijing(self, received_at: datetime, due: date) -> None:
        assert due_date(received_at, days=5, calendar=CALENDAR).due_on == due

    @given(
        known_days,
        st.integers(-1_000_000, 1_000_000).map(lambda n: timedelta(microseconds=n)),
        st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
    )
    @example(date(2026, 2, 13), timedelta(0), UTC)
    @example(date(2026, 2, 13), timedelta(microseconds=-1), UTC)
    def test_is_the_same_written_in_any_zone_around_midnight(
        self, day: date, offset: timedelta, zone: timezone
    ) -> None:
        midnight = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
        received_on = day if offset >= timedelta(0) else day - timedelta(days=1)
        found = due_date((midnight + offset).astimezone(zone), days=5, calendar=CALENDAR)
        assert found == due_date_from_day(received_on, days=5, calendar=CALENDAR)

    def test_without_a_zone_is_refused(self) -> None:
        with pytest.raises(ValueError, match="aware"):
            due_date(datetime(2026, 11, 24), days=5, calendar=CALENDAR)


class TestAcrossTheNewYear:
    def test_is_provisional_until_the_year_is_announced(self, tmp_path: Path) -> None:
        received = datetime(2026, 12, 28, 9, 0, tzinfo=BEIJING)
        before = due_date(received, days=5, calendar=WorkCalendar.load(tmp_path))
        (tmp_path / "2027.yaml").write_text(
            "notice: 国办发明电〔2026〕99号\n"
            "days_off: [2027-01-01, 2027-01-02, 2027-01-03, 2027-01-04]\n"
            "make_up_days: [2027-01-09]\n",
            encoding="utf-8",
        )
        after = due_date(received, days=5, calendar=WorkCalendar.load(tmp_path))
        assert (before.due_on, before.provisional) == (date(2027, 1, 5), True)
        assert (after.due_on, after.provisional) == (date(2027, 1, 6), False)

    def test_is_final_when_it_ends_in_the_known_year(self) -> None:
        found = due_date_from_day(date(2026, 12, 28), days=3, calendar=CALENDAR)
        assert (found.due_on, found.provisional) == (date(2026, 12, 31), False)


class TestRepresentableDates:
    @pytest.mark.parametrize("received", [date.max, date(9999, 12, 29)])
    def test_the_last_days_are_refused_clearly(self, received: date) -> None:
        with pytest.raises(DateOutOfRangeError, match="超出"):
            due_date_from_day(received, days=5, calendar=CALENDAR)

    @pytest.mark.parametrize(
        "received_at",
        [
            datetime.max.replace(tzinfo=UTC),
            datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        ],
    )
    def test_an_instant_without_a_day_in_beijing_is_refused_clearly(
        self, received_at: datetime
    ) -> None:
        with pytest.raises(DateOutOfRangeError):
            due_date(received_at, days=5, calendar=CALENDAR)

    def test_the_first_day_works(self) -> None:
        found = due_date_from_day(date.min, days=5, calendar=CALENDAR)
        assert found.due_on == date(1, 1, 8)


class TestWorkdaysLeft:
    @pytest.mark.parametrize(
        ("today", "left"),
        [
            (date(2026, 9, 30), 5),
            (date(2026, 10, 5), 5),
            (date(2026, 10, 10), 2),
            (date(2026, 10, 12), 1),
            (date(2026, 10, 13), 0),
            (date(2026, 10, 14), -1),
            (date(2026, 10, 16), -3),
            (date(2026, 10, 18), -3),
            (date(2026, 10, 19), -4),
        ],
    )
    def test_counts_down_and_then_overdue(self, today: date, left: int) -> None:
        assert workdays_left(today, date(2026, 10, 13), CALENDAR) == left

    def test_the_weekend_after_the_due_day_is_overdue(self) -> None:
        friday = date(2026, 11, 27)
        assert workdays_left(friday + timedelta(days=1), friday, CALENDAR) == -1
        assert workdays_left(friday + timedelta(days=3), friday, CALENDAR) == -1

    @given(known_days, limits)
    def test_on_receipt_the_whole_limit_is_left(self, received: date, days: int) -> None:
        due_on = due_date_from_day(received, days=days, calendar=CALENDAR).due_on
        assert workdays_left(received, due_on, CALENDAR) == days
        assert workdays_left(due_on, due_on, CALENDAR) == 0
