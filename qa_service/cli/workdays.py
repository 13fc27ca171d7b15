"""``qa-service workdays``: computes due dates and lists the days counted."""

from datetime import date, datetime
from typing import Annotated

import typer

from qa_service.cli.commands import CommandGroup
from qa_service.cli.console import JsonOption, report_errors, show_json
from qa_service.cli.service import read_settings

app = CommandGroup(help="工作日推算。")


@app.callback()
def workdays() -> None:
    """工作日推算。"""


@app.command()
def due(
    received: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="受理日期")],
    days: Annotated[int, typer.Option(help="工作日数，默认取办理时限")] = 0,
    as_json: JsonOption = False,
) -> None:
    """由受理日期推算到期日：次日起算，含调休上班日。"""
    from qa_service.services import calendar_in_use
    from qa_service.workdays.deadline import due_date_from_day

    with report_errors():
        settings = read_settings()
        received_on: date = received.date()
        result = due_date_from_day(
            received_on, days=days or settings.answer_workdays, calendar=calendar_in_use(settings)
        )
    if as_json:
        show_json(result)
        return
    for proof in result.proof:
        typer.echo(f"{proof.day:%Y-%m-%d}  {'计' if proof.counted else '不计'}  {proof.why}")
    mark = "（暂定：该年放假安排尚未公布）" if result.provisional else ""
    typer.echo(f"到期日：{result.due_on:%Y-%m-%d}{mark}")
