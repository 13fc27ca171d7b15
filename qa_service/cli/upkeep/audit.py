"""``qa-service audit``: verifies the audit trail."""

from typing import Annotated

import typer

from qa_service.cli.commands import CommandGroup
from qa_service.cli.console import report_errors, say, show_json
from qa_service.cli.service import read_settings

app = CommandGroup(help="审计记录。")


@app.command("verify")
def verify(
    newest: Annotated[
        str | None, typer.Option(help="另行保存的末条哈希值；给出后可发现末尾被删除")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """核对审计记录是否被改动；有改动或缺失时退出码为 1。"""
    from qa_service.accounts import audit
    from qa_service.services import open_database
    from qa_service.storage.engine import session_scope

    database = open_database(read_settings())
    with report_errors(), session_scope(database, read_only=True) as session:
        found = audit.verify(session, newest_hash=newest)
        end = audit.newest_hash(session)
    if as_json:
        broken = {"row": found.row, "reason": found.reason} if found else None
        show_json({"whole": found is None, "broken": broken, "newest_hash": end})
    elif found:
        say(f"审计记录在第 {found.row} 条断开：{found.reason}")
    else:
        say("审计记录完整。末条哈希值（请另行保存）：")
        typer.echo(end)
    if found:
        raise typer.Exit(1)
