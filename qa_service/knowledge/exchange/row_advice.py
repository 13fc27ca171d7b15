"""Advice on imported pairs whose answers disagree with those of published ones (口径不一致)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sqlmodel import Session

from qa_service.knowledge.exchange.import_report import RowReport
from qa_service.knowledge.models import ContradictionKind, stored_id
from qa_service.knowledge.pairs.content import PairContent
from qa_service.knowledge.pairs.overlap.overlaps import find_overlaps
from qa_service.knowledge.pairs.queries import find_by_keys
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.vocabulary import ImportOutcome

ADVISED_ROWS = 200
"""Rows compared, about 5 ms each; of larger files the rest is compared once it is published."""


def overlap_advice(
    session: Session,
    engine: RetrievalEngine,
    rows: Iterable[tuple[RowReport, PairContent]],
    *,
    day: date,
) -> dict[int, str]:
    """Return by row number the disagreements of new and changed rows, which need not be stored.

    Equal wordings are in the notes of the rows already. Only questions are compared, not
    variants.
    """
    changing = [
        (row, content)
        for row, content in rows
        if row.outcome in (ImportOutcome.ADDED, ImportOutcome.CHANGED)
    ][:ADVISED_ROWS]
    pairs = find_by_keys(session, [row.key for row, _ in changing])
    advice: dict[int, str] = {}
    for row, content in changing:
        pair = pairs.get(row.key)
        found = find_overlaps(
            session,
            engine,
            replace(content, variants=()),
            day=day,
            besides=stored_id(pair) if pair is not None else None,
        )
        told = [one.message for one in found if one.kind is ContradictionKind.ANSWERS]
        if told:
            advice[row.row] = "；".join(told)
    return advice


def advised(row: RowReport, advice: str) -> RowReport:
    """Return the report of a row with the advice in its note."""
    return replace(row, note="；".join(filter(None, (row.note, advice)))) if advice else row
