"""``qa-service import`` and ``corpus``: files into the bank."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.commands import CommandGroup
from qa_service.cli.console import (
    JsonOption,
    progress_bar,
    report_errors,
    say,
    show_json,
    show_report,
)
from qa_service.cli.service import read_settings
from qa_service.errors import InvalidInputError
from qa_service.progress import Progress

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from qa_service.accounts.actor import Actor
    from qa_service.knowledge.exchange.import_report import ImportReport
    from qa_service.knowledge.exchange.rows.source_row import SourceFile

corpus = CommandGroup(help="起步库文件。")


class ImporterUnnamedError(InvalidInputError):
    """The command would publish pairs, and no person is named who imports them."""

    code = "importer_unnamed"
    title = "请注明由谁导入"


class Kind(StrEnum):
    """The kind of records in a file."""

    PAIRS = "pairs"
    POLICIES = "policies"
    UNITS = "units"
    AREAS = "areas"


@corpus.callback()
def corpus_commands() -> None:
    """起步库文件。"""


@corpus.command()
def check(
    folder: Annotated[Path, typer.Argument(help="起步库目录")] = Path("corpus"),
    as_json: JsonOption = False,
) -> None:
    """检查起步库：格式、查重、单位与依据、条款、问点、事项、图解、评测问题；有问题则退出码为 1。"""
    from qa_service.knowledge.exchange.corpus.check import check_corpus
    from qa_service.knowledge.exchange.corpus.completeness import check_completeness, topic_counts
    from qa_service.knowledge.exchange.corpus.question_check import check_questions

    problems = [*check_corpus(folder), *check_completeness(folder), *check_questions(folder)]
    if as_json:
        show_json([asdict(problem) for problem in problems])
    for problem in problems if not as_json else ():
        line = f" 第{problem.line}行" if problem.line else ""
        typer.echo(f"{problem.file}{line} {problem.field}".strip() + f"：{problem.message}")
    if problems:
        say(f"共 {len(problems)} 处问题")
        raise typer.Exit(1)
    counts = topic_counts(folder)
    say(
        f"起步库检查通过：{counts.topics} 个事项，{counts.covered} 个有答复，"
        f"{counts.to_complete} 个只有待补本地内容的答复"
    )


def import_file(
    file: Annotated[Path, typer.Argument(help="JSONL、CSV 或 XLSX 文件")],
    kind: Annotated[
        Kind, typer.Option(help="pairs 问答，policies 政策文件，units 单位，areas 领域")
    ] = Kind.PAIRS,
    draft: Annotated[bool, typer.Option("--draft", help="导入为草稿，不发布")] = False,
    keep_good_rows: Annotated[
        bool, typer.Option("--keep-good-rows", help="有行不合格时，仍导入合格的行")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只给出报告，不写入")] = False,
    by: Annotated[
        str, typer.Option("--by", help="由谁导入（登录名，须有导入导出权限）；发布时必填")
    ] = "",
    despite_advice: Annotated[
        bool,
        typer.Option("--despite-advice", help="已核对报告中的提示（如口径不一致），仍然发布"),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """导入问答、政策文件、单位或领域：默认任何一行不合格则整个文件不导入。

    问答导入即发布，未经本单位审校；须核对的提示（口径不一致、疑似个人信息、提示词）先列出，
    核对后加 --despite-advice 再导入。含涉密标志、禁用词的行不导入。
    """
    from qa_service.knowledge.exchange.import_report import (
        ImportBrokenOffError,
        ImportRefusedError,
        ImportUnconfirmedError,
    )

    order = {"draft": draft, "keep": keep_good_rows, "dry_run": dry_run}
    with report_errors():
        try:
            with progress_bar("导入") as advance:
                report = _import(file, kind, advance, **order, by=by, despite_advice=despite_advice)
        except (ImportBrokenOffError, ImportRefusedError, ImportUnconfirmedError) as error:
            show_report(error.report, as_json=as_json)
            raise
    show_report(report, as_json=as_json)
    if report.unsigned:
        published = "将发布" if dry_run else "已发布"
        say(
            f"其中 {report.unsigned} 条{published}，未经本单位审校，告知时带有标记；"
            "请在“审校 → 起步库启用”中逐条审阅、签署"
        )
    if dry_run:
        say("以上为试运行结果，未写入数据库")
    if dry_run and report.to_confirm:
        say(f"其中 {report.to_confirm} 行有提示须核对；确认无误后，导入时加 --despite-advice")
    if report.refused:
        raise typer.Exit(1)


def _import(
    file: Path,
    kind: Kind,
    advance: Progress,
    *,
    draft: bool,
    keep: bool,
    dry_run: bool,
    by: str,
    despite_advice: bool,
) -> "ImportReport":
    """Check a file and, unless it is a dry run, write it; return the report.

    Raises ImporterUnnamedError where pairs would be published without a person's name.
    """
    from qa_service.cli.service import open_services
    from qa_service.clock import SystemClock
    from qa_service.knowledge.exchange.batched_import import FileKind, ImportOrder, import_file
    from qa_service.knowledge.exchange.rows.source_row import SourceFile
    from qa_service.services import open_database
    from qa_service.storage.engine import session_scope

    is_of_pairs, settings = kind is Kind.PAIRS, read_settings()
    if is_of_pairs and not (draft or dry_run or by):
        raise ImporterUnnamedError(
            "导入的问答会立即发布，请用 --by 登录名 注明由谁导入；不发布的，请加 --draft"
        )
    database = open_database(settings)
    with session_scope(database, read_only=True) as session:
        actor = _importer(session, by)
    source = SourceFile(file, file.name)
    if kind in (Kind.UNITS, Kind.AREAS):
        return _import_directory(database, source, kind, keep=keep, dry_run=dry_run, by=actor)
    order = ImportOrder(
        kind=FileKind(kind.value),
        by=actor,
        now=SystemClock().now(),
        publish=not draft,
        keep_good_rows=keep,
        is_trial=dry_run,
        despite_advice=despite_advice,
        # With it contradictions are told before anything is published.
        engine=open_services(settings, database).index_sync.engine if is_of_pairs else None,
    )
    return import_file(database, source, order, progress=advance)


def _import_directory(
    database: "Engine", file: "SourceFile", kind: Kind, *, keep: bool, dry_run: bool, by: "Actor"
) -> "ImportReport":
    """Import units or areas in one transaction, which a dry run rolls back; return the report."""
    from qa_service.clock import SystemClock
    from qa_service.knowledge.exchange.rows.readers import read_file
    from qa_service.ledger.units.directory_import import import_areas, import_units
    from qa_service.storage.engine import session_scope

    store = import_units if kind is Kind.UNITS else import_areas
    rows = list(read_file(file))
    with session_scope(database, dry_run=dry_run) as session:
        return store(session, rows, actor=by, now=SystemClock().now(), keep_good_rows=keep)


def _importer(session: "Session", login: str) -> "Actor":
    """Return the person of ``login``, who may import; the command itself without a login.

    Raises UserNotFoundError or NotPermittedError.
    """
    from qa_service.accounts.actor import IMPORTER, Actor
    from qa_service.accounts.permissions import Permission, require
    from qa_service.accounts.users import find_active

    if not login:
        return IMPORTER
    person = Actor.of_user(find_active(session, login))
    require(person.authority, Permission.MOVE_BANK)
    return person
