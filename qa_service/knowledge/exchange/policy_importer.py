"""Import of the policy library, with a report of every row."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from sqlmodel import Session

from qa_service.accounts.actor import CLOCKWORK, Actor
from qa_service.accounts.audit import record, record_each
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.knowledge.exchange.import_report import (
    ImportReport,
    RowReport,
    close_report,
    refused_row,
)
from qa_service.knowledge.exchange.rows.columns import column_name
from qa_service.knowledge.exchange.rows.policy_columns import COLUMNS, read_policy
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.policies.citation_changes import (
    AuditRow,
    CorrectionPendingError,
    PolicyCitedError,
)
from qa_service.knowledge.policies.endings.ending_record import LIBRARY, InvalidEndingError
from qa_service.knowledge.policies.filing import outcome_of, store_policy, stored_content
from qa_service.knowledge.policies.record.content import InvalidPolicyError, PolicyContent
from qa_service.knowledge.policies.record.copies import PolicyKnownError
from qa_service.knowledge.policies.withdrawal import withdraw_ended
from qa_service.progress import Progress, no_progress
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.text.document_number import document_number_key, names_one_document
from qa_service.vocabulary import AuditAction

REFUSALS = (
    CorrectionPendingError,
    InvalidEndingError,
    InvalidPolicyError,
    PolicyCitedError,
    PolicyKnownError,
)
"""Errors for which the library does not take a row."""


def import_policies(
    session: Session,
    rows: Iterable[SourceRow],
    *,
    now: datetime,
    by: Actor = CLOCKWORK,
    progress: Progress = no_progress,
    keep_good_rows: bool = False,
) -> ImportReport:
    """Import the rows and return their report; importing the same rows again changes nothing.

    Columns the file lacks stay as they are, and no document becomes public by an empty cell, nor
    by what one person imports: that is proposed.
    Pairs whose basis ends with the import are suspended until a second person has decided.

    Raises UnreadableFileError, and ImportRefusedError if a row was refused, unless
    ``keep_good_rows``; the caller then rolls back.
    """
    lock_for_transaction(session, LIBRARY)
    listed = list(rows)
    row_of: dict[str, str] = {}
    trail: list[AuditRow] = []
    reports = []
    for done, row in enumerate(listed, start=1):
        reports.append(_store(session, row, row_of, trail, by=by, now=now))
        progress(done, len(listed))
    withdraw_ended(session, now=now)
    record_each(session, AuditAction.EDIT, trail, actor=by, now=now)
    record(session, AuditAction.IMPORT, actor=by, now=now, subject="政策文件", rows=len(listed))
    return close_report(reports, keep_good_rows=keep_good_rows)


def check_policies(
    session: Session, rows: Iterable[SourceRow], *, by: Actor, now: datetime
) -> list[RowReport]:
    """Return the report of each row as if it were stored; nothing is written."""
    row_of: dict[str, str] = {}
    reports = []
    for row in rows:
        content = _read(session, row, row_of)
        if isinstance(content, RowReport):
            reports.append(content)
            continue
        try:
            outcome = outcome_of(session, content, by=by, now=now)
        except REFUSALS as error:
            reports.append(_refusal(row, content, error))
        else:
            reports.append(RowReport(row.number, outcome, content.key))
    return reports


def _store(
    session: Session,
    row: SourceRow,
    row_of: dict[str, str],
    trail: list[AuditRow],
    *,
    by: Actor,
    now: datetime,
) -> RowReport:
    """Store the policy of one row, adding to ``trail`` what was changed; return its report."""
    content = _read(session, row, row_of)
    if isinstance(content, RowReport):
        return content
    try:
        outcome = store_policy(session, content, now=now, by=by, trail=trail)
    except REFUSALS as error:
        return _refusal(row, content, error)
    return RowReport(row.number, outcome, content.key)


def _read(session: Session, row: SourceRow, row_of: dict[str, str]) -> PolicyContent | RowReport:
    """Return the policy of one row, or the report of its refusal."""
    try:
        content = read_policy(row, partial(stored_content, session))
    except InvalidPolicyError as error:
        return refused_row(row, error.problems)
    named = {"key": content.key}
    if names_one_document(content.document_number):
        named["document_number"] = document_number_key(content.document_number)
    for name, value in named.items():
        if value in row_of:
            message = f"与{row_of[value]}是同一份文件，请删去一行"
            problem = FieldProblem(column_name(row, COLUMNS, name), message)
            return refused_row(row, [problem], content.key)
    row_of |= dict.fromkeys(named.values(), f"第{row.number}行《{content.title}》")
    return content


def _refusal(row: SourceRow, content: PolicyContent, error: QAServiceError) -> RowReport:
    """Return the report of a row that the library does not take."""
    problems = [
        FieldProblem(column_name(row, COLUMNS, one.field), one.message) for one in error.problems
    ]
    return refused_row(row, problems, content.key)
