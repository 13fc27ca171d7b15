"""Import of a file in two steps: everything is checked, then written a batch at a time.

SQLite has one writer, and an import of thousands of rows takes minutes. So the file is read,
checked and compared with the bank in a read-only transaction, in which everybody else may
write; one bad row refuses the file before anything is written. Only then are the rows that
change something written, in short transactions with pauses between them. A trial run ends
after the first step, and so does an import that would publish rows with advice that nobody
confirmed.

An import that breaks off has written its first batches and nothing of the others. The report
says which; importing the same file again changes nothing in rows that were written.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from time import perf_counter

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.clock import beijing_day
from qa_service.knowledge.exchange.import_report import (
    ImportBrokenOffError,
    ImportReport,
    ImportUnconfirmedError,
    RowReport,
    close_report,
)
from qa_service.knowledge.exchange.importer import BATCH, PairImport, ReadRow
from qa_service.knowledge.exchange.policy_importer import check_policies, import_policies
from qa_service.knowledge.exchange.row_advice import AdvisedRow, advice_on, advised
from qa_service.knowledge.exchange.rows.pair_columns import PairRow
from qa_service.knowledge.exchange.rows.readers import read_file
from qa_service.knowledge.exchange.rows.source_row import SourceFile, SourceRow
from qa_service.knowledge.pairs.service import BANK
from qa_service.progress import Progress, no_progress
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.storage.engine import session_scope
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.storage.locks.write_turns import let_others_write
from qa_service.vocabulary import AdoptedFrom, AuditAction, ImportOutcome

WRITTEN_ROWS = 200
"""Greatest number of rows written in one transaction."""
FEWEST_ROWS = 20
"""Number of rows below which a batch is not made smaller, however long it takes."""
LONGEST_SECONDS = 0.3
"""Time a batch should take; after one that took longer the next is half as large."""

STOPPED = "没有写入：导入在前面的行停下了，请再次导入同一个文件"


class FileKind(StrEnum):
    """The kind of records in a file."""

    PAIRS = "pairs"
    POLICIES = "policies"


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """The order to import a file; with ``publish`` pairs are published, else they are drafts.

    With an ``engine`` the answers of pairs are compared with those of published ones.
    ``despite_advice`` says that a person has read the advice on the rows to be published.
    """

    kind: FileKind
    by: Actor
    now: datetime
    publish: bool = False
    keep_good_rows: bool = False
    is_trial: bool = False
    despite_advice: bool = False
    engine: RetrievalEngine | None = None


def import_file(
    database: Engine, file: SourceFile, order: ImportOrder, *, progress: Progress = no_progress
) -> ImportReport:
    """Import a file, or only check it; return the report of its rows.

    Raises UnreadableFileError, ImportRefusedError and ImportUnconfirmedError (nothing was
    written), and ImportBrokenOffError (the report tells what was written).
    """
    run = _PolicyFile if order.kind is FileKind.POLICIES else _PairFile
    return run(database, file, order, progress).run()


class _ImportedFile(ABC):
    """An import in its two steps; subclasses know the records."""

    def __init__(
        self, database: Engine, file: SourceFile, order: ImportOrder, progress: Progress
    ) -> None:
        self._database = database
        self._file = file
        self._order = order
        self._progress = progress

    def run(self) -> ImportReport:
        """Check the file and, unless it is a trial run, write it."""
        rows = list(read_file(self._file))
        with session_scope(self._database, read_only=True) as session:
            checked = self._check(session, rows)
        report = close_report(
            checked, keep_good_rows=self._order.keep_good_rows, notes=self._file.notes
        )
        changing = [at for at, row in enumerate(checked) if row.outcome in _WRITTEN]
        if self._order.is_trial or not changing:
            return report
        if report.to_confirm and not self._order.despite_advice:
            raise ImportUnconfirmedError(report)
        return self._write(checked, changing)

    def _write(self, checked: list[RowReport], changing: Sequence[int]) -> ImportReport:
        """Write the rows that change something; return the report of the whole file."""
        done, size = 0, WRITTEN_ROWS
        while done < len(changing):
            if done:
                let_others_write(self._database)
            places = changing[done : done + size]
            try:
                written, seconds = self._write_batch(places, is_first=done == 0)
            except (_ChangedSinceError, SQLAlchemyError) as error:
                if done == 0 and isinstance(error, SQLAlchemyError):
                    raise
                raise self._broken_off(checked, changing[done:], error) from error
            for at, row in zip(places, written, strict=True):
                checked[at] = row
            done, size = done + len(places), _next_size(size, seconds)
            self._progress(len(checked) + done, len(checked) + len(changing))
        return ImportReport(tuple(checked), tuple(self._file.notes))

    def _write_batch(
        self, places: Sequence[int], *, is_first: bool
    ) -> tuple[list[RowReport], float]:
        """Write one batch; return its reports, and the seconds for which others had to wait."""
        with session_scope(self._database) as session:
            session.connection()  # begins, so that waiting for the write lock is not counted
            began = perf_counter()
            written = self._store(session, places, is_first=is_first)
            self._refuse_change(written)
        return written, perf_counter() - began

    def _refuse_change(self, written: Sequence[RowReport]) -> None:
        """Raise _ChangedSinceError if the bank has changed so that a row no longer fits."""
        refused = [row for row in written if row.outcome is ImportOutcome.REFUSED]
        if refused and not self._order.keep_good_rows:
            raise _ChangedSinceError(refused)

    def _broken_off(
        self, checked: list[RowReport], left: Sequence[int], error: Exception
    ) -> ImportBrokenOffError:
        """Return the error of an import that stopped before the rows at ``left``."""
        refused = error.rows if isinstance(error, _ChangedSinceError) else {}
        for at in left:
            row = checked[at]
            stopped = RowReport(row.row, ImportOutcome.REFUSED, row.key, reason=STOPPED)
            checked[at] = refused.get(row.row, stopped)
        return ImportBrokenOffError(ImportReport(tuple(checked), tuple(self._file.notes)))

    @abstractmethod
    def _check(self, session: Session, rows: list[SourceRow]) -> list[RowReport]:
        """Return the report of each row as if it were stored."""

    @abstractmethod
    def _store(self, session: Session, places: Sequence[int], *, is_first: bool) -> list[RowReport]:
        """Store one batch of rows; return their reports."""


class _PairFile(_ImportedFile):
    """An import of pairs."""

    _task: PairImport
    _read: list[ReadRow]
    _unsigned: int
    _advice: Mapping[int, str]

    def _check(self, session: Session, rows: list[SourceRow]) -> list[RowReport]:
        """Return the report of each row as if it were stored."""
        order = self._order
        self._task = PairImport(
            session,
            by=order.by,
            now=order.now,
            publish=order.publish,
            adopted_from=AdoptedFrom.IMPORT,
        )
        self._read, reports = [], []
        for start in range(0, len(rows), BATCH):
            batch = self._task.read(rows[start : start + BATCH])
            reports += self._task.check(batch)
            self._read += batch
            self._progress(len(reports), 2 * len(rows))
        self._task.forget_checks()
        self._unsigned = ImportReport(tuple(reports)).unsigned
        self._advice = self._compared(session, reports)
        return self._advised(reports)

    def _compared(self, session: Session, reports: Sequence[RowReport]) -> Mapping[int, str]:
        """Return by row what the pre-checks find, and disagreements if there is an engine."""
        order = self._order
        rows = [
            AdvisedRow(report, parsed.content)
            for report, (_, parsed) in zip(reports, self._read, strict=True)
            if isinstance(parsed, PairRow)
        ]
        day = beijing_day(order.now)
        return advice_on(session, order.engine, rows, day=day, publish=order.publish)

    def _advised(self, reports: Sequence[RowReport]) -> list[RowReport]:
        return [advised(row, self._advice, publish=self._order.publish) for row in reports]

    def _store(self, session: Session, places: Sequence[int], *, is_first: bool) -> list[RowReport]:
        """Store one batch; the first one is audited with the number of rows of the file."""
        lock_for_transaction(session, BANK)
        self._task.start_writing(session)
        reports = self._task.store([self._read[at] for at in places])
        self._task.give_revision()
        if is_first:
            record(
                session,
                AuditAction.IMPORT,
                actor=self._order.by,
                now=self._order.now,
                subject="问答",
                rows=len(self._read),
                unsigned=self._unsigned,
            )
        return self._advised(reports)


class _PolicyFile(_ImportedFile):
    """An import of policy documents."""

    _rows: list[SourceRow]

    def _check(self, session: Session, rows: list[SourceRow]) -> list[RowReport]:
        """Return the report of each row as if it were stored."""
        self._rows = rows
        return check_policies(session, rows, by=self._order.by, now=self._order.now)

    def _store(self, session: Session, places: Sequence[int], *, is_first: bool) -> list[RowReport]:
        """Store one batch, which is audited."""
        rows = [self._rows[at] for at in places]
        order = self._order
        report = import_policies(session, rows, now=order.now, by=order.by, keep_good_rows=True)
        return list(report.rows)


class _ChangedSinceError(Exception):
    """Rows that were fit when they were checked are not when they are written."""

    def __init__(self, refused: Sequence[RowReport]) -> None:
        super().__init__("the bank has changed since the rows were checked")
        self.rows = {row.row: row for row in refused}


_WRITTEN = frozenset({ImportOutcome.ADDED, ImportOutcome.CHANGED})


def _next_size(size: int, seconds: float) -> int:
    """Return the number of rows of the next batch, after one of ``size`` that took ``seconds``."""
    if seconds > LONGEST_SECONDS:
        return max(FEWEST_ROWS, size // 2)
    return min(WRITTEN_ROWS, size * 2) if seconds < LONGEST_SECONDS / 4 else size
