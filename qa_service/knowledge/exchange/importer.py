"""Import of pairs, all rows or none, with a report of every row.

A row is checked completely before any part of it is written, so a refused one leaves no
trace. Rows are processed in batches; all changes to searchable content get one revision
at the end.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import update
from sqlmodel import Session, col

from qa_service.accounts.actor import Actor
from qa_service.accounts.audit import record
from qa_service.errors import FieldProblem, QAServiceError
from qa_service.knowledge.change_feed import note_changes
from qa_service.knowledge.exchange.import_plan import ImportPlan
from qa_service.knowledge.exchange.import_report import (
    ImportReport,
    RowReport,
    close_report,
    refused_row,
)
from qa_service.knowledge.exchange.matching import EarlierRows, KnownPairs
from qa_service.knowledge.exchange.rows.names import Names, find_names
from qa_service.knowledge.exchange.rows.pair_columns import (
    PairRow,
    cited_names,
    column_of,
    read_pair,
)
from qa_service.knowledge.exchange.rows.source_row import SourceRow
from qa_service.knowledge.exchange.wordings_in_use import WordingsInUse
from qa_service.knowledge.models import QAPair, stored_id
from qa_service.knowledge.pairs.record.content import question_key
from qa_service.knowledge.pairs.record.rules import InvalidPairError
from qa_service.knowledge.pairs.service import BANK
from qa_service.knowledge.pairs.writing import (
    find_references,
    write_draft_revisions,
    write_wordings,
)
from qa_service.knowledge.review.text_checks import forbidden_in
from qa_service.knowledge.revision import raise_revision
from qa_service.progress import Progress, no_progress
from qa_service.storage.locks.advisory import lock_for_transaction
from qa_service.vocabulary import AdoptedFrom, AuditAction

BATCH = 500
"""Rows looked up and written in one batch."""

ReadRow = tuple[SourceRow, PairRow | RowReport]
"""A row of a file with its content, or with the report of its refusal."""


def import_pairs(
    session: Session,
    rows: Iterable[SourceRow],
    *,
    by: Actor,
    now: datetime,
    publish: bool,
    adopted_from: AdoptedFrom = AdoptedFrom.IMPORT,
    progress: Progress = no_progress,
    keep_good_rows: bool = False,
) -> ImportReport:
    """Import the rows and return their report; importing the same rows again changes nothing.

    A row refers to the pair of its key, or without a key to the pair with its question.
    With ``publish`` every new or changed pair is published, or withdrawn with the reason if
    there are obstacles; a row with a mark of secrecy or a blocked word is refused. What it
    publishes is marked with ``adopted_from`` until the district has signed it. Without it new
    pairs are drafts, and a published pair keeps its current version until the new one is
    reviewed. Raises UnreadableFileError, and
    ImportRefusedError if a row was refused, unless ``keep_good_rows``; the caller then
    rolls back.
    """
    listed = list(rows)
    lock_for_transaction(session, BANK)
    task = PairImport(session, by=by, now=now, publish=publish, adopted_from=adopted_from)
    reports: list[RowReport] = []
    for start in range(0, len(listed), BATCH):
        reports += task.store(task.read(listed[start : start + BATCH]))
        progress(len(reports), len(listed))
    task.give_revision()
    report = ImportReport(tuple(reports))
    record(
        session,
        AuditAction.IMPORT,
        actor=by,
        now=now,
        subject="问答",
        rows=len(listed),
        unsigned=report.unsigned,
    )
    return close_report(reports, keep_good_rows=keep_good_rows)


class PairImport:
    """An import in progress: rows are read, then checked or stored, a batch at a time."""

    def __init__(
        self,
        session: Session,
        *,
        by: Actor,
        now: datetime,
        publish: bool,
        adopted_from: AdoptedFrom,
    ) -> None:
        self._session = session
        self._author = by.recorded
        self._now = now
        self._publish = publish
        self._adopted_from = adopted_from
        self._names = find_names(session)
        self._row_of: dict[str, int] = {}
        self._earlier = EarlierRows()
        self._in_use = WordingsInUse(session)
        self._searchable: list[int] = []

    def read(self, rows: Iterable[SourceRow]) -> list[ReadRow]:
        """Return the rows with their content, or with the report of their refusal."""
        return [(row, _read(row, self._names)) for row in rows]

    def check(self, rows: Sequence[ReadRow]) -> list[RowReport]:
        """Return the report of a batch as if it were stored; nothing is written.

        Later batches are checked against what the earlier ones would have stored.
        """
        with self._session.no_autoflush:
            plan, reports = self._plan(rows)
        for wording in plan.wordings:
            self._earlier.add(wording.pair)
        # The plan has set the new content on stored pairs; it must not be flushed.
        self._session.expunge_all()
        return reports

    def start_writing(self, session: Session) -> None:
        """Go on in the transaction of ``session``, which stores the next batch."""
        self._session = session
        self._in_use.use(session)

    def forget_checks(self) -> None:
        """Forget the rows checked so far, which are now to be stored."""
        self._row_of.clear()
        self._earlier = EarlierRows()
        self._in_use = WordingsInUse(self._session)

    def store(self, rows: Sequence[ReadRow]) -> list[RowReport]:
        """Store a batch of rows; return a report for each."""
        plan, reports = self._plan(rows)
        write_wordings(
            self._session, plan.wordings, plan.references, author=self._author, now=self._now
        )
        write_draft_revisions(
            self._session, plan.draft_revisions, plan.references, author=self._author, now=self._now
        )
        self._searchable += [stored_id(pair) for pair in plan.searchable]
        return reports

    def give_revision(self) -> None:
        """Increment the index revision for pairs that entered, left or changed in the search."""
        if not self._searchable:
            return
        revision = raise_revision(self._session)
        for start in range(0, len(self._searchable), BATCH):
            ids = self._searchable[start : start + BATCH]
            statement = update(QAPair).where(col(QAPair.id).in_(ids)).values(revision=revision)
            self._session.execute(statement)
        note_changes(self._session, self._searchable, revision=revision, now=self._now)
        self._searchable = []

    def _plan(self, rows: Sequence[ReadRow]) -> tuple[ImportPlan, list[RowReport]]:
        """Return the plan of a batch, and the report of each row."""
        plan = self._start_plan([parsed for _, parsed in rows if isinstance(parsed, PairRow)])
        reports = [
            _add_to_plan(plan, row, parsed) if isinstance(parsed, PairRow) else parsed
            for row, parsed in rows
        ]
        return plan, reports

    def _start_plan(self, parsed: Sequence[PairRow]) -> ImportPlan:
        """Return the plan of a batch with the stored state of its pairs."""
        keys = [row.key for row in parsed if row.key is not None]
        questions = [question_key(row.content.question) for row in parsed]
        self._in_use.load(row.content for row in parsed)
        return ImportPlan(
            known=KnownPairs(self._session, keys, questions, self._earlier),
            references=find_references(self._session, (row.content for row in parsed)),
            row_of=self._row_of,
            now=self._now,
            publish=self._publish,
            adopted_from=self._adopted_from,
            in_use=self._in_use,
            find_forbidden=partial(forbidden_in, self._session),
        )


def _read(row: SourceRow, names: Names) -> PairRow | RowReport:
    """Return a row with its names resolved, or the report of its refusal."""
    try:
        parsed = read_pair(row)
    except InvalidPairError as error:
        known = (*names.area_problems(row), *error.problems)
        return refused_row(row, (*known, *_unknown_names(row, names, known)))
    try:
        return replace(parsed, content=names.resolve(parsed.content, parsed.topic))
    except InvalidPairError as error:
        return _refusal(row, parsed, error)


def _unknown_names(
    row: SourceRow, names: Names, known: Iterable[FieldProblem]
) -> Iterator[FieldProblem]:
    """Yield the problems of names in a row refused anyway, besides those of ``known`` columns."""
    faulty = {problem.field for problem in known}
    unit, policies = cited_names(row)
    for problem in names.unknown(unit, policies):
        told = column_of(row, problem)
        if told.field not in faulty:
            yield told


def _add_to_plan(plan: ImportPlan, row: SourceRow, parsed: PairRow) -> RowReport:
    """Add a row to the plan; return its report, also if it was refused."""
    try:
        report = plan.add(row.number, parsed)
    except QAServiceError as error:
        return _refusal(row, parsed, error)
    notes = (report.note, *parsed.notes)
    return replace(report, note="；".join(note for note in notes if note))


def _refusal(row: SourceRow, parsed: PairRow, error: QAServiceError) -> RowReport:
    """Return the report of a row that was refused for ``error``."""
    problems = error.problems or (FieldProblem("question", error.message),)
    return refused_row(row, (column_of(row, problem) for problem in problems), parsed.key or "")
