"""Advice on imported pairs whose answers disagree with those of published ones (口径不一致)."""

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from qa_service.clock import beijing_day
from qa_service.knowledge.exchange.import_report import ImportReport, RowReport
from qa_service.knowledge.models import ContradictionKind, stored_id
from qa_service.knowledge.pairs.overlaps import find_overlaps
from qa_service.knowledge.pairs.queries import find_by_keys
from qa_service.knowledge.pairs.service import content_in_work
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.vocabulary import ImportOutcome

ADVISED_ROWS = 200
"""Rows compared, about 5 ms each; of larger files the rest is compared once it is published."""


def with_overlaps(
    session: Session, engine: RetrievalEngine, report: ImportReport, *, now: datetime
) -> ImportReport:
    """Return the report with the disagreements of new and changed rows in their notes.

    Equal wordings are in the notes already. Only questions are compared, not variants.
    """
    stored = [
        row for row in report.rows if row.outcome in (ImportOutcome.ADDED, ImportOutcome.CHANGED)
    ][:ADVISED_ROWS]
    pairs = find_by_keys(session, [row.key for row in stored])
    advice: dict[str, str] = {}
    for key, pair in pairs.items():
        content = replace(content_in_work(session, pair), variants=())
        found = find_overlaps(
            session, engine, content, day=beijing_day(now), besides=stored_id(pair)
        )
        told = [one.message for one in found if one.kind is ContradictionKind.ANSWERS]
        if told:
            advice[key] = "；".join(told)
    return ImportReport(tuple(_advised(row, advice.get(row.key, "")) for row in report.rows))


def _advised(row: RowReport, advice: str) -> RowReport:
    return replace(row, note="；".join(filter(None, (row.note, advice)))) if advice else row
