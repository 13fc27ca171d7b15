from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from qa_service.workdays.calendar import CalendarDay, WorkCalendar

# Invented: what the notice for 2027 says is not known yet.
NOTICE_2027 = """\
notice: 国办发明电〔2026〕99号
days_off: [2026-12-31, 2027-01-01, 2027-01-02, 2027-01-03, 2027-02-05, 2027-02-08]
make_up_days: [2026-12-26, 2027-01-30]
"""


@pytest.fixture
def calendar(tmp_path: Path) -> WorkCalendar:
    return WorkCalendar.load(tmp_path / "no such folder")


@pytest.fixture
def announced(tmp_path: Path) -> WorkCalendar:
    (tmp_path / "2027.yaml").write_text(NOTICE_2027, encoding="utf-8")
    return WorkCalendar.load(tmp_path)


class TestLibraryYears:
    def test_every_day_agrees_with_the_library(self, calendar: WorkCalendar) -> None:
        first, last = date(2004, 1, 1), date(2026, 12, 31)
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            found = calendar.day(day)
            assert found.is_workday == chinese_calendar.is_workday(day), day
            assert not found.provisional, day

    @pytest.mark.parametrize(
        ("day", "is_workday", "why"),
        [
            (date(2026, 11, 24), True, "工作日"),
            (date(2026, 11, 28), False, "周末"),
            (date(2026, 10, 1), False, "国庆节放假"),
            (date(2026, 10, 10), True, "调休上班"),
            (date(2026, 2, 14), True, "调休上班"),
            (date(2026, 2, 18), False, "春节放假"),
            (date(2018, 12, 31), False, "元旦放假"),
            (date(2015, 9, 3), False, "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日放假"),
        ],
    )
    def test_says_why(self, calendar: WorkCalendar, day: date, is_workday: bool, why: str) -> None:
        assert calendar.day(day) == CalendarDay(day, is_workday, why, False)


class TestYearsWithoutNotice:
    @pytest.mark.parametrize(
        ("day", "is_workday", "why"),
        [
            (date(2027, 1, 1), False, "元旦放假（暂定）"),
            (date(2027, 1, 2), False, "周末（暂定）"),
            (date(2027, 1, 4), True, "工作日（暂定）"),
            (date(2027, 2, 9), False, "春节补假（暂定）"),
            (date(2027, 9, 15), False, "中秋节放假（暂定）"),
            (date(2003, 10, 1), False, "国庆节放假（暂定）"),
        ],
    )
    def test_statutory_days_and_weekends_are_off_for_the_time_being(
        self, calendar: WorkCalendar, day: date, is_workday: bool, why: str
    ) -> None:
        assert calendar.day(day) == CalendarDay(day, is_workday, why, True)

    @pytest.mark.parametrize("day", [date.min, date(1949, 10, 1), date(2101, 1, 3), date.max])
    def test_any_date_has_an_answer(self, calendar: WorkCalendar, day: date) -> None:
        found = calendar.day(day)
        assert found.provisional
        assert found.is_workday == (day.weekday() < 5)


class TestAnnouncedYears:
    @pytest.mark.parametrize(
        ("day", "is_workday", "why"),
        [
            (date(2027, 1, 1), False, "放假（国办发明电〔2026〕99号）"),
            (date(2027, 1, 30), True, "调休上班（国办发明电〔2026〕99号）"),
            (date(2027, 1, 4), True, "工作日"),
            (date(2027, 1, 9), False, "周末"),
            (date(2027, 2, 9), True, "工作日"),
        ],
    )
    def test_the_notice_is_complete_for_its_year(
        self, announced: WorkCalendar, day: date, is_workday: bool, why: str
    ) -> None:
        assert announced.day(day) == CalendarDay(day, is_workday, why, False)

    def test_the_notice_also_rules_the_end_of_the_december_before(
        self, announced: WorkCalendar
    ) -> None:
        assert not announced.day(date(2026, 12, 31)).is_workday
        assert announced.day(date(2026, 12, 26)).is_workday
        assert announced.day(date(2026, 12, 30)) == CalendarDay(
            date(2026, 12, 30), True, "工作日", False
        )

    def test_overrides_the_library(self, tmp_path: Path) -> None:
        (tmp_path / "2026.yaml").write_text(
            "notice: 更正\ndays_off: [2026-10-08]\nmake_up_days: []\n", encoding="utf-8"
        )
        corrected = WorkCalendar.load(tmp_path)
        assert not corrected.day(date(2026, 10, 8)).is_workday
        assert corrected.day(date(2026, 10, 1)).is_workday

    def test_leaves_other_years_alone(
        self, announced: WorkCalendar, calendar: WorkCalendar
    ) -> None:
        start = date(2025, 1, 1)
        days = [start + timedelta(days=n) for n in range(690)]
        assert [announced.day(day) for day in days] == [calendar.day(day) for day in days]
        assert announced.day(date(2028, 1, 4)).provisional
