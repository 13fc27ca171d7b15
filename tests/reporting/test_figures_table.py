"""The table of figures, as the documents print it; periods and bad input."""

from datetime import date, datetime
from pathlib import Path

import pytest
from desk import MORNING, Register
from scratch_service import REPOSITORY
from sqlalchemy import Engine

from qa_service.accounts.areas import AreaNotFoundError
from qa_service.accounts.units import UnitNotFoundError
from qa_service.reporting.figures.contract import Measure
from qa_service.reporting.figures.counting import (
    NO_DATA,
    Compared,
    FigureValue,
    compare_figures,
    count_figures,
)
from qa_service.reporting.figures.documentation import figures_document
from qa_service.reporting.figures.period import (
    InvalidPeriodError,
    Period,
    presets,
    quarter_of,
    read_period,
)
from qa_service.reporting.figures.scope import open_scope
from qa_service.reporting.figures.table import BY_NAME, FIGURES
from qa_service.storage.engine import session_scope
from qa_service.workdays.calendar import WorkCalendar

TODAY = date(2026, 11, 24)


def test_the_document_prints_the_table() -> None:
    written = Path(REPOSITORY, "docs/figures.md").read_text(encoding="utf-8")
    assert written == figures_document(), "write it anew: qa-service report definitions"


def test_every_figure_is_defined_in_words() -> None:
    assert len(BY_NAME) == len(FIGURES) == len({one.label for one in FIGURES})
    for figure in FIGURES:
        assert figure.numerator
        assert figure.source.label
        assert bool(figure.denominator) is (figure.measure is not Measure.COUNT), figure.name


class TestPeriod:
    @pytest.mark.parametrize(
        ("since", "until", "first", "last"),
        [
            ("", "", date(2026, 10, 1), date(2026, 12, 31)),
            ("", "2026-12-31", date(2026, 1, 1), date(2026, 12, 31)),
            ("2026-11-01", "", date(2026, 11, 1), TODAY),
            ("2026-09-30", "2026-09-30", date(2026, 9, 30), date(2026, 9, 30)),
        ],
    )
    def test_is_read_from_two_dates(self, since: str, until: str, first: date, last: date) -> None:
        assert read_period(since, until, today=TODAY) == Period(first, last)

    @pytest.mark.parametrize(
        ("since", "until", "field"),
        [
            ("2026-10-02", "2026-10-01", "until"),
            ("第一天", "2026-10-01", "since"),
            ("2026-10-01", "2026-02-30", "until"),
            ("2024-01-01", "2026-10-01", "since"),
            ("0001-01-01", "0001-02-01", "since"),
            ("9999-12-31", "9999-12-31", "since"),
        ],
    )
    def test_of_no_sense_is_refused_with_the_field(
        self, since: str, until: str, field: str
    ) -> None:
        with pytest.raises(InvalidPeriodError) as refused:
            read_period(since, until, today=TODAY)
        assert [one.field for one in refused.value.problems] == [field]

    def test_begins_and_ends_at_midnight_in_beijing(self) -> None:
        period = quarter_of(TODAY)
        assert (
            period.begins_at.astimezone().timestamp()
            == datetime(2026, 10, 1, tzinfo=MORNING.tzinfo).timestamp()
        )
        assert period.label == "2026年第四季度"

    @pytest.mark.parametrize(
        ("period", "before"),
        [
            (quarter_of(date(2026, 1, 5)), quarter_of(date(2025, 12, 1))),
            (
                Period(date(2026, 1, 1), date(2026, 9, 30)),
                Period(date(2025, 1, 1), date(2025, 9, 30)),
            ),
            (
                Period(date(2026, 10, 8), date(2026, 10, 14)),
                Period(date(2026, 10, 1), date(2026, 10, 7)),
            ),
            (
                Period(date(2028, 1, 1), date(2028, 2, 29)),
                Period(date(2027, 1, 1), date(2027, 2, 28)),
            ),
        ],
    )
    def test_is_compared_with_its_like(self, period: Period, before: Period) -> None:
        assert period.before() == before

    def test_has_the_presets_of_the_notice(self) -> None:
        names = [name for name, _ in presets(TODAY)]
        assert names == ["本季度", "上季度", "至9月30日", "至12月31日"]


class TestNothingToCount:
    @pytest.mark.parametrize(
        "period",
        [
            quarter_of(date(2020, 2, 1)),
            quarter_of(date(2031, 2, 1)),
        ],
    )
    def test_a_period_before_the_first_entry_or_ahead_has_no_data(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar, period: Period
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
            scope = open_scope(session, period, now=MORNING, calendar=calendar)
            for one in compare_figures(session, scope):
                assert one.now.value is None
                assert one.now.shown == NO_DATA
                assert one.change == ""

    def test_an_empty_bank_has_no_data(self, ledger: Engine, calendar: WorkCalendar) -> None:
        with session_scope(ledger, read_only=True) as session:
            scope = open_scope(session, quarter_of(TODAY), now=MORNING, calendar=calendar)
            assert {one.value for one in count_figures(session, scope)} == {None}

    def test_a_unit_without_entries_has_counts_of_zero_and_no_rates(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
            scope = open_scope(
                session, quarter_of(TODAY), now=MORNING, calendar=calendar, unit="tax"
            )
            found = {one.name: one for one in count_figures(session, scope)}
        assert found["entries"].value == 0
        for name in ("response_rate", "on_time_rate", "average_workdays", "hit_rate"):
            assert found[name].value is None
            assert found[name].shown == NO_DATA

    def test_an_unknown_unit_or_area_is_named(self, ledger: Engine, calendar: WorkCalendar) -> None:
        with session_scope(ledger, read_only=True) as session:
            given = {"now": MORNING, "calendar": calendar}
            with pytest.raises(UnitNotFoundError):
                open_scope(session, quarter_of(TODAY), unit="nowhere", **given)
            with pytest.raises(AreaNotFoundError):
                open_scope(session, quarter_of(TODAY), area="没有", **given)


class TestValues:
    @pytest.mark.parametrize(
        ("name", "numerator", "denominator", "shown"),
        [
            ("hit_rate", 1, 3, "33.3%"),
            ("hit_rate", 0, 3, "0.0%"),
            ("hit_rate", 0, 0, NO_DATA),
            ("entries", 0, None, "0"),
            ("entries", 12_345, None, "12,345"),
            ("entries", None, None, NO_DATA),
            ("average_workdays", 7, 2, "3.5 个工作日"),
            ("handling_seconds", 100, 3, "33.3 秒"),
        ],
    )
    def test_are_shown_with_their_unit_and_never_as_a_zero_that_means_nothing(
        self, name: str, numerator: float | None, denominator: int | None, shown: str
    ) -> None:
        assert FigureValue(name, numerator, denominator).shown == shown

    @pytest.mark.parametrize(
        ("name", "now", "before", "change"),
        [
            ("entries", (1_500, None), (200, None), "增 1,300 件"),
            ("hit_rate", (1, 3), (1, 2), "减 16.7 个百分点"),
            ("hit_rate", (1, 2), (2, 4), "持平"),
            ("hit_rate", (1, 2), (0, 0), ""),
            ("average_workdays", (3, 2), (2, 2), "增 0.5 个工作日"),
        ],
    )
    def test_are_compared_in_words(
        self, name: str, now: tuple[int, int], before: tuple[int, int], change: str
    ) -> None:
        found = Compared(FigureValue(name, *now), FigureValue(name, *before))
        assert found.change == change
