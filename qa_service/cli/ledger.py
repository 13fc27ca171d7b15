"""``qa-service ledger`` and ``qa-service remind``: deadlines, and all scheduled jobs for cron."""

from dataclasses import asdict
from typing import Annotated

import typer

from qa_service.cli.commands import CommandGroup
from qa_service.cli.console import JsonOption, member_of, report_errors, say, show_json
from qa_service.cli.service import read_settings

app = CommandGroup(help="登记台账。")


@app.callback()
def ledger() -> None:
    """登记台账。"""


@app.command("list")
def list_all(
    overdue: Annotated[bool, typer.Option("--overdue", help="只列超期的")] = False,
    unit: Annotated[str | None, typer.Option(help="承办单位的标识")] = None,
    state: Annotated[str | None, typer.Option(help="状态，如 assigned")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="最多几条")] = 100,
    as_json: JsonOption = False,
) -> None:
    """列出台账，最紧急的在前。"""
    from qa_service.cli.json_values import entry_values
    from qa_service.clock import SystemClock, beijing_day
    from qa_service.ledger.entry_filter import DueFilter, EntryFilter
    from qa_service.ledger.queries import DueStatus, urgent_entries
    from qa_service.services import open_calendar, open_database
    from qa_service.storage.engine import session_scope
    from qa_service.vocabulary import EntryState

    wanted = EntryFilter(
        due=DueFilter.OVERDUE if overdue else None,
        unit=unit,
        state=member_of(EntryState, state, "状态") if state else None,
        open_only=state is None,
    )
    with report_errors():
        settings = read_settings()
        today = beijing_day(SystemClock().now())
        database = open_database(settings)
        calendar = open_calendar(settings, database)
        with session_scope(database, read_only=True) as session:
            found = urgent_entries(session, wanted, today=today, calendar=calendar, limit=limit)
    if as_json:
        show_json({"items": [entry_values(entry) for entry in found]})
        return
    settled = (DueStatus.INFORMED, DueStatus.CLOSED, DueStatus.VOIDED)
    for entry in found:
        counted = f"剩 {entry.days_left}" if entry.days_left >= 0 else f"超 {-entry.days_left}"
        left = entry.due_status.label if entry.due_status in settled else f"{counted} 个工作日"
        typer.echo(
            f"{entry.number}  {entry.due_on:%Y-%m-%d}  {left}  "
            f"{entry.state.label}  {entry.unit_name}  {entry.question[:40]}"
        )
    say(f"共 {len(found)} 条")


def remind(as_json: JsonOption = False) -> None:
    """提醒到期、重算暂定期限、销号、推送；供 cron 使用，可重复运行。"""
    from qa_service.clock import SystemClock
    from qa_service.jobs.duty import JobContext
    from qa_service.jobs.round import run_round
    from qa_service.services import open_calendar, open_database

    with report_errors():
        settings = read_settings()
        context = JobContext(
            settings, SystemClock(), open_database(settings), open_calendar(settings)
        )
        done = run_round(context)
    if as_json:
        show_json({name: value for name, value in asdict(done).items() if name != "failed"})
    else:
        sent = done.delivered
        say(
            f"新提醒 {done.reminded} 条，重算期限 {done.recounted} 条，销号 {done.closed} 条；"
            f"推送成功 {sent.arrived}、失败 {sent.failed}、未配置 {sent.skipped}"
        )
    if done.failed:
        say(f"以下任务失败，其余已完成，详见日志：{'、'.join(done.failed)}")
        raise typer.Exit(1)
