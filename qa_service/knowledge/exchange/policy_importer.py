"""Import of the policy library, with a report of every row."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from qa_service.accounts.actor import CLOCKWORK
from qa_service.accounts.audit import record
from qa_service.errors import FieldProblem
from qa_service.knowledge.exchange.import_report import (
    ImportReport,
    RowReport,
    close_report,
    refused_row,
)
from qa_service.knowledge.exchange.rows.columns import column_name
from qa_service.knowledge.exchange.rows.policy_columns import COLUMNS, read_policy
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.policies.copies import PolicyKnownError
from qa_service.knowledge.policies.filing import store_policy
from qa_service.knowledge.policies.service import InvalidPolicyError
from qa_service.knowledge.policies.withdrawal import withdraw_ended
from qa_service.progress import Progress, no_progress
from qa_service.vocabulary import AuditAction


def import_policies(
    session: Session,
    rows: Iterable[SourceRow],
    *,
    now: datetime,
    progress: Progress = no_progress,
    keep_good_rows: bool = False,
) -> ImportReport:
    """Import the rows and return their report; importing the same rows again changes nothing.

    Pairs whose basis ends with the import are suspended until a second person has decided.

    Raises UnreadableFileError, and ImportRefusedError if a row was refused, unless
    ``keep_good_rows``; the caller then rolls back.
    """
    listed = list(rows)
    row_of: dict[str, int] = {}
    reports = []
    for done, row in enumerate(listed, start=1):
        reports.append(_store(session, row, row_of, now))
        progress(done, len(listed))
    withdraw_ended(session, now=now)
    record(
        session, AuditAction.IMPORT, actor=CLOCKWORK, now=now, subject="政策文件", rows=len(listed)
    )
    return close_report(reports, keep_good_rows=keep_good_rows)


def _store(session: Session, row: SourceRow, row_of: dict[str, int], now: datetime) -> RowReport:
    """Store the policy of one row; return its report."""
    try:
        content = read_policy(row)
    except InvalidPolicyError as error:
        return refused_row(row, error.problems)
    if content.key in row_of:
        message = f"与第{row_of[content.key]}行是同一份文件，请删去一行"
        column = column_name(row, COLUMNS, "key")
        return refused_row(row, [FieldProblem(column, message)], content.key)
    row_of[content.key] = row.number
    try:
        outcome = store_policy(session, content, now=now)
    except (InvalidPolicyError, PolicyKnownError) as error:
        problems = [
            FieldProblem(column_name(row, COLUMNS, one.field), one.message)
            for one in error.problems
        ]
        return refused_row(row, problems, content.key)
    return RowReport(row.number, outcome, content.key)
