from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from desk import MORNING, OPERATOR, REVIEWER, SUPERVISOR, Desk, Register, step
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import Session

from qa_service.accounts.models import User
from qa_service.ledger.deadlines import due_dates
from qa_service.ledger.entry_filter import DueFilter, EntryFilter
from qa_service.ledger.models import LedgerEntry
from qa_service.ledger.queries import list_entries
from qa_service.ledger.workflow import assignment
from qa_service.reporting.board import Bucket, open_board
from qa_service.reporting.ledger_workbook import COLUMNS, write_ledger
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import CallOutcome, EntryState, PolicyArea
from qa_service.workdays.calendar import WorkCalendar

TODAY = date(2026, 12, 1)


@pytest.fixture
def busy(ledger: Engine, enter: Register) -> Engine:
    """Twelve entries of three units, received on days in a row, one of them informed."""
    with session_scope(ledger) as session:
        fields = (None, PolicyArea.TAXATION, PolicyArea.ELDERLY_CARE)
        for at in range(12):
            enter(session, MORNING + timedelta(days=at % 4 - 1), area=fields[at % 3])
        first = session.get_one(LedgerEntry, 1)
        Desk(session).answered(first)
        Desk(session).call(first, CallOutcome.NO_CONTACT)
    return ledger


class TestBoard:
    def test_counts_are_those_of_the_list(self, busy: Engine, calendar: WorkCalendar) -> None:
        with session_scope(busy, read_only=True) as session:
            board = open_board(session, today=TODAY, calendar=calendar)
            assert board.total == sum(row.total for row in board.rows) == 11
            for row in board.rows:
                for bucket in (Bucket.OVERDUE, Bucket.TODAY, Bucket.SOON):
                    listed = list_entries(
                        session,
                        EntryFilter(unit=row.unit_key, due=DueFilter(bucket.value)),
                        today=TODAY,
                        calendar=calendar,
                    )
                    assert len(listed.items) == row.counts[bucket], (row, bucket)

    def test_the_most_overdue_unit_stands_first(self, busy: Engine, calendar: WorkCalendar) -> None:
        with session_scope(busy, read_only=True) as session:
            board = open_board(session, today=TODAY + timedelta(days=1), calendar=calendar)
            overdue = [row.counts[Bucket.OVERDUE] for row in board.rows]
            assert overdue == sorted(overdue, reverse=True)
            assert overdue[0] > 0

    def test_an_empty_ledger_is_an_empty_board(
        self, ledger: Engine, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger, read_only=True) as session:
            board = open_board(session, today=TODAY, calendar=calendar)
            assert (board.rows, board.total, board.states) == ((), 0, {})


def rows(session: Session, wanted: EntryFilter, calendar: WorkCalendar) -> list[dict[str, Any]]:
    file = write_ledger(session, wanted, today=TODAY, calendar=calendar)
    sheet = load_workbook(BytesIO(file)).active
    assert sheet is not None
    heading, *lines = sheet.iter_rows(values_only=True)
    assert heading == tuple(label for label, _ in COLUMNS)
    return [dict(zip(heading, (cell or "" for cell in line), strict=True)) for line in lines]


class TestSpreadsheet:
    def test_holds_what_the_filtered_list_holds(self, busy: Engine, calendar: WorkCalendar) -> None:
        with session_scope(busy, read_only=True) as session:
            for wanted in (
                EntryFilter(),
                EntryFilter(unit="tax"),
                EntryFilter(due=DueFilter.TODAY),
            ):
                listed = list_entries(session, wanted, today=TODAY, calendar=calendar).items
                written = rows(session, wanted, calendar)
                assert [line["台账编号"] for line in written] == [one.number for one in listed]

    def test_tells_the_way_of_an_entry(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            assignment.assign(session, entry, step(SUPERVISOR), unit="tax", helpers=["pensions"])
            granted = step(SUPERVISOR, reason="需会商")
            due_dates.extend(session, entry, granted, workdays=2, calendar=calendar, longest=10)
            Desk(session).answered(entry)
            Desk(session).call(entry, CallOutcome.NO_CONTACT)
            (line,) = rows(session, EntryFilter(), calendar)
        assert line["承办单位"] == "甲区税务局"
        assert line["协办单位"] == "甲区社保局"
        assert (line["序号"], line["延期（工作日）"]) == (1, 2)
        assert line["受理时间"] == datetime(2026, 11, 24, 10)
        assert line["办理期限"] == datetime(2026, 12, 3)
        assert line["原定期限"] == datetime(2026, 12, 1)
        assert line["延期批准人与理由"] == "督查甲：需会商"
        assert line["政策依据"] == "《外商投资备案办法》（甲府发〔2026〕1号） 第三条"
        assert line["审核人"] == "审核甲"
        assert "未留联系方式" in line["回复记录"]
        assert (line["办理状态"], line["是否超期"]) == ("已回复", "否")
        assert line["入库情况"].startswith("问答：")

    def test_calls_people_by_their_names_not_by_their_logins(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        names = ((REVIEWER, "李审核"), (SUPERVISOR, "王督查"), (OPERATOR, "赵坐席"))
        with session_scope(ledger) as session:
            for one, name in names:
                session.add(
                    User(
                        id=one.person_id,
                        login=one.login,
                        display_name=name,
                        password_hash="unused",
                        created_at=MORNING,
                    )
                )
            entry = enter(session, MORNING)
            assignment.assign(session, entry, step(SUPERVISOR), unit="tax")
            granted = step(SUPERVISOR, reason="需会商")
            due_dates.extend(session, entry, granted, workdays=2, calendar=calendar, longest=10)
            Desk(session).answered(entry)
            Desk(session).call(entry, CallOutcome.NO_CONTACT)
            (line,) = rows(session, EntryFilter(), calendar)
        assert line["延期批准人与理由"] == "王督查：需会商"
        assert line["审核人"] == "李审核"
        assert line["回复记录"].endswith("赵坐席")

    def test_shows_days_and_times_as_before_a_provisional_limit_with_its_mark(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            enter(session, MORNING).due_provisional = True
            session.flush()
            file = write_ledger(session, EntryFilter(), today=TODAY, calendar=calendar)
        sheet = load_workbook(BytesIO(file)).active
        assert sheet is not None
        cells = {label: sheet[2][at] for at, (label, _) in enumerate(COLUMNS)}
        dated = {label: cell.number_format for label, cell in cells.items() if cell.is_date}
        assert dated == {
            "受理时间": "yyyy-mm-dd hh:mm",
            "交办时间": "yyyy-mm-dd hh:mm",
            "办理期限": 'yyyy-mm-dd"（暂定）"',
            "原定期限": "yyyy-mm-dd",
        }
        assert {type(cell.value) for cell in cells.values() if cell.is_date} == {datetime}

    @pytest.mark.parametrize("question", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1"])
    def test_no_cell_is_a_formula(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar, question: str
    ) -> None:
        with session_scope(ledger) as session:
            entry = enter(session, MORNING)
            entry.question = question
            session.add(entry)
            session.flush()
            file = write_ledger(session, EntryFilter(), today=TODAY, calendar=calendar)
        sheet = load_workbook(BytesIO(file)).active
        assert sheet is not None
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
        asked = [label for label, _ in COLUMNS].index("咨询内容")
        found = str(sheet[2][asked].value)
        assert question.strip() in found
        assert not found.startswith(("=", "+", "-", "@", "\t"))

    def test_is_late_by_the_day_the_asker_knew(
        self, ledger: Engine, enter: Register, calendar: WorkCalendar
    ) -> None:
        with session_scope(ledger) as session:
            in_time, late = enter(session, MORNING), enter(session, MORNING - timedelta(days=9))
            Desk(session).answered(in_time)
            Desk(session).call(in_time, CallOutcome.NO_CONTACT)
            written = rows(session, EntryFilter(), calendar)
        assert {line["台账编号"]: line["是否超期"] for line in written} == {
            in_time.number: "否",
            late.number: "是",
        }
        assert in_time.state is EntryState.INFORMED
        assert OPERATOR.name == "坐席甲"
