"""``qa-service report``: figures, inspection packages, and the definitions of all figures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.commands import CommandGroup
from qa_service.cli.console import JsonOption, member_of, report_errors, say, show_json
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from qa_service.reporting.figures.counting import Compared

app = CommandGroup(help="监督统计和监督检查报表。")

Since = Annotated[str, typer.Option(help="起始日期，如 2026-10-01；默认当年1月1日")]
Until = Annotated[str, typer.Option(help="截止日期，如 2026-12-31；默认今天")]


@app.callback()
def report() -> None:
    """监督统计和监督检查报表。"""


@app.command()
def figures(
    since: Since = "",
    until: Until = "",
    unit: Annotated[str, typer.Option(help="承办单位的标识")] = "",
    field: Annotated[str, typer.Option(help="领域")] = "",
    by: Annotated[
        str, typer.Option(help="写入表格时按 unit、field、channel、day 或 hour 分")
    ] = "unit",
    out: Annotated[Path | None, typer.Option(help="写入 XLSX 文件")] = None,
    as_json: JsonOption = False,
) -> None:
    """列出各项指标，与上期比较；口径见 docs/figures.md。都不写日期的为本季度。"""
    from qa_service.clock import SystemClock, beijing_day
    from qa_service.reporting.figures.counting import NOT_RECORDED, compare_figures
    from qa_service.reporting.figures.period import read_period
    from qa_service.reporting.figures.scope import Dimension, open_scope
    from qa_service.reporting.figures.workbook import write_figures
    from qa_service.services import open_calendar, open_database
    from qa_service.storage.engine import session_scope
    from qa_service.web.publishing.whole_files import write_whole

    dimension = member_of(Dimension, by, "分法")
    now = SystemClock().now()
    with report_errors():
        settings = read_settings()
        period = read_period(since, until, today=beijing_day(now))
        database = open_database(settings)
        calendar = open_calendar(settings, database)
        with session_scope(database, read_only=True) as session:
            scope = open_scope(
                session, period, now=now, calendar=calendar, unit=unit or None, area=field or None
            )
            found = compare_figures(session, scope)
            if not scope.is_recorded:
                say(f"{period.label}{NOT_RECORDED}，各项指标为“无数据”")
            if out is not None:
                write_whole(out, write_figures(session, scope, dimension))
    if as_json:
        show_json({"since": period.first, "until": period.last, "items": _values(found)})
        return
    for one in found:
        change = f"  {one.change}" if one.change else ""
        typer.echo(f"{one.now.figure.label}  {one.now.shown}  上期 {one.before.shown}{change}")
    say(f"{period.label}" + (f"，已写入 {out}" if out else ""))


@app.command()
def inspection(
    until: Annotated[str, typer.Option(help="截止日期，如 2026-12-31")],
    since: Since = "",
    folder: Annotated[Path, typer.Option(help="写入的文件夹")] = Path(),
    by: Annotated[str, typer.Option(help="编制人的登录名；不写的记为“命令行”")] = "",
    pdf: Annotated[bool, typer.Option(help="有 Chromium 的，另存为 PDF")] = True,
    preview: Annotated[bool, typer.Option("--preview", help="只看指标，不编制、不留存")] = False,
    as_json: JsonOption = False,
) -> None:
    """编制监督检查报表：按此刻的数字留存，并写入 XLSX、网页和 PDF。"""
    from qa_service.accounts.actor import Actor
    from qa_service.accounts.users import find_active
    from qa_service.clock import SystemClock, beijing_day
    from qa_service.reporting.figures.period import read_period
    from qa_service.reporting.figures.scope import open_scope
    from qa_service.reporting.inspection.compiling import compile_package
    from qa_service.reporting.inspection.service import find_package, issue_package
    from qa_service.reporting.inspection.texts import NoticeRule
    from qa_service.services import open_calendar, open_database
    from qa_service.storage.engine import session_scope
    from qa_service.web.supervision.package_files import open_folder, write_files

    now = SystemClock().now()
    with report_errors():
        settings = read_settings()
        period = read_period(since, until, today=beijing_day(now))
        database = open_database(settings)
        calendar = open_calendar(settings, database)
        with session_scope(database, read_only=True) as session:
            scope = open_scope(session, period, now=now, calendar=calendar)
            content = compile_package(session, scope, NoticeRule.of(settings))
        if preview:
            show_json(content.dump())
            return
        open_folder(folder)
        with session_scope(database) as session:
            actor = Actor.clockwork("命令行")
            if by:
                actor = Actor.of_user(find_active(session, by))
            number = issue_package(session, content, period, actor=actor, now=now).id or 0
        # Said before its files, which may fail: the package is kept from here on.
        say(f"已编制第 {number} 号报表：{content.title}")
        with session_scope(database, read_only=True) as session:
            written = write_files(session, find_package(session, number), folder)
        written += _printed(written[-1]) if pdf else []
    if as_json:
        show_json({"id": number, "files": [str(path) for path in written]})
        return
    for path in written:
        typer.echo(str(path))


@app.command()
def definitions() -> None:
    """以 Markdown 列出全部指标的口径（docs/figures.md 由此而来）。"""
    from qa_service.reporting.figures.documentation import figures_document

    typer.echo(figures_document(), nl=False)


def _printed(page: Path) -> list[Path]:
    """Return the PDF of ``page`` if there is a browser to print it; a failure is told."""
    from subprocess import SubprocessError

    from qa_service.web.supervision.package_files import write_pdf

    try:
        found = write_pdf(page)
    except (OSError, SubprocessError) as error:
        say(f"没有生成 PDF（{type(error).__name__}）：请用浏览器打开 {page}，打印时选“另存为 PDF”")
        return []
    if found is None:
        say(f"没有安装 Chromium：请用浏览器打开 {page}，打印时选“另存为 PDF”")
        return []
    return [found]


def _values(found: "list[Compared]") -> list[dict[str, object]]:
    return [
        {
            "name": one.now.name,
            "label": one.now.figure.label,
            "measure": one.now.figure.measure.value,
            "value": one.now.value,
            "numerator": one.now.numerator,
            "denominator": one.now.denominator,
            "before": one.before.value,
        }
        for one in found
    ]
