"""Read-only routes of the ledger (登记台账), and due dates in working days."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from qa_service.accounts.audit import record
from qa_service.accounts.permissions import Permission
from qa_service.accounts.units import find_unit
from qa_service.api.dependencies import Caller, caller_with, reader_with
from qa_service.api.problems import problem_responses
from qa_service.api.schemas.ledger import (
    DueOut,
    DueQuery,
    EntryDetailOut,
    EntryListOut,
    LedgerQuery,
    SheetQuery,
)
from qa_service.api.schemas.ledger_moves import BoardOut, BoardRowOut
from qa_service.api.text_types import LedgerNumber
from qa_service.clock import beijing_day
from qa_service.ledger.entry_file import allowed_actions, open_file
from qa_service.ledger.queries import list_entries
from qa_service.reporting.board import open_board
from qa_service.reporting.ledger_sheet import write_sheet
from qa_service.request_scope import ReadSession, ServicesDep
from qa_service.services import Services
from qa_service.storage.engine import session_scope
from qa_service.vocabulary import AuditAction, Scope
from qa_service.workdays.deadline import due_date_from_day

_SCOPES = (Scope.LEDGER, Scope.SUPERVISE)
LedgerReader = Annotated[Caller, Depends(reader_with(Permission.READ_LEDGER, *_SCOPES))]
BoardReader = Annotated[Caller, Depends(reader_with(Permission.WATCH_BOARD, *_SCOPES))]
Exporter = Annotated[Caller, Depends(reader_with(Permission.EXPORT_LEDGER, *_SCOPES))]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = APIRouter(tags=["登记台账"], dependencies=[Depends(caller_with(*_SCOPES))])


@router.get("/ledger", summary="台账列表", responses=problem_responses(404))
def list_all(
    query: Annotated[LedgerQuery, Query()],
    services: ServicesDep,
    session: ReadSession,
    caller: LedgerReader,
) -> EntryListOut:
    """Return one page of entries, newest first."""
    if query.unit:
        find_unit(session, query.unit)
    page = list_entries(
        session,
        replace(query.wanted(), within=caller.units(Permission.READ_LEDGER)),
        today=beijing_day(services.clock.now()),
        calendar=services.calendar,
        after=query.cursor,
        limit=query.limit,
    )
    return EntryListOut.of(page)


@router.get("/ledger/board", summary="督查看板", responses=problem_responses())
def board(services: ServicesDep, session: ReadSession, caller: BoardReader) -> BoardOut:
    """Count the open entries by unit and by working days left."""
    today = beijing_day(services.clock.now())
    shown = open_board(
        session,
        today=today,
        calendar=services.calendar,
        within=caller.units(Permission.WATCH_BOARD),
    )
    rows = [
        BoardRowOut(
            unit_key=row.unit_key, unit_name=row.unit_name, total=row.total, **_named(row.counts)
        )
        for row in shown.rows
    ]
    return BoardOut(
        date=today,
        units=rows,
        totals=_named(shown.totals),
        states=_named(shown.states),
        once_overdue=shown.once_overdue,
    )


@router.get(
    "/ledger/export.xlsx",
    summary="导出登记台账",
    response_class=Response,
    responses=problem_responses(404) | {200: {"content": {XLSX: {}}}},
)
def export(
    query: Annotated[SheetQuery, Query()],
    services: ServicesDep,
    session: ReadSession,
    caller: Exporter,
) -> Response:
    """Return all matching entries as a spreadsheet; ``cursor`` and ``limit`` are ignored."""
    if query.unit:
        find_unit(session, query.unit)
    today = beijing_day(services.clock.now())
    wanted = replace(query.wanted(), within=caller.units(Permission.EXPORT_LEDGER))
    file = write_sheet(session, wanted, query.form, today=today, calendar=services.calendar)
    _write_down(services, caller, AuditAction.EXPORT, "登记台账")
    return Response(file, media_type=XLSX)


@router.get(
    "/ledger/{number}", summary="一条台账及其办理时限的逐日依据", responses=problem_responses(404)
)
def read(
    number: Annotated[LedgerNumber, Path()],
    services: ServicesDep,
    session: ReadSession,
    caller: LedgerReader,
) -> EntryDetailOut:
    """Return an entry with its events, reply, calls, and the day-by-day proof of its due date."""
    now = services.clock.now()
    today = beijing_day(now)
    file = open_file(
        session,
        number,
        today=today,
        calendar=services.calendar,
        within=caller.units(Permission.READ_LEDGER),
    )
    allowed = allowed_actions(
        session,
        file.entry,
        caller.actor,
        now=now,
        calendar=services.calendar,
        rules=services.ledger_rules,
    )
    if file.entry.asker_id is not None:
        _write_down(services, caller, AuditAction.VIEW_ASKER, number)
    return EntryDetailOut.of(file, allowed)


@router.get(
    "/workdays/due",
    summary="按工作日推算办结日期",
    dependencies=[Depends(reader_with(Permission.READ_LEDGER, *_SCOPES))],
    responses=problem_responses(),
)
def due(query: Annotated[DueQuery, Query()], services: ServicesDep) -> DueOut:
    """Return the due date, in working days, of a question received on a given day."""
    found = due_date_from_day(query.received, days=query.days, calendar=services.calendar)
    return DueOut.of(found)


def _write_down(services: Services, caller: Caller, action: AuditAction, subject: str) -> None:
    with session_scope(services.database) as trail:
        record(trail, action, actor=caller.actor, now=services.clock.now(), subject=subject)


def _named(counts: dict[Any, int]) -> dict[str, int]:
    return {member.value: count for member, count in counts.items()}
