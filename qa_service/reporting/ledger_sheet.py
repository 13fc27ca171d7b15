"""The ledger as a sheet that prints: a short form of twelve columns, or the full form."""

from collections.abc import Iterator
from datetime import date

from sqlmodel import Session

from qa_service.accounts.areas import area_names
from qa_service.ledger.entry_filter import EntryFilter
from qa_service.ledger.queries import EntryView, list_entries
from qa_service.reporting.ledger_workbook import BATCH, lateness, write_ledger
from qa_service.reporting.print_sheets import Cell, Column, PrintSheet, write_book
from qa_service.vocabulary import AreaKey, LabelledEnum
from qa_service.workdays.calendar import WorkCalendar

COLUMNS = (
    Column("序号", 5),
    Column("台账编号", 18),
    Column("类别", 10),
    Column("受理时间", 17),
    Column("咨询内容", 50),
    Column("领域", 10),
    Column("承办单位", 24),
    Column("办理期限", 12),
    Column("回复时间", 17),
    Column("销号时间", 17),
    Column("是否超期", 9),
    Column("办理状态", 10),
)
"""The columns of the short form."""


class SheetForm(LabelledEnum):
    """The form of the sheet."""

    FULL = "full", "全部栏目"
    SHORT = "short", "简表"


def write_sheet(
    session: Session,
    wanted: EntryFilter,
    form: SheetForm,
    *,
    today: date,
    calendar: WorkCalendar,
) -> bytes:
    """Return an XLSX file of the entries that pass the filter, newest first."""
    if form is SheetForm.FULL:
        return write_ledger(session, wanted, today=today, calendar=calendar)
    rows = _rows(session, wanted, today, calendar)
    note = f"{_span(wanted)}{today:%Y-%m-%d} 导出"
    return write_book([PrintSheet("登记台账", "政策咨询登记台账", note, COLUMNS, rows)])


def _span(wanted: EntryFilter) -> str:
    if wanted.since is None and wanted.until is None:
        return ""
    first = f"{wanted.since:%Y-%m-%d}" if wanted.since else ""
    last = f"{wanted.until:%Y-%m-%d}" if wanted.until else ""
    return f"受理日期 {first} 至 {last}，"


def _rows(
    session: Session, wanted: EntryFilter, today: date, calendar: WorkCalendar
) -> Iterator[tuple[Cell, ...]]:
    areas = area_names(session)
    place = 0
    after: str | None = None
    while True:
        page = list_entries(
            session, wanted, today=today, calendar=calendar, after=after, limit=BATCH
        )
        for view in page.items:
            place += 1
            yield _row(place, view, areas, today)
        after = page.next_after
        if after is None:
            return


def _row(place: int, view: EntryView, areas: dict[AreaKey, str], today: date) -> tuple[Cell, ...]:
    return (
        place,
        view.number,
        view.kind.label,
        view.received_at,
        view.question,
        areas.get(view.area, view.area) if view.area else "",
        view.unit_name,
        view.due_on,
        view.informed_at,
        view.closed_at,
        lateness(view, today),
        view.state.label + ("（期限暂定）" if view.due_provisional else ""),
    )
