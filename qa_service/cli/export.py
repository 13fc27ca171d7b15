"""``qa-service export`` and ``export-everything``: what the database holds, as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa_service.cli.console import progress_bar, report_errors, say
from qa_service.cli.service import read_settings

if TYPE_CHECKING:
    from sqlalchemy import Table


def export_file(
    file: Annotated[Path, typer.Argument(help="导出到 .jsonl、.csv 或 .xlsx 文件")],
) -> None:
    """导出全部问答，可原样导回。"""
    from qa_service.knowledge.exchange.exporter import export_pairs
    from qa_service.services import open_database
    from qa_service.storage.engine import session_scope

    with (
        report_errors(),
        progress_bar("导出") as advance,
        session_scope(open_database(read_settings()), read_only=True) as session,
    ):
        count = export_pairs(session, file, progress=advance)
    _note_export("问答库")
    say(f"已导出 {count} 条问答到 {file}")


def export_everything(
    folder: Annotated[Path, typer.Argument(help="导出到这个目录")],
) -> None:
    """导出全部数据为 JSONL：问答、版本、审校、政策、台账等；不含账号、密钥和咨询人信息。"""
    from qa_service.services import open_database
    from qa_service.storage.backups.table_export import export_table
    from qa_service.storage.engine import session_scope

    with (
        report_errors(),
        session_scope(open_database(read_settings()), read_only=True) as session,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        for table, left_out in _plain_tables():
            count = export_table(session, table, folder / f"{table.name}.jsonl", leave_out=left_out)
            say(f"{table.name}.jsonl：{count} 行")
    _note_export("全部数据")


def _note_export(subject: str) -> None:
    """Record the export in the audit trail."""
    from qa_service.accounts.actor import COMMAND_LINE
    from qa_service.accounts.audit import record
    from qa_service.clock import SystemClock
    from qa_service.services import open_database
    from qa_service.storage.engine import session_scope
    from qa_service.vocabulary import AuditAction

    with session_scope(open_database(read_settings())) as session:
        now = SystemClock().now()
        record(session, AuditAction.EXPORT, actor=COMMAND_LINE, now=now, subject=subject)


def _plain_tables() -> "list[tuple[Table, tuple[str, ...]]]":
    """Return the tables that may be exported, each with the columns to leave out.

    Those columns lead to askers.
    """
    from sqlmodel import SQLModel

    from qa_service.accounts.models import Area, Unit, UnitArea
    from qa_service.consultation.models import (
        AnswerRating,
        Choice,
        Consultation,
        CorrectionCallback,
        PublicQuestion,
    )
    from qa_service.knowledge import models as bank
    from qa_service.knowledge import review_models, upkeep_models
    from qa_service.ledger import models as ledger
    from qa_service.reporting.models import InspectionPackage

    tables: list[tuple[type[SQLModel], tuple[str, ...]]] = [
        (Area, ()),
        (Unit, ()),
        (UnitArea, ()),
        (bank.QAPair, ()),
        (bank.QAVersion, ()),
        (bank.QuestionVariant, ()),
        (bank.SuggestedVariant, ()),
        (bank.PairBasis, ()),
        (review_models.Review, ()),
        (review_models.ReviewPlan, ()),
        (review_models.GroundStatement, ()),
        (review_models.CheckWordList, ()),
        (bank.PolicyDocument, ()),
        (bank.PolicyArticle, ()),
        (upkeep_models.ReworkTask, ()),
        (upkeep_models.Contradiction, ()),
        (upkeep_models.ReviewNotice, ()),
        (upkeep_models.Topic, ()),
        (upkeep_models.Media, ()),
        (Consultation, ("asker_id", "call_id", "external_id")),
        (Choice, ()),
        (AnswerRating, ()),
        (PublicQuestion, ("code_hash", "form_hash")),
        (CorrectionCallback, ()),
        (ledger.LedgerEntry, ("asker_id",)),
        (ledger.LedgerEvent, ()),
        (ledger.CoUnit, ()),
        (ledger.LedgerReply, ()),
        (ledger.Callback, ()),
        (ledger.CalendarYear, ()),
        (InspectionPackage, ()),
    ]
    return [(SQLModel.metadata.tables[str(table.__tablename__)], out) for table, out in tables]
