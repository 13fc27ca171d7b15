"""Output of commands: text for people, JSON for software, one exit code for every error."""

import errno
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from qa_service.errors import QAServiceError
from qa_service.progress import Progress

if TYPE_CHECKING:
    from qa_service.knowledge.exchange.import_report import ImportReport

JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出，供程序读取")]

Member = TypeVar("Member", bound=StrEnum)


def say(line: str) -> None:
    """Print a line for people on stderr; stdout is kept for results."""
    typer.echo(line, err=True)


def show_json(value: object) -> None:
    """Print ``value``, a dataclass or plain data, as JSON on stdout."""
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:  # noqa: ANN401
    """Return a value without a JSON form as text."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def show_report(report: "ImportReport", *, as_json: bool) -> None:
    """Print an import's report, as JSON or for people."""
    if as_json:
        show_json(report)
        return
    for row in report.rows:
        remarks = "　".join(part for part in (row.cell, row.reason, row.note) if part)
        typer.echo(f"第{row.row}行　{row.outcome.label}　{row.key}　{remarks}".rstrip())
    for note in report.notes:
        typer.echo(note)
    typer.echo(
        f"新增 {report.added}，更新 {report.changed}，"
        f"无变化 {report.unchanged}，未导入 {report.refused}"
    )


def member_of(members: type[Member], value: str, label: str) -> Member:
    """Return the member with this value; raises typer.BadParameter with the allowed values."""
    try:
        return members(value)
    except ValueError as error:
        allowed = "、".join(member.value for member in members)
        raise typer.BadParameter(f"{label}“{value}”无效，可选：{allowed}") from error


@contextmanager
def report_errors() -> Iterator[None]:
    """Print the Chinese message of an expected error, or of each in a group; exit with code 1."""
    try:
        yield
    except Exception as error:
        lines = _lines_of(error)
        if not lines:
            raise
        for line in lines:
            say(line)
        raise typer.Exit(1) from error


def _lines_of(error: Exception) -> list[str]:
    """Return what people are told about an error; nothing about one that is not expected."""
    if isinstance(error, ExceptionGroup):
        return [line for one in error.exceptions for line in _lines_of(one)]
    if isinstance(error, QAServiceError):
        problems = [f"  · {problem.field}：{problem.message}" for problem in error.problems]
        return [f"错误（{error.code}）：{error.message}", *problems]
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _FULL):
        where = error.filename or "文件"
        return [f"错误（file_unusable）：{where} {_trouble(error)}，{_remedy(error)}"]
    if _is_of_database(error):
        told = f"数据库读写失败（{type(error).__name__}），请运行 qa-service doctor 查看原因"
        return [f"错误（database_unusable）：{told}"]
    return []


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a full disk; those of a write do not name the file."""

_TROUBLES: dict[int | None, str] = {
    errno.ENOENT: "不存在，或所在文件夹不存在",
    errno.EACCES: "没有读写权限",
    errno.EPERM: "没有读写权限",
    errno.EROFS: "没有读写权限",
    errno.EEXIST: "已是文件，不是文件夹",
    errno.ENOTDIR: "的上级不是文件夹",
    errno.EISDIR: "是文件夹，不是文件",
    errno.ENAMETOOLONG: "的名称太长",
    errno.ENOSPC: "写不下：磁盘已满",
    errno.EDQUOT: "写不下：磁盘已满",
    errno.EFBIG: "写不下：磁盘已满",
}


def _trouble(error: OSError) -> str:
    """Return in Chinese what is wrong with the file that a command was to read or write."""
    return _TROUBLES.get(error.errno, f"无法读写（{type(error).__name__}）")


def _remedy(error: OSError) -> str:
    """Return in Chinese what to do about the file."""
    return "请清理出空间后重试" if error.errno in _FULL else "请检查路径后重试"


def _is_of_database(error: Exception) -> bool:
    """Return whether the database failed: damaged, locked, full or away."""
    import sqlite3

    from sqlalchemy.exc import DatabaseError
    from sqlalchemy.exc import TimeoutError as PoolTimeoutError

    return isinstance(error, (DatabaseError, PoolTimeoutError, sqlite3.DatabaseError))


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Show a progress bar on stderr; yields a callback that takes (done, total)."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=Console(file=sys.stderr))
    with bar:
        task = bar.add_task(title, total=None, visible=False)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=True)

        yield advance
