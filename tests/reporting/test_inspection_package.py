"""Inspection packages: compiled of one moment, kept as issued, printed, without callers' words."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from actors import person
from desk import MORNING, SUPERVISOR, Desk, Register, step
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from random_histories import NOW, History
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.actor import CLOCKWORK
from qa_service.accounts.authority import Authority
from qa_service.accounts.models import User
from qa_service.accounts.permissions import NotPermittedError
from qa_service.clock import FixedClock
from qa_service.jobs.duty import JobContext
from qa_service.jobs.reports import occasions, write_reports
from qa_service.ledger.deadlines.due_dates import mark_overdue
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.workflow import assignment
from qa_service.reporting.figures.counting import NO_DATA, FigureValue
from qa_service.reporting.figures.period import InvalidPeriodError, Period, quarter_of, year_until
from qa_service.reporting.figures.scope import Scope, open_scope
from qa_service.reporting.inspection.compiling import UNIT_FIGURES, compile_package
from qa_service.reporting.inspection.content import CrossOffLine, PackageContent
from qa_service.reporting.inspection.naming import issued_line
from qa_service.reporting.inspection.service import (
    InvalidNoticeError,
    NoticeChangedError,
    PackageNotFoundError,
    edit_notice,
    find_package,
    is_unchanged,
    issue_package,
    list_packages,
    notice_version,
)
from qa_service.reporting.inspection.texts import NoticeRule, UnitValues, criticised, praised
from qa_service.reporting.inspection.workbook import write_package
from qa_service.reporting.models import InspectionPackage
from qa_service.settings import Settings
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import Role
from qa_service.workdays.calendar import WorkCalendar

QUARTER = quarter_of(date(2026, 11, 24))
RULE = NoticeRule(praise=95, criticism=80, least=3)
OFFICER = person("督查甲", Authority.of({Role.SUPERVISOR}))


def scope(session: Session, calendar: WorkCalendar, *, now: datetime = NOW) -> Scope:
    return open_scope(session, QUARTER, now=now, calendar=calendar)


@pytest.fixture
def history(ledger: Engine, calendar: WorkCalendar) -> Engine:
    with session_scope(ledger) as session:
        History(session, calendar, Random(27)).write(30, 40)  # noqa: S311
    return ledger


@pytest.fixture
def content(history: Engine, calendar: WorkCalendar) -> PackageContent:
    with session_scope(history, read_only=True) as session:
        return compile_package(session, scope(session, calendar), RULE)


@pytest.fixture
def issued(history: Engine, content: PackageContent) -> Iterator[InspectionPackage]:
    with session_scope(history) as session:
        issue_package(session, content, QUARTER, actor=OFFICER, now=NOW)
    with session_scope(history, read_only=True) as session:
        yield find_package(session, 1)


class TestCompiling:
    def test_lists_are_as_long_as_the_figures_say(self, content: PackageContent) -> None:
        missed = content.figure("once_overdue")
        returns = content.figure("returns")
        assert missed
        assert returns
        assert len(content.returned) == returns.numerator
        in_period = [one for one in content.overdue if one.due_on >= QUARTER.first]
        assert len(in_period) == missed.numerator
        assert all(one.late_workdays >= 1 for one in content.overdue)

    def test_every_unit_has_a_line(self, content: PackageContent) -> None:
        assert {"甲区社保局", "甲区税务局", "甲区政务服务办"} >= {one.name for one in content.units}
        assert all(len(one.values) == len(UNIT_FIGURES) for one in content.units)

    def test_what_is_crossed_off_has_unit_limit_and_evidence(self, content: PackageContent) -> None:
        kinds = {one.kind for one in content.crossing_off}
        assert {"政策咨询", "答案纠错", "返工", "全面清理"} <= kinds
        for one in content.crossing_off:
            assert one.limit_on is not None or "尚未列为任务，没有时限" in one.matter
            if one.done_on:
                assert one.evidence or one.kind == "返工"

    def test_a_returned_entry_stands_under_the_unit_that_returned_it(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING - timedelta(days=1))
            lead = Desk(session).lead(entry)
            order = step(lead, MORNING, reason="不属本单位职责")
            assignment.return_entry(session, entry, order, calendar=calendar, return_workdays=2)
            assignment.assign(session, entry, step(SUPERVISOR, MORNING), unit="tax")
            (line,) = compile_package(session, scope(session, calendar), RULE).returned
        assert (line.unit, line.present_unit) == ("甲区政务服务办", "甲区税务局")
        assert line.reason == "不属本单位职责"

    def test_no_word_and_no_contact_of_a_caller_is_in_it(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING - timedelta(days=30))
            entry.question = "我家隔壁的老张说可以领补贴"
            session.add(entry)
            mark_overdue(session, now=NOW)
            found = compile_package(session, scope(session, calendar), RULE)
        file = write_package(found, found.notice, "")
        texts = str(found.dump()) + str(
            [cell.value for sheet in load_workbook(BytesIO(file)) for row in sheet for cell in row]
        )
        assert entry.number in texts
        assert "老张" not in texts

    def test_entries_that_change_meanwhile_do_not_show(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
        with session_scope(ledger, read_only=True) as reading:
            before = compile_package(reading, scope(reading, calendar), RULE)
            with session_scope(ledger) as session:
                enter(session, MORNING)
            assert compile_package(reading, scope(reading, calendar), RULE) == before
        with session_scope(ledger, read_only=True) as session:
            after = compile_package(session, scope(session, calendar), RULE)
        assert after.figure("entries") != before.figure("entries")

    def test_a_share_of_nothing_says_no_data(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING)
            found = compile_package(session, scope(session, calendar), RULE)
        assert found.overdue == found.returned == ()
        rate = found.figure("on_time_rate")
        assert rate
        assert (rate.shown, rate.value, rate.denominator) == (NO_DATA, None, 0)
        assert f"按期办结率 {NO_DATA}" in found.yearly_report
        assert write_package(found, found.notice, "")

    def test_a_period_without_records_makes_none(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        with (
            session_scope(ledger, read_only=True) as session,
            pytest.raises(InvalidPeriodError, match="没有记录"),
        ):
            compile_package(session, scope(session, calendar), RULE)


def owed(kind: str, limit: date | None, done: date | None = None) -> CrossOffLine:
    return CrossOffLine(kind, "事项", "甲区税务局", "", None, limit, done, "")


def test_a_kind_of_few_is_not_lost_among_thousands_and_open_ones_come_first() -> None:
    late, early = date(2026, 11, 2), date(2026, 10, 1)
    many = [owed("政策咨询", late, done=late)] * 3_000 + [owed("政策咨询", late)] * 2
    content = PackageContent(
        crossing_off=(*many, owed("政策咨询", early), owed("未列任务的知识缺口", None))
    )
    entries, gaps = content.crossing_off_sums(most=8)
    assert (entries.total, entries.done, entries.open) == (3_003, 3_000, 3)
    assert [(one.limit_on, one.done_on) for one in entries.lines] == [
        (early, None),
        (late, None),
        (late, None),
        (late, late),
    ]
    assert (gaps.total, len(gaps.lines)) == (1, 1)


def unit(name: str, on_time: int, expired: int, overdue: int = 0) -> UnitValues:
    return UnitValues(
        name,
        {
            "on_time_rate": FigureValue("on_time_rate", on_time, expired),
            "overdue_waiting": FigureValue("overdue_waiting", overdue, None),
            "returns": FigureValue("returns", 0, None),
        },
    )


class TestRule:
    def test_praises_and_criticises_by_rate_open_delays_and_number(self) -> None:
        units = [
            unit("甲", 10, 10),
            unit("乙", 20, 20, overdue=1),
            unit("丙", 7, 10),
            unit("丁", 1, 2),
            unit("戊", 9, 10),
            unit("己", 0, 0),
        ]
        assert [one.name for one in praised(units, RULE)] == ["甲"]
        assert [one.name for one in criticised(units, RULE)] == ["乙", "丙"]


class TestIssued:
    def test_is_kept_as_issued_whatever_happens_to_the_entries(
        self, history: Engine, issued: InspectionPackage, calendar: WorkCalendar
    ) -> None:
        before = issued.content
        with session_scope(history) as session:
            entry = session.get_one(LedgerEntry, 1)
            entry.due_on = entry.due_on - timedelta(days=90)
            session.add(entry)
        with session_scope(history) as session:
            kept = find_package(session, 1)
            assert kept.content == before
            assert is_unchanged(kept)
            assert (kept.issued_by, kept.issued_at) == ("督查甲", NOW)
            assert "督查甲" in issued_line(session, kept)

    def test_says_who_issued_and_who_edited_by_name(
        self, history: Engine, issued: InspectionPackage
    ) -> None:
        with session_scope(history) as session:
            officer = User(
                id=OFFICER.person_id,
                login=OFFICER.login,
                display_name="王处长",
                password_hash="unused",
                created_at=NOW,
            )
            session.add(officer)
            package = find_package(session, 1)
            edit_notice(session, package, "改后的通报", seen="", actor=OFFICER, now=NOW)
            assert "王处长 于 " in issued_line(session, package)
            with pytest.raises(NoticeChangedError, match="通报刚由 王处长 修改"):
                edit_notice(session, package, "又改", seen="", actor=OFFICER, now=NOW)

    def test_shows_when_somebody_changed_it_in_the_database(
        self, history: Engine, issued: InspectionPackage
    ) -> None:
        with history.begin() as connection:
            connection.exec_driver_sql(
                """UPDATE inspection_package SET content = replace(content, '"entries"', '"x"')"""
            )
        with session_scope(history, read_only=True) as session:
            assert not is_unchanged(find_package(session, 1))

    def test_the_circular_is_edited_and_nothing_else(
        self, history: Engine, issued: InspectionPackage
    ) -> None:
        with session_scope(history) as session:
            package = find_package(session, 1)
            seen = notice_version(package)
            edit_notice(session, package, "改后的通报", seen=seen, actor=OFFICER, now=NOW)
            with pytest.raises(NoticeChangedError):
                edit_notice(session, package, "又改", seen=seen, actor=OFFICER, now=NOW)
            with pytest.raises(InvalidNoticeError):
                edit_notice(session, package, " ", seen=seen, actor=OFFICER, now=NOW)
        with session_scope(history, read_only=True) as session:
            kept = find_package(session, 1)
            assert kept.notice == "改后的通报"
            assert kept.edited_by == "督查甲"
            assert is_unchanged(kept)

    def test_by_somebody_without_the_right_is_refused(
        self, history: Engine, content: PackageContent
    ) -> None:
        limited = person("督查乙", Authority({Role.SUPERVISOR: frozenset({1})}))
        with session_scope(history) as session, pytest.raises(NotPermittedError):
            issue_package(session, content, QUARTER, actor=limited, now=NOW)

    def test_an_unknown_one_is_not_found(self, ledger: Engine) -> None:
        with session_scope(ledger) as session, pytest.raises(PackageNotFoundError):
            find_package(session, 99)


class TestWorkbook:
    @pytest.fixture
    def sheets(self, content: PackageContent) -> list[Worksheet]:
        file = write_package(content, content.notice, "第 1 号，督查甲编制")
        return list(load_workbook(BytesIO(file)).worksheets)

    def test_prints_on_a4_landscape_with_title_and_repeated_heading(
        self, sheets: list[Worksheet]
    ) -> None:
        assert [sheet.title for sheet in sheets] == [
            "指标",
            "各单位",
            "超期清单",
            "退回清单",
            "销号清单",
            "通报草稿",
            "年度报告段落",
        ]
        for sheet in sheets:
            setup = sheet.page_setup
            assert (setup.orientation, setup.paperSize) == ("landscape", 9)
            assert sheet.print_title_rows == "$1:$3"
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            # One page wide is what the format takes an absent width for.
            assert (setup.fitToWidth or 1, setup.fitToHeight) == (1, 0)
            assert sheet.max_column <= 12
            assert sheet["A1"].value
            heading = sheet["A3"]
            assert heading.font.name == "仿宋"
            assert heading.border.left.style == "thin"

    def test_a_row_is_as_high_as_its_longest_text(self, sheets: list[Worksheet]) -> None:
        figures = sheets[0]
        heights = {
            max(len(str(cell.value or "")) for cell in row): figures.row_dimensions[
                row[0].row
            ].height
            for row in figures.iter_rows(min_row=4)
        }
        shortest, longest = heights[min(heights)], heights[max(heights)]
        assert shortest is not None
        assert longest is not None
        assert longest >= shortest + 30

    def test_dates_are_dates_and_no_cell_is_a_formula(self, sheets: list[Worksheet]) -> None:
        overdue = sheets[2]
        assert all(isinstance(cell.value, datetime) for cell in overdue["F"][3:])
        kinds = {cell.data_type for sheet in sheets for row in sheet.iter_rows() for cell in row}
        assert "f" not in kinds

    def test_holds_every_line_of_the_lists(
        self, sheets: list[Worksheet], content: PackageContent
    ) -> None:
        assert sheets[2].max_row == 3 + len(content.overdue)
        assert sheets[4].max_row == 3 + len(content.crossing_off)


class TestScheduled:
    @pytest.mark.parametrize(
        ("today", "expected"),
        [
            (date(2026, 10, 1), {"quarter-2026-3", "year-2026-09-30"}),
            (date(2026, 12, 31), {"quarter-2026-3", "year-2026-09-30"}),
            (date(2027, 1, 1), {"quarter-2026-4", "year-2026-12-31"}),
            (date(2026, 7, 1), {"quarter-2026-2"}),
        ],
    )
    def test_is_due_when_a_quarter_is_over(self, today: date, expected: set[str]) -> None:
        found = dict(occasions(today))
        assert found.keys() == expected
        assert all(period.last < today for period in found.values())

    def test_is_issued_once_and_written_into_the_folder(
        self, history: Engine, settings: Settings, calendar: WorkCalendar, tmp_path: Path
    ) -> None:
        folder = tmp_path / "reports"
        given = settings.model_copy(update={"report_dir": str(folder)})
        context = JobContext(given, FixedClock(NOW), history, calendar)
        assert write_reports(context) == 2
        assert write_reports(context) == 0
        names = {path.name for path in folder.iterdir()}
        assert names == {
            "inspection-20260701-20260930-1.xlsx",
            "inspection-20260701-20260930-1.html",
            "inspection-20260101-20260930-2.xlsx",
            "inspection-20260101-20260930-2.html",
        }
        page = (folder / "inspection-20260701-20260930-1.html").read_text(encoding="utf-8")
        assert "2026年第三季度政策咨询监督检查报表" in page
        assert "http" not in page.replace("http-equiv", "")
        (folder / "inspection-20260701-20260930-1.xlsx").unlink()
        assert write_reports(context) == 1
        with session_scope(history, read_only=True) as session:
            kept = list_packages(session)
            assert [one.issued_by for one in kept] == [CLOCKWORK.name] * 2
            assert {Period(one.since, one.until) for one in kept} == {
                quarter_of(date(2026, 8, 1)),
                year_until(date(2026, 9, 30)),
            }

    def test_without_a_folder_nothing_is_issued(
        self, history: Engine, settings: Settings, calendar: WorkCalendar
    ) -> None:
        context = JobContext(settings, FixedClock(NOW), history, calendar)
        assert write_reports(context) == 0
        with session_scope(history, read_only=True) as session:
            assert list(list_packages(session)) == []

    def test_before_the_first_record_nothing_is_issued(
        self, ledger: Engine, settings: Settings, calendar: WorkCalendar, tmp_path: Path
    ) -> None:
        given = settings.model_copy(update={"report_dir": str(tmp_path / "reports")})
        assert write_reports(JobContext(given, FixedClock(NOW), ledger, calendar)) == 0
