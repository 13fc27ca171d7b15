"""Advice on imported pairs before anything is written: the pre-checks, and 口径不一致.

What forbids publication refuses the row (``import_plan``); here stands what a person decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from qa_service.knowledge.exchange.import_report import RowReport
from qa_service.knowledge.models import stored_id
from qa_service.knowledge.pairs.overlap.near_duplicates import near_duplicates
from qa_service.knowledge.pairs.overlap.overlaps import (
    answers_disagree,
    find_overlaps,
    named_differences,
)
from qa_service.knowledge.pairs.queries import find_by_keys
from qa_service.knowledge.pairs.record.content import PAIR_FIELDS, PairContent
from qa_service.knowledge.pairs.record.rules import written_texts
from qa_service.knowledge.review.text_checks import check_texts
from qa_service.knowledge.upkeep_models import ContradictionKind
from qa_service.retrieval.documents import IndexedPair
from qa_service.retrieval.engine import RetrievalEngine
from qa_service.vocabulary import ImportOutcome

COMPARED_DRAFTS = 200
"""Rows of drafts compared, about 5 ms each; the rest is compared when it is submitted."""

_CHANGING = (ImportOutcome.ADDED, ImportOutcome.CHANGED)
_LABELS = {field.name: field.label for field in PAIR_FIELDS}


@dataclass(frozen=True, slots=True)
class AdvisedRow:
    """A row of a file with its report and its content."""

    report: RowReport
    content: PairContent


def advice_on(
    session: Session,
    engine: RetrievalEngine | None,
    rows: Sequence[AdvisedRow],
    *,
    day: date,
    publish: bool,
) -> dict[int, str]:
    """Return the advice on new and changed rows, by the number of the row.

    With an ``engine`` the answers are compared with those of published pairs and of the other
    rows; of drafts the first COMPARED_DRAFTS. Equal wordings are in the notes of the rows.
    """
    changing = [row for row in rows if row.report.outcome in _CHANGING]
    told = {row.report.row: list(_checked(session, row.content)) for row in changing}
    compared = changing if publish else changing[:COMPARED_DRAFTS]
    if engine is not None:
        for number, message in (
            *_against_published(session, engine, compared, day=day),
            *_against_rows(session, engine, compared),
        ):
            told[number].append(message)
    return {number: "；".join(messages) for number, messages in told.items() if messages}


def advised(row: RowReport, advice: Mapping[int, str], *, publish: bool) -> RowReport:
    """Return the report of a row with its advice in the note, to be confirmed if published."""
    told = advice.get(row.row)
    if told is None or row.outcome not in _CHANGING:
        return row
    return replace(row, note="；".join(filter(None, (row.note, told))), to_confirm=publish)


def _checked(session: Session, content: PairContent) -> Iterator[str]:
    """Yield what the pre-checks find in the texts of a row, each with the name of its field."""
    for found in check_texts(session, written_texts(content)):
        yield f"{_LABELS[found.field]}{found.message}"


def _against_published(
    session: Session, engine: RetrievalEngine, rows: Sequence[AdvisedRow], *, day: date
) -> Iterator[tuple[int, str]]:
    """Yield the disagreements with published pairs that the file leaves as they are."""
    pairs = find_by_keys(session, [row.report.key for row in rows])
    changed = {stored_id(pair) for pair in pairs.values()}
    for row in rows:
        pair = pairs.get(row.report.key)
        found = find_overlaps(
            session,
            engine,
            replace(row.content, variants=()),
            day=day,
            besides=stored_id(pair) if pair is not None else None,
        )
        for one in found:
            if one.kind is ContradictionKind.ANSWERS and one.pair_id not in changed:
                yield row.report.row, one.message


def _against_rows(
    session: Session, engine: RetrievalEngine, rows: Sequence[AdvisedRow]
) -> Iterator[tuple[int, str]]:
    """Yield the disagreements of the rows with each other, told at the later row."""
    if len(rows) < 2:
        return
    contents = {row.report.row: row.content for row in rows}
    own, told = engine.emptied(), set[tuple[int, int]]()
    own.upsert([IndexedPair(number, one.question, (), "") for number, one in contents.items()])
    for number, content in contents.items():
        for near in near_duplicates(own, content.question, besides=number):
            first, second = sorted((number, near.pair_id))
            points = answers_disagree(contents[first], contents[second], near, shares_wording=False)
            if points and (first, second) not in told:
                told.add((first, second))
                yield (
                    second,
                    _disagreement(first, contents[first], named_differences(session, points)),
                )


def _disagreement(number: int, earlier: PairContent, told: Sequence[str]) -> str:
    """Return on what a row disagrees with row ``number`` before it."""
    return f"与第{number}行“{earlier.question}”{ContradictionKind.ANSWERS.label}：{'；'.join(told)}"
